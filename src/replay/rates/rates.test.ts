import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { Compile } from 'typebox/schema';
import { projectFolder, readProjectFile } from '../../../test/project/files.ts';
import { ratesOfDiablo } from './diablo.ts';
import { formatRateTrace, parseRateTrace } from './rate-format.ts';
import { scheduleOf } from './rate-schedule.ts';
import { type RateStep, type RateTrace, rateTotals, sliceRates } from './rate-trace.ts';
import { ratesOfTradeCounts } from './trade-counts.ts';

/** Present where real recordings lie beside the clone; nothing of them is committed. */
const RECORDED = path.join(projectFolder, '..', 'shared', 'traces');
const README = readProjectFile('traces/README.md');
const UNIFORM = { scale: 1, arrivals: 'uniform', seed: '' } as const;

/** As their sources sum up: seconds, transactions, highest rate. */
const SHIPPED: Readonly<Record<string, readonly [number, number, number, file: string | null]>> = {
  nasdaq: [181, 30_327, 19_800, 'workload-gafam.yaml'],
  apple: [181, 16_210, 10_000, 'workload-apple.yaml'],
  dota2: [276, 3_678_705, 13_425, 'workload-dota.yaml'],
  fifa: [177, 626_000, 5305, 'workload-football.yaml'],
  uber: [121, 102_925, 900, 'workload-uber.yaml'],
  youtube: [101, 3_884_132, 39_437, 'workload-youtube.yaml'],
  'steady-100': [60, 6000, 100, null],
  'hot-payees': [60, 6000, 100, null],
  burst: [60, 3180, 2000, null],
};

describe('rate tables', () => {
  for (const [name, [seconds, transactions, peakPerSecond, file]] of Object.entries(SHIPPED)) {
    it(`${name} holds its totals, in one form of writing`, () => {
      const text = readFileSync(
        path.join(projectFolder, 'traces', 'rates', `${name}.rate.json`),
        'utf8',
      );
      const trace = parsed(text);
      assert.equal(trace.name, name);
      assert.deepEqual(rateTotals(trace), { seconds, transactions, peakPerSecond });
      assert.equal(formatRateTrace(trace), text);
      assert.ok(trace.source.title.length > 0);
      const sha256 = createHash('sha256').update(text).digest('hex');
      assert.match(README, new RegExp(`rates/${name}\\.rate\\.json.*${sha256}`));
    });
    const recorded = path.join(RECORDED, 'diablo', file ?? '');
    const skip = file === null || !existsSync(recorded);
    it(`${name} is what was recorded`, { skip }, () => {
      const read = ratesOfDiablo(readFileSync(recorded, 'utf8'), { title: 'recorded' });
      const shipped = readFileSync(
        path.join(projectFolder, 'traces', 'rates', `${name}.rate.json`),
        'utf8',
      );
      assert.ok(read.ok);
      assert.deepEqual(read.value.steps, parsed(shipped).steps);
    });
  }

  it('refuses what contradicts itself', () => {
    const good = {
      format: 'althing.rate/1',
      name: 'x',
      shape: 'step',
      steps: [
        [0, 3],
        [2, 5],
        [4, 0],
      ],
      totals: { seconds: 4, transactions: 16, peakPerSecond: 5 },
      source: { title: 'x' },
    };
    assert.ok(parseRateTrace(JSON.stringify(good)).ok);
    const wrong: readonly object[] = [
      { totals: { seconds: 4, transactions: 17, peakPerSecond: 5 } },
      {
        steps: [
          [0, 3],
          [2, 5],
        ],
      },
      {
        steps: [
          [1, 3],
          [4, 0],
        ],
      },
      {
        steps: [
          [0, 3],
          [2, 5],
          [2, 4],
          [4, 0],
        ],
        totals: { seconds: 4, transactions: 14, peakPerSecond: 5 },
      },
      {
        steps: [
          [0, -3],
          [4, 0],
        ],
      },
      {
        steps: [
          [0, 1.5],
          [4, 0],
        ],
      },
      { shape: 'counts' },
      { format: 'althing.rate/2' },
      { more: 1 },
      { payees: {} },
    ];
    for (const change of wrong) {
      assert.ok(!parseRateTrace(JSON.stringify({ ...good, ...change })).ok, JSON.stringify(change));
    }
  });

  it('reads counts as rates of a second each', () => {
    const text = JSON.stringify({
      format: 'althing.rate/1',
      name: 'x',
      shape: 'counts',
      counts: [5, 0, 2],
      totals: { seconds: 3, transactions: 7, peakPerSecond: 5 },
      source: { title: 'x' },
    });
    assert.deepEqual([...scheduleOf(parsed(text), UNIFORM)].map(Math.round), [
      ...[200, 400, 600, 800, 1000],
      ...[2500, 3000],
    ]);
  });
});

