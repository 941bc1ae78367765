import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blake2b } from '@noble/hashes/blake2.js';
import type { Trace } from '../trace/trace.ts';
import { traceTotals } from '../trace/trace-arithmetic.ts';
import { traceOfCardanoChunk } from './cardano-trace.ts';
import { CborReader } from './cbor.ts';
import { traceOfMempool } from './mempool-trace.ts';

const SOURCE = { title: 'written here' };
const id = (letter: string) => letter.repeat(64);

describe('a table of unconfirmed transactions', () => {
  const head = 'txid;fees;size;fee;time;depends;spentby';
  const row = (txid: string, time: string, parents: readonly string[], fee = '1e-06') => {
    const depends = `[${parents.map((parent) => `'${parent}'`).join(', ')}]`;
    return `${txid};{'base': 1};250;${fee};2020-11-24 ${time};${depends};[]`;
  };
  // The child comes before its parent in the table, and by its clock too.
  const text = [
    head,
    row(id('b'), '08:00:01', [id('a')]),
    row(id('a'), '08:00:02', []),
    row(id('c'), '08:00:05', [id('a'), id('b'), id('f')]),
    row(id('d'), '08:00:03', [], '0.0'),
    '',
  ].join('\n');

  it('keeps arrival times, the graph and sizes', () => {
    const trace = ok(traceOfMempool(text, SOURCE));
    assert.equal(trace.txs.length, 4);
    assert.deepEqual(
      trace.txs.map(({ atMs }) => atMs),
      [0, 0, 1000, 3000],
    );
    const parents = trace.txs.map(({ inputs }) => inputs.map(({ tx }) => tx));
    assert.deepEqual(parents, [[-1], [0], [-1], [0, 1]]);
    assert.deepEqual(
      trace.txs.map(({ wireBytes }) => wireBytes),
      [250, 250, 250, 250],
    );
    // One for each child, one to keep.
    assert.deepEqual(
      trace.txs.map(({ outputs }) => outputs.length),
      [3, 2, 1, 1],
    );
    assert.equal(traceTotals(trace).dependent, 2);
  });

  it('keeps only the newest when told so', () => {
    const trace = ok(traceOfMempool(text, SOURCE, 3));
    assert.deepEqual(
      trace.txs.map(({ atMs }) => atMs),
      [0, 1000, 3000],
    );
    assert.deepEqual(
      trace.txs.map(({ inputs }) => inputs.map(({ tx }) => tx)),
      [[-1], [-1], [0]],
    );
  });

  it('takes chains of any length, and refuses rings', () => {
    const name = (n: number) => n.toString(16).padStart(64, '0');
    const chain = Array.from({ length: 20_000 }, (_, n) => row(name(n), '08:00:01', [name(n + 1)]));
    assert.equal(ok(traceOfMempool([head, ...chain].join('\n'), SOURCE)).txs.length, 20_000);
    const ring = [row(id('a'), '08:00:01', [id('b')]), row(id('b'), '08:00:01', [id('a')])];
    for (const rows of [ring, [row(id('a'), '08:00:01', [id('a')])]]) {
      const read = traceOfMempool([head, ...rows].join('\n'), SOURCE);
      assert.match(read.ok ? '' : read.error, /^[ab]{64} depends on itself$/);
    }
  });

  it('refuses other tables', () => {
    assert.ok(!traceOfMempool(`${head}\n`, SOURCE).ok, 'nobody reads a trace of nothing');
    assert.ok(!traceOfMempool('a;b\n', SOURCE).ok);
    assert.ok(!traceOfMempool(`${head}\nx;y;-3;0;2020-11-24 08:00:00;[];[]\n`, SOURCE).ok);
    assert.ok(!traceOfMempool(`${head}\nx;y;3;0;yesterday;[];[]\n`, SOURCE).ok);
  });
});

type Json = number | Uint8Array | readonly Json[] | ReadonlyMap<number, Json>;

