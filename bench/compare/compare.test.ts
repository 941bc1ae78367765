import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { LoadFigures } from '../../src/replay/load/figures.ts';
import { temporaryFolder } from '../../test/system/temporary-folder.ts';
import { algorandTemplate } from './algorand-template.ts';
import { CELLS_BY_DEFAULT, parseCell, WrongUsage } from './cells.ts';
import { checkResults } from './check.ts';
import { resultText } from './console.ts';
import { crashShares } from './crash.ts';
import { largestScale } from './limit.ts';
import type { Contender } from './network.ts';
import { writeReport } from './report.ts';
import { type Cell, type CompareResult, cellResult, spreadOf } from './result.ts';

const CELL: Cell = {
  trace: 'made',
  scale: 1,
  from: 0,
  seconds: 10,
  validators: 4,
  fault: 'none',
};

describe('results', () => {
  it('are medians of the valid runs', () => {
    assert.deepEqual(spreadOf([3, null, 1, 2]), { median: 2, min: 1, max: 3 });
    assert.deepEqual(spreadOf([4, 1]), { median: 2.5, min: 1, max: 4 });
    assert.equal(spreadOf([null, Number.NaN]), null);
    const result = cellResult(CELL, 'althing', [run({ p50: 5 }), run({ p50: 900, invalid: true })]);
    assert.equal(result.invalid, 1);
    assert.equal(result.summary.p50Ms?.max, 5);
  });

  it('say what a crash did', () => {
    const seconds = Array.from({ length: 10 }, (_, at) => ({
      at,
      due: 5,
      final: at === 4 || at === 5 ? 0 : at < 4 ? 5 : 3,
      p50Ms: at < 4 ? 10 : 30,
      p99Ms: null,
    }));
    const crashed = cellResult({ ...CELL, fault: 'crash' }, 'althing', [run({ seconds })]);
    const { before, after, p50Before, p50After, silentSeconds } = crashShares(crashed);
    assert.deepEqual([before, after, p50Before, p50After, silentSeconds], [5, 2.4, 10, 30, 2]);
  });
});

describe('the largest scale', () => {
  const search = (limit: number) =>
    largestScale('althing', CELL, async (_, { scale }) => run({ share: scale <= limit ? 1 : 0.5 }));

  it('is found from below and from above', async () => {
    for (const limit of [0.3, 1, 7, 20]) {
      const { largest, perSecond } = await search(limit);
      assert.ok(largest !== null && largest <= limit && largest > limit / 1.3, `${largest}`);
      assert.equal(perSecond, 10);
    }
  });

  it('is none when nothing passes, and a late driver passes nothing', async () => {
    assert.equal((await search(0)).largest, null);
    const late = await largestScale('null', CELL, async () => run({ invalid: true }));
    assert.equal(late.largest, null);
  });
});

describe('a check of two results', () => {
  const result = (...cells: CompareResult['cells']) => ({ ...EMPTY, cells });
  const cell = (system: Contender, p50: number) => cellResult(CELL, system, [run({ p50 })]);

  it('passes what is equal and fails what is worse than tolerated', () => {
    const before = result(cell('althing', 10));
    assert.deepEqual(checkResults(before, before, 1.1).worse, []);
    const { worse } = checkResults(before, result(cell('althing', 13)), 1.25);
    assert.equal(worse.length, 1);
    assert.match(worse[0] ?? '', /p50Ms x 1\.300/);
  });

  it('divides by the other system, which a slower machine slows too', () => {
    const before = result(cell('althing', 10), cell('algorand-stock', 1000));
    const slower = result(cell('althing', 20), cell('algorand-stock', 2000));
    assert.deepEqual(checkResults(before, slower, 1.1).worse, []);
    const worse = result(cell('althing', 20), cell('algorand-stock', 1000));
    assert.equal(checkResults(before, worse, 1.1).worse.length, 1);
  });

  it('fails when there is nothing to compare', () => {
    assert.equal(checkResults(EMPTY, EMPTY, 1.1).worse.length, 1);
  });
});

describe("the template of Algorand's network", () => {
  const upgrade = { ApprovedUpgrades: { 'https://new': 0 }, AgreementFilterTimeout: 4e9 };
  const newest = { ApprovedUpgrades: {}, AgreementFilterTimeout: 4e9, MaxTxnLife: 1000 };
  const protocols = { 'https://old': upgrade, 'https://new': newest, future: newest };

  it('has equal stakes of 100 together, and the newest protocol', () => {
    for (const validators of [4, 5, 7]) {
      const { network, nodes, consensus } = algorandTemplate(validators, 'stock', 1000, protocols);
      const { Genesis } = network as {
        Genesis: { Wallets: { Stake: number }[]; ConsensusProtocol: string };
      };
      const stakes = Genesis.Wallets.map(({ Stake }) => Stake);
      assert.ok(Math.abs(stakes.reduce((sum, stake) => sum + stake, 0) - 100) < 1e-9);
      assert.equal(Genesis.ConsensusProtocol, 'https://new');
      assert.equal(nodes.length, validators);
      assert.equal(consensus, null);
    }
  });

  it('changes nothing but the timeouts to make it fast', () => {
    const { consensus } = algorandTemplate(4, 'fast', 1000, protocols);
    const changed = { AgreementFilterTimeout: 4e8, AgreementFilterTimeoutPeriod0: 4e8 };
    assert.deepEqual(consensus, { 'https://new': { ...newest, ...changed } });
  });
});

