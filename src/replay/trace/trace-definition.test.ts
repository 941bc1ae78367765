import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WIRE_LIMITS } from '../../types/limits.ts';
import { GENESIS_TX, type Trace, type TraceInput, type TraceTransaction } from './trace.ts';
import { feeOf, liftFees, spentKeys, traceTotals } from './trace-arithmetic.ts';
import { checkTrace } from './trace-check.ts';
import { formatTrace, readTrace } from './trace-file.ts';

/* What the header of trace-check.ts says, against its definition, on small traces with rivals. */

type Draft = Omit<Trace, 'txs' | 'genesis'> & {
  genesis: { owner: number; amount: bigint }[];
  txs: TraceTransaction[];
};

const keyOf = ({ tx, index }: TraceInput) => `${tx}:${index}`;
const sum = (all: readonly { readonly amount: bigint }[]) =>
  all.reduce((total, { amount }) => total + amount, 0n);

function outputAt(trace: Trace, { tx, index }: TraceInput) {
  return (tx === GENESIS_TX ? trace.genesis : trace.txs[tx]?.outputs)?.[index];
}

function isLedger(trace: Trace): boolean {
  const { txs, genesis, owners } = trace;
  const contested = new Set(txs.flatMap(({ rivals }, at) => rivals.flatMap((one) => [one, at])));
  const all = [genesis, ...txs.map(({ outputs }) => outputs)].flat();
  const sharesInput = (one: TraceTransaction, other: TraceTransaction | undefined) =>
    one.inputs.some((input) => other?.inputs.some((theirs) => keyOf(theirs) === keyOf(input)));
  return (
    all.every(({ owner, amount }) => owner < owners && amount > 0n) &&
    new Set(all.map(({ owner }) => owner)).size === owners &&
    txs.every((tx, at) => {
      const spent = tx.inputs.map((input) => outputAt(trace, input));
      const rivals = txs.flatMap((other, i) => (i < at && sharesInput(tx, other) ? [i] : []));
      return (
        tx.inputs.length > 0 &&
        tx.outputs.length > 0 &&
        new Set(tx.inputs.map(keyOf)).size === tx.inputs.length &&
        tx.inputs.every((input) => input.tx < at && !contested.has(input.tx)) &&
        spent.every((output) => output !== undefined) &&
        sum(spent.flatMap((output) => output ?? [])) >= sum(tx.outputs) &&
        rivals.join() === tx.rivals.toSorted((a, b) => a - b).join()
      );
    })
  );
}

type Step = {
  readonly at: number;
  readonly also: number;
  readonly isRival: boolean;
  readonly parts: readonly { readonly owner: number; readonly amount: bigint }[];
  readonly atMs: number | null;
  readonly wireBytes: number | null;
};

const amounts = fc.oneof(fc.bigInt({ min: 1n, max: 4n }), fc.constant(2n ** 40n));
const parts = fc.record({ owner: fc.nat(3), amount: amounts }, { noNullPrototype: true });
const steps = fc.array(
  fc.record({
    at: fc.nat(50),
    also: fc.nat(50),
    isRival: fc.boolean(),
    parts: fc.array(parts, { minLength: 1, maxLength: 3 }),
    atMs: fc.option(fc.nat(9)),
    wireBytes: fc.option(fc.integer({ min: 1, max: 9 })),
  }),
  { maxLength: 9, size: 'max' },
);
const texts = fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { maxLength: 2 });
const sources = fc.record(
  {
    title: fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }),
    sha256: texts,
    licence: fc.string({ minLength: 1 }),
    notes: texts,
  },
  { requiredKeys: ['title'], noNullPrototype: true },
);

const traces: fc.Arbitrary<Trace> = fc
  .record({ genesis: fc.array(parts, { minLength: 2, maxLength: 5 }), steps, source: sources })
  .map(({ genesis, steps: all, source }) => {
    const trace: Draft = {
      name: 'drawn',
      owners: 0,
      seed: 'ab'.repeat(32),
      genesis,
      txs: [],
      source,
    };
    for (const step of all) append(trace, step);
    const used = [genesis, ...trace.txs.map(({ outputs }) => outputs)].flat();
    return { ...trace, owners: 1 + Math.max(...used.map(({ owner }) => owner)) };
  })
  .filter((trace) => isLedger(trace));