describe('a chunk of Cardano', () => {
  const address = (n: number) => new Uint8Array(29).fill(n);
  const body = (inputs: Json, outputs: Json, fee: number) =>
    new Map<number, Json>([
      [0, inputs],
      [1, outputs],
      [2, fee],
    ]);
  const hash = (item: Json) => blake2b(cbor(item), { dkLen: 32 });
  const block = (slot: number, bodies: readonly Json[], failed: readonly number[] = []): Json => [
    ...[[[7, slot], new Uint8Array(4)], bodies, bodies.map(() => new Map())],
    ...[new Map(), failed],
  ];
  const first = body(
    [[new Uint8Array(32).fill(1), 0]],
    [
      [address(1), 500],
      [address(2), 300],
    ],
    20,
  );
  // Since Babbage outputs are maps; a value with other assets is a list.
  const second = body(
    [[hash(first), 1]],
    [
      new Map<number, Json>([
        [0, address(3)],
        [1, [250, new Map()]],
      ]),
    ],
    50,
  );
  const failing = body([[hash(first), 0]], [[address(4), 400]], 100);
  const chunk = Buffer.concat([
    cbor([1, [0]]),
    cbor([5, block(1000, [first])]),
    cbor([6, block(1020, [second, failing], [1])]),
  ]);

  it('keeps slots, the graph, owners, amounts and fees', () => {
    const trace = ok(traceOfCardanoChunk(chunk, SOURCE));
    assert.deepEqual(
      trace.txs.map(({ atMs }) => atMs),
      [0, 20_000],
    );
    assert.deepEqual(trace.txs[1]?.inputs, [{ tx: 0, index: 1 }]);
    assert.deepEqual(
      trace.txs[0]?.outputs.map(({ amount }) => amount),
      [500n, 300n],
    );
    assert.deepEqual(
      trace.genesis.map(({ amount }) => amount),
      [820n],
    );
    const { fees, inAmount } = traceTotals(trace);
    assert.deepEqual([fees, inAmount], [70n, 1120n]);
    assert.match(
      trace.source.notes?.join() ?? '',
      /1 blocks of Byron.*1 transactions whose scripts/,
    );
  });

  it('refuses what ends early, lies about lengths or is something else', () => {
    for (let length = 1; length < chunk.length; length++) {
      const cut = traceOfCardanoChunk(chunk.subarray(0, length), SOURCE);
      // A cut between two blocks is a shorter chunk.
      if (cut.ok) assert.ok(cut.value.txs.length < 2, `${length}`);
    }
    const lying = Uint8Array.from([0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0]);
    assert.ok(!traceOfCardanoChunk(lying, SOURCE).ok);
    assert.ok(!traceOfCardanoChunk(new Uint8Array(200_000).fill(0x81), SOURCE).ok);
    assert.ok(!traceOfCardanoChunk(Buffer.from('no chunk at all'), SOURCE).ok);
    const back = [cbor([5, block(1000, [first])]), cbor([6, block(999, [second])])];
    assert.ok(!traceOfCardanoChunk(Buffer.concat(back), SOURCE).ok);
  });
});

describe('CBOR', () => {
  const value = (...bytes: number[]) => new CborReader(Uint8Array.from(bytes)).next().value;

  it('is read in every kind that ledgers use', () => {
    assert.deepEqual([value(0x17), value(0x18, 200), value(0x19, 1, 0)], [23n, 200n, 256n]);
    assert.deepEqual([value(0x20), value(0x38, 99)], [-1n, -100n]);
    assert.deepEqual([value(0xf4), value(0xf5), value(0xf6)], [false, true, null]);
    assert.equal(value(0x62, 0x61, 0x62), 'ab');
    // Strings in parts, lists without a length, tags.
    assert.deepEqual(value(0x5f, 0x41, 1, 0x41, 2, 0xff), Buffer.from([1, 2]));
    assert.equal(value(0xc2, 0x05), 5n);
    const list = value(0x9f, 1, 2, 0xff);
    assert.ok(typeof list === 'object' && list !== null && 'items' in list);
    assert.deepEqual(
      list.items.map((item) => item.value),
      [1n, 2n],
    );
  });
});

/** As much of an encoder as the test needs. */
function cbor(item: Json): Uint8Array {
  if (typeof item === 'number') return head(0, item);
  if (item instanceof Uint8Array) return Buffer.concat([head(2, item.length), item]);
  if (item instanceof Map) {
    const pairs = [...item].flatMap(([key, value]) => [cbor(key), cbor(value)]);
    return Buffer.concat([head(5, item.size), ...pairs]);
  }
  const items = item as readonly Json[];
  return Buffer.concat([head(4, items.length), ...items.map(cbor)]);
}

function head(kind: number, length: number): Uint8Array {
  if (length < 24) return Uint8Array.from([(kind << 5) | length]);
  return Uint8Array.from([(kind << 5) | 25, length >> 8, length & 255]);
}

function ok(made: { ok: true; value: Trace } | { ok: false; error: string }): Trace {
  assert.ok(made.ok, made.ok ? '' : made.error);
  return made.value;
}