describe('schedule', () => {
  it('has as many as the totals say, and none after the end', () => {
    for (const name of ['nasdaq', 'uber', 'burst']) {
      const text = readFileSync(
        path.join(projectFolder, 'traces', 'rates', `${name}.rate.json`),
        'utf8',
      );
      const trace = parsed(text);
      const { seconds, transactions } = rateTotals(trace);
      const times = scheduleOf(trace, UNIFORM);
      assert.equal(times.length, transactions, name);
      assert.ok(times.every((time, at) => time > (times[at - 1] ?? 0)));
      assert.ok(times.at(-1)! <= seconds * 1000 + 1e-6);
    }
  });

  it('carries the rest of an interval over a step', () => {
    // 1.5 are due in the first second: the second one 0.5 / 4 s after it.
    const times = scheduleOf(made([0, 1.5], [1, 4], [2, 0]), UNIFORM);
    assert.equal(times.length, 5);
    assert.ok(Math.abs(times[1]! - 1125) < 1e-6, `${times[1]}`);
  });

  it('scales every rate', () => {
    assert.equal(scheduleOf(made([0, 100], [10, 0]), { ...UNIFORM, scale: 0.25 }).length, 250);
  });

  it('draws random arrivals of the same rate, the same for a seed', () => {
    const trace = made([0, 1000], [20, 0]);
    const drawn = (seed: string) => scheduleOf(trace, { ...UNIFORM, arrivals: 'poisson', seed });
    assert.deepEqual(drawn('a'), drawn('a'));
    assert.notDeepEqual(drawn('a'), drawn('b'));
    // Six standard deviations.
    assert.ok(Math.abs(drawn('a').length - 20_000) < 6 * Math.sqrt(20_000));
    assert.ok(drawn('a').every((time, at, all) => time >= (all[at - 1] ?? 0)));
  });

  it('cuts a part out', () => {
    const part = sliceRates(made([0, 10], [5, 20], [10, 0]), 4, 3);
    assert.deepEqual(part.steps, [
      { at: 0, perSecond: 10 },
      { at: 1, perSecond: 20 },
      { at: 3, perSecond: 0 },
    ]);
    assert.equal(rateTotals(part).transactions, 50);
  });
});