/** One that spends what is left, or is a rival of one from which nobody spends. */
function append(trace: Draft, { at, also, isRival, parts: wanted, atMs, wireBytes }: Step): void {
  const { txs } = trace;
  const spent = new Set(txs.flatMap(({ inputs }) => inputs.map(keyOf)));
  const contested = new Set(txs.flatMap(({ rivals }, i) => rivals.flatMap((one) => [one, i])));
  const free = [trace.genesis, ...txs.map(({ outputs }) => outputs)].flatMap((outputs, i) =>
    contested.has(i - 1) ? [] : outputs.map((_, index) => ({ tx: i - 1, index })),
  );
  const left = free.filter((input) => !spent.has(keyOf(input)));
  const childless = txs.filter(
    (_, i) => !txs.some(({ inputs }) => inputs.some(({ tx }) => tx === i)),
  );
  const rival = isRival ? childless[at % childless.length] : undefined;
  const inputs = rival ? [rival.inputs[also % rival.inputs.length]!] : [];
  for (const place of rival ? [also] : [at, also]) {
    const input = left[place % left.length];
    if (input !== undefined && !inputs.some((one) => keyOf(one) === keyOf(input)))
      inputs.push(input);
  }
  let rest = sum(inputs.map((input) => outputAt(trace, input)!));
  const outputs = wanted.flatMap(({ owner, amount }) => {
    if (rest === 0n) return [];
    const before = rest;
    rest = before > amount ? before - amount : 0n;
    return [{ owner, amount: before - rest }];
  });
  const rivals = txs.flatMap((tx, i) =>
    tx.inputs.some((one) => inputs.some((own) => keyOf(own) === keyOf(one))) ? [i] : [],
  );
  if (inputs.length > 0) txs.push({ atMs, inputs, outputs, wireBytes, rivals });
}

/** One thing in a trace made another one; most of what comes of it is no ledger. */
function changed(trace: Trace, kind: number, place: number, by: number): Trace {
  if (kind === 0) return { ...trace, owners: trace.owners + by };
  const txs = structuredClone(trace.txs) as TraceTransaction[];
  const at = place % Math.max(1, txs.length);
  const tx = txs[at];
  if (tx === undefined) return trace;
  const [input] = tx.inputs;
  const [output] = tx.outputs;
  const change: Partial<TraceTransaction>[] = [
    { inputs: [...tx.inputs, { tx: input!.tx, index: input!.index + by }] },
    { inputs: [{ tx: input!.tx + by, index: input!.index }, ...tx.inputs.slice(1)] },
    { inputs: tx.inputs.slice(1) },
    { outputs: [{ ...output!, owner: output!.owner + by }, ...tx.outputs.slice(1)] },
    { outputs: [...tx.outputs, { owner: 0, amount: BigInt(by) }] },
    { outputs: [] },
    { rivals: tx.rivals.slice(1) },
    { rivals: tx.rivals.slice(0, -1) },
    { rivals: [...tx.rivals, at + by] },
    { rivals: [0] },
  ];
  return { ...trace, txs: txs.with(at, { ...tx, ...change[kind % change.length] }) };
}

const numRuns = 300;

test('what is no ledger is refused, and nothing else', () => {
  fc.assert(
    fc.property(traces, fc.nat(10), fc.nat(9), fc.integer({ min: 0, max: 2 }), (...drawn) => {
      assert.equal(checkTrace(drawn[0]).ok, true);
      const other = changed(...drawn);
      const names = other.txs.every(({ inputs, rivals }) =>
        [...rivals, ...inputs.map(({ tx }) => tx + 1)].every((one) => one >= 0),
      );
      if (names) assert.equal(checkTrace(other).ok, isLedger(other));
    }),
    { numRuns: 3000 },
  );
});

