import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Readable } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Snapshots } from '../../src/api/ports.ts';
import { encodeLedgerParts } from '../../src/codec/snapshot.ts';
import { txidOf } from '../../src/codec/transaction.ts';
import { writeGenesisFile } from '../../src/node/folder/genesis-file.ts';
import type { Certificate } from '../../src/types/ledger.ts';
import {
  addressOf,
  alice,
  bob,
  FEE,
  GENESIS_AMOUNT,
  genesis,
  lockOf,
  payment,
  signed,
} from '../api/fake-ledger.ts';
import { serving } from '../api/serve.ts';
import { Althing, althing } from '../cluster/processes.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';

/** Requests that a node leaves unanswered. */
const AWAY = 5;

describe('wallet watch', { timeout: 120_000 }, () => {
  const served = serving();
  const folder = temporaryFolder({ after });
  const trusted = path.join(folder, 'genesis.json');
  const toBob = payment(0);
  const outputs = [7n, GENESIS_AMOUNT - 7n - 8n - FEE, 8n].map((amount, i) => ({
    amount,
    lock: lockOf(i === 1 ? alice : bob),
  }));
  const toBoth = payment(1, { outputs });
  let truth: Snapshots;

  before(async () => {
    writeGenesisFile(trusted, genesis);
    await served.node.settle(signed(toBob), txidOf(toBob));
    await served.node.submit([signed(toBoth)]);
    served.node.finalize(txidOf(toBoth));
    served.node.checkpoint(txidOf(toBoth));
    truth = served.node.snapshots;
  });

  beforeEach(() => {
    served.node.snapshots = truth;
  });

  const words = (url: string, ...more: string[]) => [
    ...['--json', 'wallet', 'watch', addressOf(bob), '--genesis', trusted, '--url', url],
    ...more,
  ];
  const watched = (...more: string[]) => althing(...words(served.api.url, '--once', ...more));
  const linesOf = (out: string) =>
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const ends = (out: string) =>
    linesOf(out).flatMap(({ kind, epoch, payments }) =>
      kind === 'epoch' ? [[epoch, payments]] : [],
    );

  it('tells each payment once, and behind them that their epoch is complete', async () => {
    const { code, out, err } = await watched();
    assert.equal(code, 0, err);
    const payments = linesOf(out).filter(({ kind }) => kind === 'payment');
    const common = { kind: 'payment', address: addressOf(bob) };
    const both = { ...common, epoch: 3, txid: txidOf(toBoth) };
    assert.deepEqual(payments, [
      { ...common, epoch: 1, txid: txidOf(toBob), index: 0, amount: `${GENESIS_AMOUNT - FEE}` },
      { ...both, index: 0, amount: '7' },
      { ...both, index: 2, amount: '8' },
    ]);
    assert.deepEqual(ends(out), [
      [1, 1],
      [2, 0],
      [3, 2],
    ]);
    assert.equal(linesOf(out).at(-1).kind, 'epoch');
  });

  it('goes on behind the epoch that is known', async () => {
    assert.deepEqual(ends((await watched('--after', '2')).out), [[3, 2]]);
    assert.equal((await watched('--after', '3')).out, '');
  });

  it('goes on when a node that was away is back', async (t) => {
    let asked = 0;
    const gate = createServer(async (request, response) => {
      asked += 1;
      // More often than a client tries again by itself.
      if (asked <= AWAY) return request.socket.destroy();
      const answer = await fetch(`${served.api.url}${request.url}`);
      const headers = { 'content-type': answer.headers.get('content-type') ?? '' };
      return response
        .writeHead(answer.status, headers)
        .end(Buffer.from(await answer.arrayBuffer()));
    });
    await once(gate.listen(0, '127.0.0.1'), 'listening');
    t.after(() => {
      gate.close();
      gate.closeAllConnections();
    });
    const url = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`;
    const watcher = new Althing(words(url, '--after', '1', '--poll-ms', '1'));
    await watcher.said(/"kind":"epoch","epoch":3.*\n/);
    watcher.child.kill('SIGTERM');
    const { code, out } = await watcher.ended;
    assert.equal(code, 0);
    assert.deepEqual(ends(out), [
      [2, 0],
      [3, 2],
    ]);
  });

  it('believes no node: neither a payment that is left out nor an older ledger', async () => {
    const certificate = served.node.certificate(3) as Certificate;
    const silent = { certificate, outcomes: [], accepted: [], fees: [] };
    const lies: [RegExp, Snapshots['ledger']][] = [
      [/miss the txRoot/, () => Readable.from(encodeLedgerParts(silent))],
      [/it is of epoch 1/, (epoch) => (epoch === 3 ? truth.ledger(1) : undefined)],
    ];
    for (const [why, ledger] of lies) {
      served.node.snapshots = { ...truth, ledger };
      const end = await watched('--after', '2');
      assert.deepEqual([end.code, end.out], [4, ''], end.err);
      assert.match(end.err, why);
    }
  });

  it('says what is wrong with an address, and that nobody answers', async () => {
    const strange = ['wallet', 'watch', 'althdev1x', '--genesis', trusted];
    assert.equal((await althing(...strange)).code, 2);
    assert.equal((await althing(...words('http://127.0.0.1:9', '--once'))).code, 5);
  });
});
