import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { request } from 'node:http';
import { before, beforeEach, describe, it } from 'node:test';
import type { Snapshots } from '../../src/api/ports.ts';
import { encodeCertificate } from '../../src/codec/checkpoint.ts';
import { toHex } from '../../src/codec/hex.ts';
import { certificateFromJson } from '../../src/codec/proof-json.ts';
import {
  decodeEpochLedger,
  decodeSnapshotPage,
  encodeSnapshotPage,
} from '../../src/codec/snapshot.ts';
import { txidOf } from '../../src/codec/transaction.ts';
import type { Epoch, TxId } from '../../src/types/ids.ts';
import { API_LIMITS } from '../../src/types/limits.ts';
import { bob, lockOf, payment, signed } from './fake-ledger.ts';
import type { FakeNode } from './fake-node.ts';
import { ask, serving } from './serve.ts';

const txid = txidOf(payment(0));
const cursor = 'ab'.repeat(32) as TxId;

describe('REST: snapshots and ledgers', () => {
  const served = serving();
  let node: FakeNode;
  let snapshots: Snapshots;

  before(() => {
    node = served.node;
    snapshots = node.snapshots;
  });

  beforeEach(() => {
    node.snapshots = snapshots;
  });

  const get = (path: string) => fetch(`${served.api.url}${path}`);
  const bytesOf = async (answer: Response) => new Uint8Array(await answer.arrayBuffer());

  function encodedCertificate(): string {
    const certificate = node.certificate(1);
    assert(certificate);
    return toHex(encodeCertificate(certificate));
  }

  async function refused(path: string, status: number, code: string): Promise<void> {
    const answer = await ask(served.api, path);
    assert.equal(answer.status, status, path);
    assert.equal((answer.body as { code: string }).code, code, path);
  }

  it('has none before the first certificate', async () => {
    await refused('/v1/snapshots/latest', 404, 'not-yet');
    await refused('/v1/snapshots/1/pages', 404, 'not-yet');
    await refused('/v1/epochs/1/ledger', 404, 'not-yet');
  });

  it('names the newest certified state', async () => {
    await node.submit([signed(payment(0))]);
    node.finalize(txid);
    node.checkpoint(txid);
    const { body } = await ask(served.api, '/v1/snapshots/latest');
    const { epoch, pages, certificate } = body as Record<string, unknown>;
    assert.deepEqual([epoch, pages], [1, '/v1/snapshots/1/pages']);
    const decoded = certificateFromJson(certificate);
    assert(decoded.ok);
    assert.equal(toHex(encodeCertificate(decoded.value)), encodedCertificate());
  });

  it('gives pages with the cursor of the next one', async () => {
    const leaf = { txid, acceptedEpoch: 1, unspent: [{ index: 0, amount: 5n, lock: lockOf(bob) }] };
    const asked: [Epoch, TxId | null][] = [];
    node.snapshots = {
      ...node.snapshots,
      page: async (epoch, after) => {
        asked.push([epoch, after]);
        return { bytes: encodeSnapshotPage([leaf]), next: after === null ? cursor : null };
      },
    };
    const first = await get('/v1/snapshots/1/pages');
    assert.equal(first.headers.get('content-type'), 'application/octet-stream');
    assert.equal(first.headers.get('althing-next-cursor'), cursor);
    const decoded = decodeSnapshotPage(await bytesOf(first));
    assert.deepEqual(decoded, { ok: true, value: [leaf] });
    const last = await get(`/v1/snapshots/1/pages?cursor=${cursor}`);
    assert.equal(last.headers.get('althing-next-cursor'), null);
    assert.deepEqual(asked, [
      [1, null],
      [1, cursor],
    ]);
  });

  it('gives the ledger of an epoch', async () => {
    const answer = await get('/v1/epochs/1/ledger');
    assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
    const decoded = decodeEpochLedger(await bytesOf(answer));
    assert(decoded.ok);
    assert.equal(toHex(encodeCertificate(decoded.value.certificate)), encodedCertificate());
    assert.deepEqual(decoded.value.outcomes, [{ txid, accepted: true }]);
    assert.deepEqual(decoded.value.accepted.map(toHex), [toHex(signed(payment(0)))]);
    await refused('/v1/epochs/2/ledger', 404, 'not-yet');
  });

  it('refuses what is no epoch and no cursor', async () => {
    for (const epoch of ['0', '01', '-1', 'x', 'latest', '1.5', '12345678901']) {
      await refused(`/v1/snapshots/${epoch}/pages`, 400, 'invalid-request');
      await refused(`/v1/epochs/${epoch}/ledger`, 400, 'invalid-request');
    }
    for (const query of ['cursor=', 'cursor=ab', `cursor=${cursor.toUpperCase()}`, 'limit=3']) {
      await refused(`/v1/snapshots/1/pages?${query}`, 400, 'invalid-request');
    }
    await refused('/v1/snapshots/4294967296/pages', 404, 'not-yet');
  });

  it('is busy with as many readers as may be, until one has left', async () => {
    const waiting: (() => void)[] = [];
    let ended = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield new Uint8Array(10);
        await new Promise<void>((resolve) => waiting.push(resolve));
      } finally {
        ended += 1;
      }
    }
    node.snapshots = { ...node.snapshots, ledger: () => endless() };
    const url = `${served.api.url}/v1/epochs/1/ledger`;
    const readers = Array.from({ length: API_LIMITS.snapshotReadersMax.value }, () => {
      const asked = request(url).end();
      asked.on('error', () => {});
      return asked;
    });
    await Promise.all(readers.map((asked) => once(asked, 'response')));
    await refused('/v1/epochs/1/ledger', 503, 'busy');
    await refused('/v1/snapshots/1/pages', 503, 'busy');
    readers[0]?.destroy();
    let answer = await get('/v1/snapshots/1/pages');
    while (answer.status === 503) answer = await get('/v1/snapshots/1/pages');
    assert.equal(answer.status, 200);
    for (const resolve of waiting) resolve();
    for (const asked of readers) asked.destroy();
    while (ended < readers.length) await new Promise((resolve) => setImmediate(resolve));
  });

  it('reads no further for a client that has left', async () => {
    const asking = new EventEmitter();
    const begun = once(asking, 'begun');
    const left = once(asking, 'left');
    node.snapshots = {
      ...node.snapshots,
      page: async (_epoch, _after, signal) => {
        signal?.addEventListener('abort', () => asking.emit('left'));
        asking.emit('begun');
        await left;
        return { bytes: encodeSnapshotPage([]), next: null };
      },
    };
    const asked = request(`${served.api.url}/v1/snapshots/1/pages`).end();
    asked.on('error', () => {});
    await begun;
    asked.destroy();
    await left;
  });
});
