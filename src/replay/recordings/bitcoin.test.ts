import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Trace } from '../trace/trace.ts';
import { traceTotals } from '../trace/trace-arithmetic.ts';
import { type BitcoinBlock, parseBitcoinBlock } from './bitcoin-block.ts';
import { convertBitcoinFiles } from './bitcoin-file.ts';
import { traceOfBitcoinBlock } from './bitcoin-trace.ts';
import { parseBitcoinUndo } from './bitcoin-undo.ts';
import { OWNERS_MAX } from './recording.ts';

/** An encoder of its own, so that parser and test cannot be wrong together. */
type Spend = { txid: string; index: number };
type Pay = { value: bigint; script: string };
type Made = { bytes: Buffer; txid: string };

const ALICE = '76a914aa';
const BOB = '76a914bb';
const DATA = '6a0568656c6c6f';
const source = { title: 'made by the test' };

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function size(value: number): Buffer {
  if (value < 0xfd) return Buffer.of(value);
  const wide = Buffer.alloc(3, 0xfd);
  wide.writeUInt16LE(value, 1);
  return wide;
}

function twice(bytes: Buffer): Buffer {
  const once = createHash('sha256').update(bytes).digest();
  return createHash('sha256').update(once).digest();
}

function output({ value, script }: Pay): Buffer {
  const bytes = Buffer.from(script, 'hex');
  return Buffer.concat([u64(value), size(bytes.length), bytes]);
}

function transaction(spends: Spend[], pays: Pay[], segregated = false): Made {
  const inputs = spends.map(({ txid, index }) =>
    Buffer.concat([
      Buffer.from(txid, 'hex'),
      u32(index),
      size(2),
      Buffer.from('5151', 'hex'),
      u32(0),
    ]),
  );
  const core = Buffer.concat([
    size(inputs.length),
    ...inputs,
    size(pays.length),
    ...pays.map(output),
  ]);
  const version = u32(2);
  const lockTime = u32(0);
  const marker = segregated ? Buffer.of(0, 1) : Buffer.alloc(0);
  const witness = segregated ? spends.map(() => Buffer.of(1, 3, 7, 7, 7)) : [];
  return {
    bytes: Buffer.concat([version, marker, core, ...witness, lockTime]),
    txid: twice(Buffer.concat([version, core, lockTime])).toString('hex'),
  };
}

const coinbase = transaction(
  [{ txid: '00'.repeat(32), index: 0xffffffff }],
  [{ value: 50n, script: ALICE }],
);

function block(txs: Made[]): Buffer {
  const all = [coinbase, ...txs];
  let row: Buffer[] = all.map((tx) => Buffer.from(tx.txid, 'hex'));
  while (row.length > 1) {
    row = Array.from({ length: Math.ceil(row.length / 2) }, (_, i) =>
      twice(Buffer.concat([row[2 * i]!, row[2 * i + 1] ?? row[2 * i]!])),
    );
  }
  const header = Buffer.concat([
    u32(2),
    Buffer.alloc(32, 9),
    row[0]!,
    u32(1400000000),
    u32(0),
    u32(0),
  ]);
  return Buffer.concat([header, size(all.length), ...all.map((tx) => tx.bytes)]);
}

const EARLIER = 'cd'.repeat(32);

/** Two payments of earlier coins, then one that spends from the first, with data and a zero amount. */
function sample(): { bytes: Buffer; undo: Buffer } {
  const first = transaction(
    [
      { txid: EARLIER, index: 0 },
      { txid: EARLIER, index: 7 },
    ],
    [
      { value: 600n, script: BOB },
      { value: 300n, script: ALICE },
    ],
  );
  const second = transaction([{ txid: EARLIER, index: 9 }], [{ value: 100n, script: BOB }], true);
  const third = transaction(
    [{ txid: first.txid, index: 0 }],
    [
      { value: 0n, script: DATA },
      { value: 0n, script: ALICE },
      { value: 600n, script: BOB },
    ],
  );
  const undo = [
    { value: 500n, script: ALICE },
    { value: 500n, script: ALICE },
    { value: 150n, script: BOB },
    { value: 600n, script: BOB },
  ];
  return { bytes: block([first, second, third]), undo: Buffer.concat(undo.map(output)) };
}

function parsed(bytes: Uint8Array): BitcoinBlock {
  const result = parseBitcoinBlock(bytes);
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
}

function converted(bytes: Uint8Array, undo: Uint8Array | null): Trace {
  const value = parsed(bytes);
  const inputs = value.transactions.slice(1).reduce((sum, tx) => sum + tx.inputs.length, 0);
  const spent = undo === null ? null : parseBitcoinUndo(undo, inputs);
  const trace = traceOfBitcoinBlock(value, spent?.ok ? spent.value : null, source);
  assert.ok(trace.ok, trace.ok ? '' : trace.error);
  return trace.value;
}