describe('recorded rates', () => {
  it('reads a workload of Diablo', () => {
    const text = '# about\nid: "w"\ncontract: "c:f"\ntxs:\n    0: 5\n    7: 2\n    9: 0\n';
    const read = ratesOfDiablo(text, { title: 't' });
    assert.ok(read.ok);
    assert.deepEqual(rateTotals(read.value), { seconds: 9, transactions: 39, peakPerSecond: 5 });
    assert.equal(read.value.name, 'w');
    assert.deepEqual(read.value.source.notes, ['called c:f']);
  });

  it('refuses what is no such workload', () => {
    for (const text of [
      '',
      'txs:\n  1: 5\n  2: 0\n',
      'txs:\n  0: 5\n',
      'loads:\n  0: 5\n',
      '  0: 5\n  1: 0\n',
      'txs:\n  0: 5\n  3: 1\n  2: 0\n',
    ]) {
      assert.ok(!ratesOfDiablo(text, { title: 't' }).ok, text);
    }
  });

  it('reads trades by second', () => {
    const second = (timestamp: string, a: number, b: number) => ({
      timestamp,
      total: { requests: a + b, items: 1 },
      stocks: { A: [9, a], B: [9, b] },
    });
    const text = JSON.stringify([second('09:59:59', 3, 1), second('10:00:00', 0, 4)]);
    const read = ratesOfTradeCounts(text, { title: 't' });
    assert.ok(read.ok);
    assert.deepEqual(read.value.payees, { A: 3, B: 5 });
    assert.deepEqual(rateTotals(read.value), { seconds: 2, transactions: 8, peakPerSecond: 4 });
    const gap = JSON.stringify([second('09:59:58', 3, 1), second('10:00:00', 0, 4)]);
    assert.ok(!ratesOfTradeCounts(gap, { title: 't' }).ok);
    const sum = JSON.stringify([{ ...second('10:00:00', 3, 1), total: { requests: 5, items: 1 } }]);
    assert.ok(!ratesOfTradeCounts(sum, { title: 't' }).ok);
    for (const stocks of [undefined, null, { A: null }]) {
      const none = JSON.stringify([{ ...second('10:00:00', 0, 0), stocks }]);
      assert.ok(!ratesOfTradeCounts(none, { title: 't' }).ok);
    }
    assert.ok(!ratesOfTradeCounts('[{}]', { title: 't' }).ok);
    assert.ok(!ratesOfTradeCounts('{', { title: 't' }).ok);
  });

  const trades = path.join(RECORDED, 'nasdaq', 'results_second.json');
  it('reads the trades of NASDAQ', { skip: !existsSync(trades) }, () => {
    const read = ratesOfTradeCounts(readFileSync(trades, 'utf8'), { title: 't' });
    assert.ok(read.ok);
    const totals = { seconds: 1800, transactions: 133_460, peakPerSecond: 34_762 };
    assert.deepEqual(rateTotals(read.value), totals);
  });
});

describe('the schemas', () => {
  const schema = (name: string) => {
    const file = path.join(projectFolder, 'traces', 'schema', `${name}.schema.json`);
    const compiled = Compile(JSON.parse(readFileSync(file, 'utf8')));
    return (value: unknown): boolean => compiled.Check(value);
  };

  it('take every rate table that is shipped', () => {
    const rate = schema('rate');
    const folder = path.join(projectFolder, 'traces', 'rates');
    for (const file of readdirSync(folder)) {
      const trace: object = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
      assert.ok(rate(trace), file);
      assert.ok(!rate({ ...trace, more: 1 }));
      assert.ok(!rate({ ...trace, counts: [1] }));
      assert.ok(!rate({ ...trace, totals: { seconds: 1 } }));
    }
  });

  it('take every line of the payments that are shipped', () => {
    const [header, transaction] = [schema('utxo-header'), schema('utxo-transaction')];
    const folder = path.join(projectFolder, 'traces');
    const files = readdirSync(folder).filter((name) => name.endsWith('.utxo.ndjson'));
    assert.ok(files.length > 0);
    for (const file of files) {
      const lines = readFileSync(path.join(folder, file), 'utf8').trim().split('\n');
      const [first, ...others] = lines.map((line) => JSON.parse(line));
      assert.ok(header(first), file);
      assert.ok(
        others.every((line) => transaction(line)),
        file,
      );
      assert.ok(!transaction({ ...others[0], i: [[-2, 0]] }));
      assert.ok(!header({ ...first, seed: 'x' }));
    }
  });
});

function made(...steps: readonly (readonly [number, number])[]): RateTrace {
  const table = steps.map(([at, perSecond]): RateStep => ({ at, perSecond }));
  return { name: 'made', steps: table, payees: null, source: { title: 'made' } };
}

function parsed(text: string): RateTrace {
  const trace = parseRateTrace(text);
  assert.ok(trace.ok, trace.ok ? '' : trace.error.detail);
  return trace.value;
}

/** Tests run compiled, at another depth. */
