import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { joinTraces } from './join-traces.ts';
import { synthesizeTrace, TRACE_KINDS } from './synthesize.ts';
import { GENESIS_TX, type Trace } from './trace.ts';
import { feeOf, liftFees, traceTotals } from './trace-arithmetic.ts';
import { checkTrace } from './trace-check.ts';
import { formatTrace, readTrace, readTraceFile, writeTraceFile } from './trace-file.ts';
import {
  formatTraceTransaction,
  parseTraceHeader,
  parseTraceTransaction,
  TRACE_LIMITS,
} from './trace-format.ts';

const HEADER =
  '{"format":"althing.utxo/1","name":"n","owners":2,"seed":"' +
  'ab'.repeat(32) +
  '","genesis":[[0,10],[1,20]],"tx":2,"source":{"title":"t"}}';
const FIRST = '{"i":[[-1,0],[-1,1]],"o":[[1,25],[0,4]]}';
const SECOND = '{"t":5,"i":[[0,0]],"o":[[0,25]],"b":225}';

async function read(...lines: string[]) {
  const whole = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  // In pieces, so that lines cross the borders of chunks.
  const pieces = (async function* () {
    for (let at = 0; at < whole.length; at += 7) yield whole.subarray(at, at + 7);
  })();
  return readTrace(pieces);
}

async function refused(line: number, detail: RegExp, ...lines: string[]) {
  const result = await read(...lines);
  assert.ok(!result.ok, `accepted: ${lines.join(' ')}`);
  assert.equal(result.error.line, line);
  assert.match(result.error.detail, detail);
}

test('a trace is read as it was written', async () => {
  const result = await read(HEADER, FIRST, SECOND);
  assert.ok(result.ok);
  const { txs, genesis } = result.value;
  assert.deepEqual(genesis[1], { owner: 1, amount: 20n });
  assert.deepEqual(txs[1], {
    atMs: 5,
    inputs: [{ tx: 0, index: 0 }],
    outputs: [{ owner: 0, amount: 25n }],
    wireBytes: 225,
    rivals: [],
  });
  assert.equal([...formatTrace(result.value)].join(''), `${HEADER}\n${FIRST}\n${SECOND}\n`);
});

test('the writer and the reader agree on every authored trace, gzipped or not', async (t) => {
  const folder = temporaryFolder(t);
  for (const kind of TRACE_KINDS) {
    for (const ending of ['ndjson', 'ndjson.gz']) {
      const trace = synthesizeTrace({ kind, transactions: 60, seed: 'x' });
      const path = join(folder, `${kind}.utxo.${ending}`);
      const sha256 = await writeTraceFile(path, trace);
      const back = await readTraceFile(path);
      assert.ok(back.ok, back.ok ? '' : `${back.error.line} ${back.error.detail}`);
      assert.deepEqual(back.value.trace, trace);
      assert.equal(back.value.sha256, sha256);
    }
  }
});

test('files that cannot be read are errors', async (t) => {
  const folder = temporaryFolder(t);
  const missing = await readTraceFile(join(folder, 'missing'));
  assert.ok(!missing.ok && /cannot be read/.test(missing.error.detail));
  await writeFile(join(folder, 'bad.gz'), 'no gzip');
  const bad = await readTraceFile(join(folder, 'bad.gz'));
  assert.ok(!bad.ok && /cannot be read/.test(bad.error.detail));
});

test('wrong totals are refused', async () => {
  await refused(0, /1 transactions, the header says 2/, HEADER, FIRST);
  await refused(4, /announced 2/, HEADER, FIRST, SECOND, SECOND);
  await refused(
    1,
    /owner 2 owns nothing/,
    HEADER.replace('"owners":2', '"owners":3'),
    FIRST,
    SECOND,
  );
  await refused(1, /empty/);
});

test('a trace that makes no sense as a ledger is refused', async () => {
  const second = (inputs: string, outputs = '[[0,1]]', more = '') =>
    `{"i":${inputs},"o":${outputs}${more}}`;
  const cases: [string, RegExp][] = [
    [second('[[1,0]]'), /not of an earlier/],
    [second('[[0,2]]'), /does not exist/],
    [second('[[0,0],[0,0]]'), /named twice/],
    [second('[[-1,1]]'), /already spent by 0/],
    [second('[[0,0]]', '[[0,26]]'), /creates 1 more/],
    [second('[[0,0]]', '[[2,1]]'), /owner 2/],
    [second('[[0,0]]', '[[0,0]]'), /not above zero/],
    [second('[[0,0]]', '[]'), /needs an input and an output/],
    [second('[]'), /needs an input and an output/],
    [second('[[0,0]]', '[[0,1]]', ',"x":[1]'), /not an earlier/],
    [second('[[0,0]]', '[[0,1]]', ',"x":[0]'), /of a transaction with a rival/],
    [second('[[-1,0],[-1,1]]', '[[0,1]]', ',"x":[]'), /x is empty/],
  ];
  for (const [line, detail] of cases) await refused(3, detail, HEADER, FIRST, line);
});