describe('the report', () => {
  it('stands alone, and divides nothing by what was not run here', async (t) => {
    const folder = temporaryFolder(t);
    const cells = [cellResult(CELL, 'althing', [run({})])];
    const notRun = { 'algorand-stock': 'not run here: there is no `goal` on the PATH' };
    await writeReport({ ...EMPTY, cells, notRun }, folder);
    const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
    assert.match(html, /not run here/);
    assert.match(html, /885 tx\/s/);
    assert.match(html, /<svg/);
    assert.doesNotMatch(html, /<(?:script|link|img)|https?:\/\/(?!www\.w3\.org)/);
    const pictures = readdirSync(folder).filter((name) => name.endsWith('.png'));
    assert.equal(pictures.length, 5);
    for (const name of pictures) {
      assert.equal(readFileSync(path.join(folder, name)).subarray(1, 4).toString(), 'PNG');
    }
  });

  it('shows what was found to four digits, and no heading over nothing', async (t) => {
    const folder = temporaryFolder(t);
    const written = async (result: CompareResult) => {
      await writeReport(result, folder);
      return readFileSync(path.join(folder, 'report.html'), 'utf8');
    };
    const cells = [cellResult(CELL, 'althing', [{ ...run({}), cpuMsPerFinal: 0.1 + 0.2 }])];
    const html = await written({ ...EMPTY, cells });
    assert.match(html, /<h2>Cells<.*<h2>Plots<.*>0\.3</s);
    assert.doesNotMatch(html, /\d\.\d{5,}</);
    assert.doesNotMatch(await written(EMPTY), /Cells|Plots/);
  });
});

describe('a cell', () => {
  it('is read, and one that crashes has a validator more', () => {
    for (const text of CELLS_BY_DEFAULT) assert.equal(parseCell(text, 4).validators, 4);
    assert.deepEqual(parseCell('nasdaq:0.5:3:9:crash', 4), {
      trace: 'nasdaq',
      scale: 0.5,
      from: 3,
      seconds: 9,
      fault: 'crash',
      validators: 5,
    });
  });

  it('that cannot be meant is refused before anything starts', () => {
    const wrong = {
      'nothing:1': /there is no trace "nothing" in/,
      'nasdaq:0': /the scale is a number above 0/,
      'nasdaq:1:-1': /begins at a second/,
      'nasdaq:1:0:soon': /lasts for some seconds/,
      'nasdaq:1:0:5:flood': /none or crash, not "flood"/,
    };
    for (const [text, complaint] of Object.entries(wrong)) {
      const isIt = (error: Error) => error instanceof WrongUsage && complaint.test(error.message);
      assert.throws(() => parseCell(text, 4), isIt, text);
    }
  });
});

describe('the console', () => {
  const notRun = { 'algorand-stock': 'not run here: there is no `goal` on the PATH' };

  it('tells the medians, and what is missing', () => {
    const cells = [cellResult(CELL, 'althing', [run({ p50: 5 }), run({ p50: 7 })])];
    const idle = [
      { system: 'althing', validators: 4, seconds: 10, cpuPercent: 2.5, bytesPerSecond: null },
    ] as const;
    const text = resultText({ ...EMPTY, cells, notRun, idle });
    assert.match(
      text,
      /^cell +system +final\/s +final share +p50 ms .*\nmade x1 .* althing +10 +1 +6 /,
    );
    assert.match(text, /\n\nat rest .*\nalthing +2\.5 +-\n\nalgorand-stock: not run here/);
    assert.match(text, /published figures beside it, and no ratio\.$/);
  });

  it('says nothing of what was not asked for', () => {
    assert.equal(resultText(EMPTY), '');
    assert.match(resultText({ ...EMPTY, notRun }), /^algorand-stock: not run here/);
  });
});

const EMPTY: CompareResult = {
  format: 'althing.compare/1',
  date: '',
  commit: '',
  command: '',
  machine: { cores: 2, model: '', memoryGiB: 1, kernel: '', node: '' },
  systems: {},
  notRun: {},
  cells: [],
  limits: [],
  idle: [],
};

type Made = Partial<Pick<LoadFigures, 'invalid' | 'seconds'>> & { p50?: number; share?: number };

function run({ p50 = 10, share = 1, invalid = false, seconds }: Made): LoadFigures {
  const quantiles = { p50, p90: 20, p99: 30, max: 40 };
  return {
    scale: 1,
    arrivals: 'uniform',
    drivers: 1,
    warmUpPayments: 0,
    traceSeconds: 10,
    due: 100,
    final: 100 * share,
    finalShareAtEnd: share,
    finalShare: share,
    refused: {},
    lost: 0,
    retries: 0,
    reposts: 0,
    perSecond: 10,
    peakPerSecond: 12,
    latencyMs: quantiles,
    latencyPercentilesMs: [1, 10, 40],
    lagMs: quantiles,
    invalid,
    cpuMsPerFinal: 2,
    bytesPerFinal: 1000,
    driverCpuMsPerDue: 0.1,
    loadAverage: [0, 1],
    seconds: seconds ?? [{ at: 0, due: 10, final: 10, p50Ms: p50, p99Ms: 30 }],
  };
}
