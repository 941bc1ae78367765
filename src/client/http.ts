import { type Dispatcher, errors, Pool } from 'undici';
import { ERRORS, type ErrorCode } from '../types/errors.ts';
import type { TxId } from '../types/ids.ts';
import { AlthingError } from './althing-error.ts';

export type HttpOptions = {
  /** Connections kept to the node. */
  readonly connections: number;
  /** Time allowed to an answer, beyond what the call itself asks the node to wait. */
  readonly timeoutMs: number;
};

export type HttpRequest = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  /** How long the node may hold the answer back. */
  readonly waitMs?: number;
  /** Gives up waiting: the call fails with `unreachable`. */
  readonly signal?: AbortSignal;
  /** A longer answer fails with `bad-answer`. */
  readonly bytesMax?: number;
};

export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
};

const ANSWER_BYTES_MAX = 67_108_864;

/** One node's HTTP. Every failure is an AlthingError. */
export class Http {
  readonly origin: string;
  readonly #pool: Pool;
  readonly #timeoutMs: number;

  /** Throws AlthingError `invalid-request` if `url` is not an http(s) origin. */
  constructor(url: string, options: HttpOptions) {
    this.origin = originOf(url);
    this.#timeoutMs = options.timeoutMs;
    this.#pool = new Pool(this.origin, { connections: options.connections, pipelining: 1 });
  }

  async json(request: HttpRequest): Promise<unknown> {
    const { status, bytes } = await this.answer(request);
    try {
      return JSON.parse(bytes.toString());
    } catch (cause) {
      throw badAnswer(status, `not JSON from ${this.origin}${request.path}`, cause);
    }
  }

  async raw(request: HttpRequest): Promise<Uint8Array> {
    return (await this.answer(request)).bytes;
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const { method, path, query, json, bytes, waitMs = 0, signal = null } = request;
    const timeout = this.#timeoutMs + waitMs;
    const body = bytes ?? (json === undefined ? null : JSON.stringify(json));
    const type = bytes === undefined ? 'application/json' : 'application/octet-stream';
    let status: number;
    let headers: HttpAnswer['headers'];
    let answer: Buffer | null;
    try {
      const response = await this.#request({
        method,
        path: query === undefined ? path : `${path}?${new URLSearchParams(query)}`,
        body,
        headers: body === null ? {} : { 'content-type': type },
        headersTimeout: timeout,
        bodyTimeout: timeout,
        signal,
      });
      status = response.statusCode;
      headers = response.headers;
      answer = await readAll(response.body, request.bytesMax ?? ANSWER_BYTES_MAX);
    } catch (cause) {
      const detail = `${this.origin} does not answer (${(cause as Error).message})`;
      throw new AlthingError({ code: 'unreachable', status: 0, detail, cause });
    }
    if (answer === null) throw badAnswer(status, `${this.origin}${path} answers too much`);
    if (status < 400) return { status, headers, bytes: answer };
    throw problemOf(status, answer.toString(), headers['retry-after']?.toString());
  }

  /**
   * Once more if the node had closed the idle connection that was taken. It may also have done the work
   * and died: every call of the API means the same when it comes twice.
   */
  async #request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
    try {
      return await this.#pool.request(options);
    } catch (cause) {
      if (!wasClosed(cause)) throw cause;
      return await this.#pool.request(options);
    }
  }
}

/** Under the request, in order or by a reset: what was sent to a connection that is closed is answered so. */
function wasClosed(cause: unknown): boolean {
  const { code } = cause as NodeJS.ErrnoException;
  return cause instanceof errors.SocketError || code === 'ECONNRESET' || code === 'EPIPE';
}

/** null: there is more than that. */
async function readAll(body: AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    // Leaving the loop gives up the rest.
    if (length > bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Throws AlthingError `invalid-request` if it is not an http(s) origin. */
export function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isHttp = url !== null && /^https?:$/.test(url.protocol);
  // A path would not be heeded: what stands at the root would answer instead.
  if (isHttp && url.href === `${url.origin}/`) return url.origin;
  const detail = `"${text}" is not a URL such as http://127.0.0.1:4600, without a path`;
  throw new AlthingError({ code: 'invalid-request', status: 0, detail });
}

function problemOf(status: number, text: string, retryAfter: string | undefined): AlthingError {
  let document: Record<string, unknown> = {};
  try {
    document = JSON.parse(text) ?? {};
  } catch {
    // Not the API: falls through to bad-answer.
  }
  const { code, detail, txid, winner } = document;
  if (typeof code !== 'string' || !Object.hasOwn(ERRORS, code)) {
    return badAnswer(status, `HTTP ${status} without a problem document`);
  }
  return new AlthingError({
    code: code as ErrorCode,
    status,
    detail: typeof detail === 'string' ? detail : '',
    txid: typeof txid === 'string' ? (txid as TxId) : null,
    winner: typeof winner === 'string' ? (winner as TxId) : null,
    retryAfterMs: retryAfter === undefined ? null : Number(retryAfter) * 1000,
  });
}

export function badAnswer(status: number, detail: string, cause?: unknown): AlthingError {
  return new AlthingError({ code: 'bad-answer', status, detail, cause });
}
