import '../src/std/polyfill.ts';
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCorpus } from '../fuzz/corpus.ts';
import { Coverage } from '../fuzz/coverage.ts';
import { fuzz, type Report } from '../fuzz/engine.ts';
import { mutateBytes } from '../fuzz/mutate-bytes.ts';
import { hold, type Target } from '../fuzz/target.ts';
import { TARGETS } from '../fuzz/targets.ts';
import { projectFolder } from './project.ts';

/** Longer runs: npm run fuzz. Here each decoder meets its corpus and some hundred inputs of one seed. */
const EXECS = 256;
const SEED = 1;

const sources = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'src');

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