test('a trace is read as it was written, however it comes in pieces, with or without its last newline', async () => {
  await fc.assert(
    fc.asyncProperty(
      traces,
      fc.integer({ min: 1, max: 90 }),
      fc.boolean(),
      async (trace, size, isEnded) => {
        const text = Buffer.from([...formatTrace(trace)].join(''));
        const whole = isEnded ? text : text.subarray(0, -1);
        const read = await readTrace(inPieces(whole, size));
        assert.ok(read.ok, read.ok ? '' : read.error.detail);
        assert.deepEqual(read.value, trace);
      },
    ),
    { numRuns },
  );
});

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('fees are lifted to the least, by no more than is missing, and the trace given stays as it was', () => {
  fc.assert(
    fc.property(traces, fc.bigInt({ min: 0n, max: 6n }), (trace, minFee) => {
      const before = structuredClone(trace);
      const { trace: lifted, lifted: count, added } = liftFees(trace, minFee);
      assert.deepEqual(trace, before);
      assert.equal(checkTrace(lifted).ok, true);
      const fees = trace.txs.map((_, at) => feeOf(trace, at));
      const missing = fees.map((fee) => (fee < minFee ? minFee - fee : 0n));
      assert.equal(count, missing.filter((fee) => fee > 0n).length);
      assert.ok(added <= missing.reduce((all, fee) => all + fee, 0n));
      assert.equal(added, sum(lifted.genesis) - sum(trace.genesis));
      assert.ok(lifted.txs.every((_, at) => feeOf(lifted, at) >= minFee));
      const again = liftFees(lifted, minFee);
      assert.deepEqual([again.trace, again.lifted, again.added], [lifted, 0, 0n]);
    }),
    { numRuns },
  );
});

test('totals are those of the graph', () => {
  fc.assert(
    fc.property(traces, fc.nat(0xffff), (trace, mask) => {
      const { txs } = trace;
      const depthOf = (at: number): number =>
        1 + Math.max(0, ...txs[at]!.inputs.map(({ tx }) => (tx < 0 ? 0 : depthOf(tx))));
      const spent = txs.map(({ inputs }) => sum(inputs.map((input) => outputAt(trace, input)!)));
      const inAmount = spent.reduce((all, one) => all + one, 0n);
      assert.deepEqual(traceTotals(trace), {
        transactions: txs.length,
        inputs: txs.flatMap(({ inputs }) => inputs).length,
        outputs: txs.flatMap(({ outputs }) => outputs).length,
        signatures: txs.flatMap(({ inputs }) => [
          ...new Set(inputs.map((input) => outputAt(trace, input)!.owner)),
        ]).length,
        dependent: txs.filter(({ inputs }) => inputs.some(({ tx }) => tx >= 0)).length,
        depth: Math.max(0, ...txs.map((_, at) => depthOf(at))),
        pairs: txs.flatMap(({ rivals }) => rivals).length,
        inAmount,
        fees: inAmount - sum(txs.flatMap(({ outputs }) => outputs)),
      });
      const isAccepted = (at: number) => (mask & (1 << at)) !== 0;
      const keys = txs.flatMap(({ inputs }, at) => (isAccepted(at) ? inputs.map(keyOf) : []));
      assert.deepEqual(spentKeys(trace, isAccepted), new Set(keys));
    }),
    { numRuns },
  );
});

test('a transaction has as many inputs and outputs as the wire takes, not one more', () => {
  const { inputsMax, outputsMax } = WIRE_LIMITS;
  const of = (inputs: number, outputs: number): Trace => {
    const coin = { owner: 0, amount: 10_000n };
    const input = (index: number) => ({ tx: GENESIS_TX, index });
    return {
      name: 'n',
      owners: 1,
      seed: 'ab'.repeat(32),
      source: { title: 't' },
      genesis: new Array(inputs).fill(coin),
      txs: [
        {
          atMs: null,
          wireBytes: null,
          rivals: [],
          inputs: Array.from({ length: inputs }, (_, index) => input(index)),
          outputs: new Array(outputs).fill({ owner: 0, amount: 1n }),
        },
      ],
    };
  };
  assert.equal(checkTrace(of(inputsMax.value, outputsMax.value)).ok, true);
  assert.equal(checkTrace(of(inputsMax.value + 1, 1)).ok, false);
  assert.equal(checkTrace(of(1, outputsMax.value + 1)).ok, false);
});
