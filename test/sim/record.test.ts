import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { SimRecord } from '../../src/cli/sim/sim-record.ts';
import { runInWorkers, seedsLeft } from '../../src/cli/sim/sim-workers.ts';
import { runSimulation, type SimulationOptions } from '../../src/sim/simulate.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';

const SPARKS: SimulationOptions = { seeds: 30, firstSeed: 1, validators: 4, kind: 'spark' };

describe('the record of simulated seeds', () => {
  const folder = temporaryFolder({ after });

  it('leaves out what it has, and sums up what many runs noted', async () => {
    const file = path.join(folder, 'sparks.jsonl');
    const first = new SimRecord(file);
    const all = await runInWorkers([SPARKS], 1, () => undefined, first);
    assert.equal(all[0]?.runs, 30);

    const again = new SimRecord(file);
    const wider = { ...SPARKS, seeds: 50 };
    assert.equal(seedsLeft([wider], again), 20);
    assert.equal(seedsLeft([{ ...wider, firstSeed: 21 }], again), 40);
    assert.equal(seedsLeft([{ ...wider, validators: 5 }], again), 50);
    const none = await runInWorkers([SPARKS], 1, () => assert.fail('nothing is left'), again);
    assert.equal(none[0]?.runs, 0);

    const other = { ...SPARKS, firstSeed: 31, seeds: 5 };
    again.add(
      other,
      runSimulation(other, () => undefined),
    );
    const [sum, ...rest] = new SimRecord(file).sums();
    assert.deepEqual(rest, []);
    assert.equal(sum?.runs, 35);
    assert.deepEqual(sum?.seeds, [[1, 35]]);
    const around = { ...SPARKS, firstSeed: 0, seeds: 40 };
    const left = new SimRecord(file).left(around).map(({ firstSeed, seeds }) => [firstSeed, seeds]);
    assert.deepEqual(left, [
      [0, 1],
      [36, 4],
    ]);
    const whole = runSimulation({ ...SPARKS, seeds: 35 }, () => undefined);
    assert.deepEqual(sum?.faults, whole.faults);
    assert.deepEqual(sum?.coverage, whole.coverage);
    assert.ok(Math.abs(sum.simulatedMs - whole.simulatedMs) < 3);
  });

  it('keeps failed seeds, and apart what is of another size or kind', () => {
    const file = path.join(folder, 'failed.jsonl');
    const record = new SimRecord(file);
    const broken: SimulationOptions = {
      seeds: 25,
      firstSeed: 1,
      validators: 4,
      kind: 'twins',
      byzantine: 2,
    };
    const report = runSimulation({ ...broken, seeds: 2 }, () => undefined);
    record.add({ ...broken, seeds: 2 }, report);
    record.add(
      SPARKS,
      runSimulation({ ...SPARKS, seeds: 1 }, () => undefined),
    );
    const [twins, sparks] = record.sums();
    assert.equal(twins?.byzantine, 2);
    assert.equal(sparks?.kind, 'spark');
    assert.deepEqual(
      twins?.failed.map(({ seed }) => seed),
      report.failed.map(({ seed }) => seed),
    );
  });

  it('takes a line that was cut off for none', () => {
    const file = path.join(folder, 'torn.jsonl');
    const piece = { ...SPARKS, seeds: 1 };
    new SimRecord(file).add(
      piece,
      runSimulation(piece, () => undefined),
    );
    appendFileSync(file, readFileSync(file, 'utf8').slice(0, 80));
    const record = new SimRecord(file);
    assert.equal(record.sums()[0]?.runs, 1);
    const next = { ...SPARKS, seeds: 1, firstSeed: 2 };
    record.add(
      next,
      runSimulation(next, () => undefined),
    );
    assert.equal(new SimRecord(file).sums()[0]?.runs, 2);
  });
});