test('rivals must share an input and are allowed to', async () => {
  const rival = '{"i":[[-1,1]],"o":[[1,20]],"x":[0]}';
  assert.equal((await read(HEADER, FIRST, rival)).ok, true);
  for (const parent of [0, 1]) {
    const child = `{"i":[[${parent},0]],"o":[[1,20]]}`;
    const three = HEADER.replace('"tx":2', '"tx":3');
    await refused(4, /of a transaction with a rival/, three, FIRST, rival, child);
  }
  const apart = FIRST.replace(',[-1,1]', '').replace('[1,25],[0,4]', '[0,9]');
  await refused(3, /shares no input with its rival 0/, HEADER, apart, rival);
});

test('unknown fields, wrong types and numbers beyond 2^53 are refused', () => {
  const lines = [
    '[]',
    '{"i":[[-1,0]],"o":[[0,1]],"z":1}',
    '{"i":[[-2,0]],"o":[[0,1]]}',
    '{"i":[[-1,0.5]],"o":[[0,1]]}',
    '{"i":[[-1,0]],"o":[[0,9007199254740993]]}',
    '{"i":[[-1,0]],"o":[[0,"1"]]}',
    '{"i":[[-1,0,0]],"o":[[0,1]]}',
    '{"i":[[-1,0]],"o":[[0,1]],"t":-1}',
    '{"i":[[-1,0]],"o":[[0,1]],"b":0}',
    '{"i":[[-1,0]],"o":[[0,1]],"x":[0,0]}',
    '{"i":[[-1,-1]],"o":[[0,1]]}',
    'nonsense',
  ];
  for (const line of lines) assert.equal(parseTraceTransaction(line, 2).ok, false, line);
  assert.equal(parseTraceHeader(HEADER.replace('utxo/1', 'utxo/2')).ok, false);
  assert.equal(parseTraceHeader(HEADER.replace('abab', 'ABAB')).ok, false);
  assert.equal(parseTraceHeader(HEADER.replace(',"source":{"title":"t"}', '')).ok, false);
});

test('a header has bounds, and amounts are integers that JSON holds exactly', () => {
  const owners = (count: number) => HEADER.replace('"owners":2', `"owners":${count}`);
  const count = (txs: number) => HEADER.replace('"tx":2', `"tx":${txs}`);
  const seed = (digits: string) => HEADER.replace('ab'.repeat(32), digits);
  const title = (length: number) => HEADER.replace('"t"', `"${'t'.repeat(length)}"`);
  const { ownersMax, transactionsMax } = TRACE_LIMITS;
  const amount = (paid: bigint) => () =>
    formatTraceTransaction({
      atMs: null,
      wireBytes: null,
      rivals: [],
      inputs: [{ tx: -1, index: 0 }],
      outputs: [{ owner: 0, amount: paid }],
    });
  for (const good of [owners(ownersMax), count(transactionsMax), count(0), title(1000)]) {
    assert.equal(parseTraceHeader(good).ok, true, good.slice(0, 150));
  }
  const bad = [
    owners(0),
    owners(ownersMax + 1),
    count(transactionsMax + 1),
    count(-1),
    title(1001),
  ];
  bad.push(title(0), seed('a'.repeat(63)), seed('a'.repeat(65)), seed('g'.repeat(64)));
  for (const one of bad) assert.equal(parseTraceHeader(one).ok, false, one.slice(0, 150));
  assert.match(amount(2n ** 53n - 1n)(), /\[\[0,9007199254740991\]\]/);
  assert.throws(amount(2n ** 53n), RangeError);
});

const anyTrace = fc
  .record({
    kind: fc.constantFrom(...TRACE_KINDS),
    transactions: fc.integer({ min: 1, max: 80 }),
    seed: fc.string(),
  })
  .map(synthesizeTrace);