test('a block with undo data keeps graph, owners and amounts', () => {
  const { bytes, undo } = sample();
  const trace = converted(bytes, undo);
  assert.deepEqual(trace.genesis, [
    { owner: 0, amount: 500n },
    { owner: 0, amount: 500n },
    { owner: 1, amount: 150n },
  ]);
  assert.deepEqual(
    trace.txs.map((tx) => [tx.inputs, tx.outputs]),
    [
      [
        [
          { tx: -1, index: 0 },
          { tx: -1, index: 1 },
        ],
        // One more than recorded: the third transaction has no fee to pay for its raised output.
        [
          { owner: 1, amount: 601n },
          { owner: 0, amount: 300n },
        ],
      ],
      [[{ tx: -1, index: 2 }], [{ owner: 1, amount: 100n }]],
      [
        [{ tx: 0, index: 0 }],
        [
          { owner: 0, amount: 1n },
          { owner: 1, amount: 600n },
        ],
      ],
    ],
  );
  assert.equal(traceTotals(trace).fees, 99n + 50n);
  assert.match(
    trace.source.notes?.join() ?? '',
    /1 OP_RETURN outputs dropped, 1 zero amounts raised/,
  );
});

test('without undo data each earlier output has an owner of its own and pays 1 satoshi per vbyte', () => {
  const trace = converted(sample().bytes, null);
  const first = parsed(sample().bytes).transactions[1]!;
  assert.deepEqual(
    trace.genesis.map(({ owner }) => owner),
    [0, 1, 4],
  );
  const paid = trace.genesis[0]!.amount + trace.genesis[1]!.amount;
  assert.equal(paid, 900n + BigInt(first.virtualBytes));
  assert.ok(trace.genesis[0]!.amount - trace.genesis[1]!.amount <= 1n);
});

test('the virtual size counts witness bytes a quarter', () => {
  const [, first, second] = parsed(sample().bytes).transactions;
  assert.equal(first?.virtualBytes, first?.bytes);
  // 2 marker bytes and 5 witness bytes: 7 / 4 rounded up.
  assert.equal(second?.virtualBytes, (second?.bytes ?? 0) - 7 + 2);
});

test('one byte after the block is tolerated with a note, two are not', () => {
  const { bytes } = sample();
  assert.deepEqual(parsed(Buffer.concat([bytes, Buffer.of(0)])).notes, [
    'one byte after the block was ignored',
  ]);
  const two = parseBitcoinBlock(Buffer.concat([bytes, Buffer.of(0, 0)]));
  assert.ok(!two.ok && /2 bytes follow/.test(two.error));
});

test('every truncation and every flipped bit of the transactions is refused', () => {
  const { bytes } = sample();
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(parseBitcoinBlock(bytes.subarray(0, length)).ok, false, `cut at ${length}`);
  }
  const witness = bytes.indexOf(Buffer.of(1, 3, 7, 7, 7));
  for (let at = 81; at < bytes.length; at++) {
    // The header commits to transactions without witnesses, so only those cannot be told.
    if (at >= witness && at < witness + 5) continue;
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1;
    assert.equal(parseBitcoinBlock(flipped).ok, false, `flipped at ${at}`);
  }
});

test('undo data of another block is refused', () => {
  const { undo } = sample();
  assert.equal(parseBitcoinUndo(undo, 4).ok, true);
  assert.equal(parseBitcoinUndo(undo, 5).ok, false);
  assert.equal(parseBitcoinUndo(undo.subarray(0, -1), 4).ok, false);
});

test('a giant of unknown inputs shares owners so that its signatures fit', () => {
  const spends = Array.from({ length: 1000 }, (_, index) => ({ txid: EARLIER, index }));
  const trace = converted(block([transaction(spends, [{ value: 5n, script: BOB }])]), null);
  assert.equal(trace.txs[0]?.inputs.length, 1000);
  assert.equal(trace.owners, OWNERS_MAX + 1);
});

test('what does not fit is left out, and what it created is genesis', () => {
  const spends = Array.from({ length: 1025 }, (_, index) => ({ txid: EARLIER, index }));
  const giant = transaction(spends, [
    { value: 70n, script: BOB },
    { value: 5n, script: ALICE },
  ]);
  const child = transaction([{ txid: giant.txid, index: 0 }], [{ value: 60n, script: ALICE }]);
  const trace = converted(block([giant, child]), null);
  assert.equal(trace.txs.length, 1);
  assert.deepEqual(trace.genesis, [
    { owner: 0, amount: 70n },
    { owner: 1, amount: 5n },
  ]);
  assert.deepEqual(trace.txs[0]?.inputs, [{ tx: -1, index: 0 }]);
});

const folder = process.env.ALTHING_BITCOIN_DATA;

test('mainnet block 300025: 460 payments of 5,105.93575772 BTC', { skip: !folder }, async () => {
  const trace = await convertBitcoinFiles(
    join(folder ?? '', 'bcoin-block300025.raw'),
    join(folder ?? '', 'bcoin-block300025-undo.raw'),
  );
  assert.ok(trace.ok, trace.ok ? '' : trace.error);
  const totals = traceTotals(trace.value);
  assert.equal(totals.transactions, 460);
  assert.equal(totals.inputs, 1427);
  assert.equal(totals.dependent, 102);
  assert.equal(totals.inAmount, 510_593_575_772n);
  assert.equal(totals.fees, 7_773_345n);
});
