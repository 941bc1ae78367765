import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before } from 'node:test';
import {
  type Api,
  type ApiObserver,
  ONE_ADDRESS,
  type ServerBounds,
  startApi,
} from '../../src/api/server.ts';
import { FakeNode } from './fake-node.ts';

export type Answered = { method: string; route: string; status: number; seconds: number };

export type Served = {
  node: FakeNode;
  api: Api;
  readonly answered: Answered[];
  readonly refused: number[];
  readonly faults: Error[];
  /** The requests that met them. */
  readonly faultIds: string[];
};

/** A fake node behind a real listening API, up for as long as the suite that calls this runs. */
export function serving(
  makeNode = () => new FakeNode(),
  bounds: Partial<ServerBounds> = {},
): Served {
  const served = { answered: [], refused: [], faults: [], faultIds: [] } as unknown as Served;
  const observer: ApiObserver = {
    answered: (method, route, status, seconds) =>
      served.answered.push({ method, route, status, seconds }),
    refused: (status) => served.refused.push(status),
    fault: (error, requestId) => {
      served.faults.push(error);
      served.faultIds.push(requestId);
    },
  };
  before(async () => {
    const node = makeNode();
    served.node = node;
    served.api = await startApi({
      node,
      host: '127.0.0.1',
      port: 0,
      observer,
      hostNames: [],
      bounds: { ...ONE_ADDRESS, ...bounds },
    });
  });
  after(() => served.api.close(0));
  return served;
}

export type Answer = {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
};

/** What listens. */
type Listener = Pick<Api, 'url'>;

export async function ask(api: Listener, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(api.url + path, init);
  const type = response.headers.get('content-type');
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isJson = type?.includes('json') === true;
  const body = isJson ? JSON.parse(new TextDecoder().decode(bytes)) : bytes;
  return { status: response.status, type, headers: response.headers, body };
}

/** The body of an answer that has to be a success. */
export async function read(api: Api, path: string): Promise<Answer['body']> {
  const { status, body } = await ask(api, path);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

export function post(
  api: Listener,
  path: string,
  body: string | Uint8Array,
  type?: string,
): Promise<Answer> {
  const fallback = typeof body === 'string' ? 'application/json' : 'application/octet-stream';
  return ask(api, path, {
    method: 'POST',
    body: body as Uint8Array<ArrayBuffer>,
    headers: { 'content-type': type ?? fallback },
  });
}

/** Opens a bare connection. */
export function dial(api: Listener): Socket {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  // What the server does to a connection is read from `received`.
  socket.on('error', () => undefined);
  return socket;
}

/** Everything that the server sends until it closes the connection. */
export async function received(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString('latin1');
}

/** Sends bytes on a bare connection; the status and code of the first answer before the close. */
export async function askRaw(
  api: Listener,
  bytes: string | Uint8Array,
): Promise<{ readonly status: number; readonly code: string | undefined }> {
  const socket = dial(api);
  socket.write(bytes);
  return firstAnswer(await received(socket));
}

export function firstAnswer(text: string) {
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]),
    code: /"code":"([a-z-]+)"/.exec(text)?.[1],
  };
}

/** The state is as before, and the process answers. */
export async function assertUnharmed(served: Served, fingerprint: string): Promise<void> {
  assert.equal(served.node.fingerprint(), fingerprint, 'the state has changed');
  assert.equal(await liveness(served, TRIES), 200);
  assert.deepEqual(served.faults, []);
}

/** Where a suite lets requests take little time, a machine that stops for longer makes even this one late. */
const TRIES = 20;

async function liveness(served: Served, tries: number): Promise<number> {
  const { status } = await ask(served.api, '/livez');
  return status === 408 && tries > 1 ? liveness(served, tries - 1) : status;
}

/** The binary form of a batch. */
export function joinBatch(transactions: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    transactions.flatMap((bytes) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