test('authored traces are valid, and a function of their seed', () => {
  fc.assert(
    fc.property(anyTrace, (trace) => {
      const checked = checkTrace(trace);
      assert.ok(checked.ok, checked.ok ? '' : checked.error.detail);
    }),
    { numRuns: 40 },
  );
  const once = synthesizeTrace({ kind: 'uniform', transactions: 5, seed: 'a' });
  assert.deepEqual(synthesizeTrace({ kind: 'uniform', transactions: 5, seed: 'a' }), once);
  assert.notDeepEqual(synthesizeTrace({ kind: 'uniform', transactions: 5, seed: 'b' }), once);
});

test('authored traces have the shape that their names say', () => {
  const totals = (kind: Trace['name']) =>
    traceTotals(
      synthesizeTrace({ kind: kind as (typeof TRACE_KINDS)[number], transactions: 400, seed: 's' }),
    );
  assert.equal(totals('uniform').dependent, 0);
  assert.equal(totals('chains').depth, 25);
  assert.equal(totals('chains').dependent, 400 - 16);
  assert.equal(totals('hot-owner').dependent, 80);
  assert.equal(totals('double-spends').pairs, 200);
});

test('traces back to back are one that makes sense, with what each of them is', () => {
  fc.assert(
    fc.property(fc.array(anyTrace, { minLength: 1, maxLength: 4 }), (traces) => {
      const made = joinTraces(traces);
      assert.ok(made.ok);
      const joined = made.value;
      const checked = checkTrace(joined);
      assert.ok(checked.ok, checked.ok ? '' : checked.error.detail);
      const { depth, ...sums } = traceTotals(joined);
      const each = traces.map(traceTotals);
      assert.equal(depth, Math.max(...each.map((totals) => totals.depth)));
      for (const [name, sum] of Object.entries(sums) as [keyof typeof sums, number | bigint][]) {
        const parts = each.map((totals) => BigInt(totals[name]));
        assert.equal(
          BigInt(sum),
          parts.reduce((a, b) => a + b, 0n),
          name,
        );
      }
      const amounts = (of: Trace) => of.txs.map(({ outputs }) => outputs.map((o) => o.amount));
      assert.deepEqual(amounts(joined), traces.flatMap(amounts));
      assert.ok(joined.txs.every(({ atMs }) => atMs === null));
    }),
    { numRuns: 40 },
  );
});

test('traces that are too many for one file are not joined', () => {
  const trace = synthesizeTrace({ kind: 'uniform', transactions: 3, seed: 's' });
  const wide = { ...trace, owners: 2_000_001 };
  const long = { ...trace, txs: new Array<Trace['txs'][number]>(1_000_001).fill(trace.txs[0]!) };
  for (const [part, word] of [[wide, 'owners'] as const, [long, 'transactions'] as const]) {
    const made = joinTraces([part, part]);
    assert.ok(!made.ok && made.error.includes(word));
  }
});

test('a transaction needs one signature of each owner of its inputs', () => {
  const inputs = [0, 1, 2].map((index) => ({ tx: GENESIS_TX, index }));
  const tx = { atMs: null, inputs, outputs: [], wireBytes: null, rivals: [] };
  const genesis = [0, 1, 0].map((owner) => ({ owner, amount: 1n }));
  const trace = { ...synthesizeTrace({ kind: 'uniform', transactions: 0, seed: 's' }), genesis };
  assert.equal(traceTotals({ ...trace, txs: [tx] }).signatures, 2);
});

test('lifting pays every fee, changes no kept output and conserves', () => {
  fc.assert(
    fc.property(anyTrace, fc.bigInt({ min: 0n, max: 50_000n }), (trace, minFee) => {
      const { trace: lifted, added } = liftFees(trace, minFee);
      assert.ok(checkTrace(lifted).ok);
      const spent = new Set(trace.txs.flatMap((tx) => tx.inputs.map((i) => `${i.tx}:${i.index}`)));
      lifted.txs.forEach((tx, at) => {
        assert.ok(feeOf(lifted, at) >= minFee);
        tx.outputs.forEach((output, index) => {
          const before = trace.txs[at]!.outputs[index]!;
          if (!spent.has(`${at}:${index}`)) assert.deepEqual(output, before);
        });
      });
      const sum = (outputs: Trace['genesis']) => outputs.reduce((n, o) => n + o.amount, 0n);
      assert.equal(sum(lifted.genesis) - sum(trace.genesis), added);
    }),
    { numRuns: 60 },
  );
});
