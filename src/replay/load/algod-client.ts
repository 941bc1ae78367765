import { Agent, request } from 'node:http';

/** An answer of algod; `status` 0: there was none. */
export type AlgodAnswer = { readonly status: number; readonly text: string };

const CONNECTIONS = 64;
const TIMEOUT_MS = 70_000;

/**
 * The few calls of algod's REST that a load needs, on kept connections and without decoding what is not
 * used: the SDK's own client spends more on a post than the node does. Never throws.
 */
export class AlgodClient {
  readonly url: string;
  readonly #base: URL;
  readonly #token: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

  constructor(url: string, token: string) {
    this.url = url;
    this.#base = new URL(url);
    this.#token = token;
  }

  post(transaction: Uint8Array): Promise<AlgodAnswer> {
    return this.#call('POST', '/v2/transactions', transaction);
  }

  /** null: no answer, or not what was asked for. */
  async json<T>(path: string, signal?: AbortSignal): Promise<T | null> {
    const { status, text } = await this.#call('GET', path, null, signal);
    if (status !== 200) return null;
    try {
      return JSON.parse(text) as T;
    } catch {
      return null;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #call(
    method: 'GET' | 'POST',
    path: string,
    body: Uint8Array | null,
    signal?: AbortSignal,
  ): Promise<AlgodAnswer> {
    const headers: Record<string, string | number> = { 'X-Algo-API-Token': this.#token };
    if (body !== null) {
      headers['content-type'] = 'application/x-binary';
      headers['content-length'] = body.length;
    }
    const { hostname, port } = this.#base;
    const options = { method, path, headers, hostname, port, agent: this.#agent };
    return new Promise((resolve) => {
      const failed = () => resolve({ status: 0, text: '' });
      const sent = request(
        { ...options, timeout: TIMEOUT_MS, ...(signal ? { signal } : {}) },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', failed);
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
          });
        },
      );
      sent.on('error', failed);
      sent.on('timeout', () => sent.destroy());
      sent.end(body ?? undefined);
    });
  }
}
