import { connect } from 'node:net';
import { type Api, startApi } from '../../src/api/server.ts';
import { toHex } from '../../src/codec/hex.ts';
import { joinFrames } from '../../src/network/frames.ts';
import { concatBytes } from '../../src/std/bytes.ts';
import { addressOf, bob, payment, signed } from '../../test/api/fake-ledger.ts';
import { FakeNode } from '../../test/api/fake-node.ts';
import { mutateText } from '../mutate-text.ts';
import { hold, type Target } from '../target.ts';
import { bytesOf } from './texts.ts';

/** The whole way of a request: HTTP's own parser, routes, bodies, and the answer's form. */
type Served = { readonly api: Api; readonly faults: Error[]; readonly node: FakeNode };

let serving: Promise<Served> | null = null;

async function serve(): Promise<Served> {
  const faults: Error[] = [];
  const node = new FakeNode();
  const api = await startApi({
    node,
    host: '127.0.0.1',
    port: 0,
    observer: { answered: () => {}, refused: () => {}, fault: (error) => faults.push(error) },
    hostNames: [],
    bounds: { headerMs: 300, requestMs: 400, idleMs: 500, checkMs: 50 },
  });
  return { api, faults, node };
}

async function check(input: Uint8Array): Promise<string> {
  serving ??= serve();
  const { api, faults, node } = await serving;
  const answer = await exchange(api, input);
  const [fault] = faults.splice(0);
  if (fault !== undefined) throw fault;
  // Paid by whoever sent garbage before: without it, all later inputs would only meet the limit.
  node.ready = true;
  const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
  hold(!statuses.includes('500'), 'rest: a fault of our own');
  for (const [, body] of answer.matchAll(/\r\n\r\n(\{"type":"urn:[^\r\n]*\})/g)) {
    const parsed: unknown = JSON.parse(body as string);
    hold(!/node_modules|\.ts:|\.js:|FST_/.test(body as string), 'rest: an answer tells too much');
    hold(typeof (parsed as { code?: unknown }).code === 'string', 'rest: no code');
  }
  const code = /"code":"([a-z-]+)"/.exec(answer)?.[1] ?? '';
  return `${statuses[0] ?? 'closed'} ${code}`;
}

/** Everything that is answered to these bytes, after which nothing more is sent. */
function exchange(api: Api, input: Uint8Array): Promise<string> {
  const { hostname, port } = new URL(api.url);
  const { promise, resolve } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  const socket = connect(Number(port), hostname);
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  socket.end(input);
  return promise;
}

const transaction = signed(payment(0));
const hex = toHex(transaction);
const unknown = 'a'.repeat(64);

const get = (path: string) =>
  `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`;

function post(path: string, type: string, body: Uint8Array): Uint8Array {
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: localhost',
    'connection: close',
    `content-type: ${type}`,
    `content-length: ${body.length}`,
    '',
    '',
  ];
  return concatBytes(bytesOf(head.join('\r\n')), body);
}

const json = (path: string, value: unknown) =>
  post(path, 'application/json', bytesOf(JSON.stringify(value)));
const binary = (path: string, body: Uint8Array) => post(path, 'application/octet-stream', body);

const REQUESTS: readonly Uint8Array[] = [
  ...[
    '/livez',
    '/readyz?verbose',
    '/openapi.json',
    '/v1/status',
    '/v1/ledger',
    '/v1/validators',
    '/v1/peers',
    '/v1/evidence',
    '/v1/evidence/0',
    '/v1/checkpoints?limit=2&cursor=1',
    '/v1/checkpoints/latest',
    '/v1/epochs/0',
    '/v1/epochs/1',
    '/v1/feed?limit=1&states=final,rejected',
    `/v1/transactions/${unknown}`,
    `/v1/transactions/${unknown}/raw`,
    `/v1/transactions/${unknown}/proof`,
    `/v1/outputs/${unknown}/0`,
    `/v1/addresses/${addressOf(bob)}`,
    `/v1/addresses/${addressOf(bob)}/outputs?limit=1&at_least_epoch=0`,
    '/v1/snapshot?epoch=1',
  ].map((path) => bytesOf(get(path))),
  json('/v1/transactions', { tx: hex }),
  json('/v1/transactions/batch', { txs: [hex, hex] }),
  json('/v1/transactions/query', { txids: [unknown] }),
  json('/dev/v1/faucet', { address: addressOf(bob), amount: '5' }),
  binary('/v1/transactions', transaction),
  binary('/v1/transactions/batch', joinFrames([transaction, transaction])),
];

export const REST_TARGETS: readonly Target[] = [
  {
    name: 'rest',
    samples: () => REQUESTS,
    check,
    mutate: mutateText,
    memory: { fixed: 0, perByte: 0 },
    lengthMax: 16_384,
    close: async () => {
      await (await serving)?.api.close(0);
      serving = null;
    },
  },
];
