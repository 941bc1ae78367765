import '../../src/std/polyfill.ts';
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCorpus } from '../../fuzz/corpus.ts';
import { Coverage } from '../../fuzz/coverage.ts';
import { fuzz, type Report } from '../../fuzz/engine.ts';
import { mutateBytes } from '../../fuzz/mutate-bytes.ts';
import { hold, type Target } from '../../fuzz/target.ts';
import { TARGETS } from '../../fuzz/targets.ts';
import { projectFolder, readProjectFile } from '../project/files.ts';
import { type FuzzRun, fuzzingText, withFuzzing } from './table.ts';

/** Longer runs: npm run fuzz. Here each decoder meets its corpus and some hundred inputs of one seed. */
const EXECS = 256;
const SEED = 1;

const SAMPLED = [1, 2, 3, 4, 5, 6, 7, 8];
/** Of a value whose lists and byte strings are about as long as they may be. */
const LONG_BYTES: Readonly<Record<string, number>> = {
  transaction: 40_000,
  block: 8_000,
  votes: 2_000,
  message: 60_000,
  certificate: 6_000,
  'snapshot-page': 80_000,
  'epoch-ledger': 40_000,
  evidence: 60_000,
  'certificate-json': 10_000,
  'transaction-proof-json': 3_000,
  'output-proof-json': 100_000,
  'evidence-json': 120_000,
  genesis: 60_000,
  config: 2_000,
  trace: 8_000,
  'node-record': 10_000,
  'entry-record': 500,
  'outcome-record': 60_000,
  ordinals: 15_000,
  'state-page': 500,
  'coin-record': 40_000,
  'runs-manifest': 1_000,
  journal: 65_536,
  'segment-index': 8_000,
  rates: 10_000,
  savepoint: 5_000,
  'stop-state': 10_000,
};

const sources = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'src');

async function run(target: Target, seed = SEED, execsMax = EXECS): Promise<Report> {
  const coverage = new Coverage(
    (url) => url.startsWith('file:') && fileURLToPath(url).startsWith(sources),
  );
  const corpus = readCorpus(path.join(projectFolder, 'fuzz', 'corpus'), target.name);
  const goOn = (execs: number) => execs < execsMax;
  const report = await fuzz(target, { seed, corpus, goOn, coverage, timeMaxMs: null });
  return report;
}

describe('fuzzed decoders', () => {
  for (const target of TARGETS) {
    after(() => target.close?.());
    it(`P9, P11: ${target.name} keeps its properties and its bound of memory`, async () => {
      const report = await run(target);
      const shown = report.failures.map(({ kind, detail, input }) => ({
        kind,
        detail,
        input: Buffer.from(input).toString('hex'),
      }));
      assert.deepEqual(shown, []);
      assert.ok(report.execs >= EXECS);
    });
  }

  it('draws values up to their bounds, and cuts none of them off', () => {
    const longest = (target: Target) =>
      Math.max(...SAMPLED.flatMap((seed) => target.samples(seed).map(({ length }) => length)));
    for (const [name, bytes] of Object.entries(LONG_BYTES)) {
      const target = TARGETS.find((one) => one.name === name) as Target;
      const length = longest(target);
      assert.ok(length >= bytes, `${name}: ${length} bytes at most`);
      assert.ok(length <= target.lengthMax, `${name}: ${length} bytes are cut`);
    }
  });

  it('one seed gives one run, another one another', async () => {
    const target = TARGETS.find(({ name }) => name === 'message') as Target;
    const [first, again, other] = [await run(target), await run(target), await run(target, 2)];
    assert.equal(first.inputs, again.inputs);
    assert.equal(first.execs, again.execs);
    assert.notEqual(first.inputs, other.inputs);
  });
});

/** Reached by few of the changes, which the answers then keep. */
const isTrap = (input: Uint8Array) => (input[0] ?? 0) >= 0xf0;

/** A decoder that is wrong in one way, behind a byte that must be found first. */
function planted(name: string, wrong: (input: Uint8Array) => string): Target {
  return {
    name,
    samples: () => [Uint8Array.of(1, 2, 3, 4)],
    check: (input) => (isTrap(input) ? wrong(input) : `begins with ${(input[0] ?? 0) >> 6}`),
    decode: (input) => (isTrap(input) ? wrong(input) : null),
    mutate: (input, other, random) => mutateBytes(input, other, random),
    memory: { fixed: 262_144, perByte: 1 },
    lengthMax: 64,
  };
}

describe('the fuzzer', () => {
  it('finds what throws, and shortens it', async () => {
    const target = planted('throws', () => {
      throw new TypeError('undefined is not a function');
    });
    const { failures } = await run(target, SEED, 4000);
    assert.deepEqual(
      failures.map(({ kind, detail, input }) => [kind, detail, input.length, isTrap(input)]),
      [['threw', 'TypeError: undefined is not a function', 1, true]],
    );
  });

  it('finds a property that does not hold', async () => {
    const target = planted('two-forms', (input) => {
      hold(input.length < 6, 'two encodings of one value');
      return 'accepted';
    });
    const { failures } = await run(target, SEED, 4000);
    assert.deepEqual(
      failures.map(({ kind, input }) => [kind, input.length]),
      [['threw', 6]],
    );
  });

  it('finds memory taken for a length that lies', async () => {
    const target = planted('memory', () => `${new Array(400_000).fill(0).length}`);
    const { failures } = await run(target, SEED, 4000);
    assert.deepEqual(
      failures.map(({ kind }) => kind),
      ['memory'],
    );
  });
});

describe('what was fuzzed', () => {
  it('stands in docs/TESTING.md as its records sum up', () => {
    const page = readProjectFile('docs/TESTING.md');
    assert.equal(page, withFuzzing(page), 'run: node scripts/generate-docs.mjs');
  });

  it('is summed by target: executions, time and findings of all runs, the most of the rest', () => {
    const one: FuzzRun = {
      commit: 'c1',
      node: 'v24.1.0',
      target: 'block',
      seed: 7,
      execs: 1500,
      seconds: 3600,
      cpuSeconds: 1800,
      corpus: 3,
      blocks: 90,
      answers: 4,
      kept: 5,
      allocated: { share: 0.5 },
      failures: [],
    };
    const other = { ...one, commit: 'c2', blocks: 80, answers: 9, failures: ['threw'] };
    const text = fuzzingText([one, other, { ...one, target: 'votes', execs: 10 }]);
    const lines = text.split('\n');
    assert.deepEqual(lines.slice(2, 4), [
      '| block | 3,000 | 3,600 | 3 | 90 | 9 | 5 | 50 % | 1 |',
      '| votes | 10 | 1,800 | 3 | 90 | 4 | 5 | 50 % | 0 |',
    ]);
    assert.equal(
      lines.at(-1),
      'In all 3,010 executions over 2 targets, 3.00 hours by the clock, 1.50 hours of processor; 1 findings. ' +
        'What was run: c1 with seed 7 on Node.js 24.1.0, c2 with seed 7 on Node.js 24.1.0.',
    );
  });
});
