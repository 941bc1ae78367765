import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { startApi } from '../../src/api/server.ts';
import type { TxId } from '../../src/types/ids.ts';
import { FakeNode } from '../../test/api/fake-node.ts';
import { joinBatch } from '../../test/api/serve.ts';

/*
 * Cost of REST itself: CPU time of a server process whose node takes every transaction unseen, for posts
 * of 250-byte transactions and reads of a status, over 4 connections with 16 requests under way.
 *
 *   node dist/bench/micro/api.js
 */
const TX_BYTES = 250;
const CONNECTIONS = 4;
const UNDER_WAY = 16;
const TXID = 'ab'.repeat(32) as TxId;

type Case = {
  readonly name: string;
  readonly path: string;
  readonly requests: number;
  readonly txs: number;
  readonly type?: string;
  readonly body?: string | Uint8Array;
};

const tx = new Uint8Array(TX_BYTES).fill(7);
const hex = Buffer.from(tx).toString('hex');
const TXS = '/v1/transactions';
const binary = (txs: number, requests: number): Case => ({
  name: `batch of ${txs}, binary`,
  path: `${TXS}/batch`,
  requests,
  txs,
  type: 'application/octet-stream',
  body: joinBatch(Array(txs).fill(tx)),
});
const CASES: readonly Case[] = [
  {
    name: 'one, binary',
    path: TXS,
    requests: 8000,
    txs: 1,
    body: tx,
    type: 'application/octet-stream',
  },
  {
    name: 'one, JSON',
    path: TXS,
    requests: 8000,
    txs: 1,
    type: 'application/json',
    body: JSON.stringify({ tx: hex }),
  },
  binary(10, 6000),
  binary(100, 2000),
  binary(500, 600),
  {
    name: 'batch of 100, JSON',
    path: `${TXS}/batch`,
    requests: 1000,
    txs: 100,
    type: 'application/json',
    body: JSON.stringify({ txs: Array(100).fill(hex) }),
  },
  { name: 'read of a status', path: `${TXS}/${TXID}`, requests: 8000, txs: 1 },
];

/** The process that is measured: answers 'spent?' with its CPU microseconds so far. */
async function serve(): Promise<void> {
  const node = new FakeNode();
  node.submit = async (list) => list.map(() => ({ ok: true, txid: TXID, known: false }));
  node.status = () => ({ state: 'pending' });
  const observer = {
    answered: () => {},
    refused: () => {},
    fault: (error: Error) => console.error(error),
  };
  const api = await startApi({ node, host: '127.0.0.1', port: 0, observer, hostNames: [] });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.send?.(api.url);
}

async function spent(server: ChildProcess): Promise<number> {
  server.send('spent?');
  const [microseconds] = await once(server, 'message');
  return microseconds;
}

async function post(pool: Pool, { path, type, body, requests }: Case): Promise<void> {
  let left = requests;
  const one = async () => {
    while (left-- > 0) {
      const answer = await pool.request({
        path,
        method: body === undefined ? 'GET' : 'POST',
        body: body ?? null,
        headers: type === undefined ? {} : { 'content-type': type },
      });
      const text = await answer.body.text();
      if (answer.statusCode >= 300) throw new Error(text);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, one));
}

async function measure(): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url), ['serve']);
  const [url] = await once(server, 'message');
  const pool = new Pool(url, { connections: CONNECTIONS });
  const rows = [];
  for (const one of CASES) {
    await post(pool, { ...one, requests: one.requests / 4 });
    const before = await spent(server);
    await post(pool, one);
    const perRequest = ((await spent(server)) - before) / one.requests;
    rows.push({
      case: one.name,
      'us per request': perRequest.toFixed(1),
      'us per transaction': (perRequest / one.txs).toFixed(2),
    });
  }
  console.table(rows);
  await pool.close();
  server.disconnect();
  server.kill();
}

await (process.argv[2] === 'serve' ? serve() : measure());
