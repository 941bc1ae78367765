import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Effects, Input } from '../src/replica/effects.ts';
import { openBlock } from '../src/replica/ingress.ts';
import { disputed, forked, peaceful } from '../src/sim/defects/defect.ts';
import { Disk } from '../src/sim/disk.ts';
import { createReplica, type Machine, type Saved } from '../src/sim/machine.ts';
import { mockVerifier } from '../src/sim/mock-signatures.ts';
import { runScenario } from '../src/sim/run.ts';
import { brief, drawScenario } from '../src/sim/scenario.ts';
import type { Stage } from '../src/sim/stage.ts';
import type { Scenario } from '../src/sim/traits.ts';
import type { Block } from '../src/types/block.ts';
import type { LaneId } from '../src/types/ids.ts';
import type { Verified } from '../src/types/transaction.ts';

const SEEDS = 10;
/** Steps of a running validator between two savepoints. */
const EVERY = 251;
const NOW = 1_000_000_000;

/** A validator in the middle of a run, with the records that its journal held then and holds at the end. */
type Moment = {
  readonly stage: Stage;
  readonly lane: LaneId;
  readonly saved: Saved;
  readonly before: readonly Uint8Array[];
  readonly disk: Disk;
};

/** With rivals to decide; by turns somebody forks, or there are many cuts, so that old votes are in the store. */
function scenario(seed: number): Scenario {
  // One generation: where they end there are no savepoints.
  const drawn = { ...disputed(brief(drawScenario(String(seed), 4))), generationEpochs: 0 };
  if (seed % 2 === 0) return forked(drawn);
  const policy = { ...drawn.policy, epochIntervalMs: 150, minEpochIntervalMs: 50 };
  const workload = { ...drawn.workload, payments: 140, owners: 12, doubleSpends: 0.3 };
  return { ...(seed % 4 === 1 ? peaceful(drawn) : drawn), policy, workload, faultMs: 9000 };
}

function simulate(seed: number): Moment[] {
  const moments: Moment[] = [];
  runScenario(scenario(seed), (stage, lane, disk) => {
    const machine = createReplica(stage, lane, disk);
    let steps = 0;
    return {
      ...machine,
      step(nowMs, input, more) {
        const saved = ++steps % EVERY === 0 ? machine.save() : null;
        if (saved !== null) {
          const before = disk.records.slice(0, saved.blocks);
          moments.push({ stage, lane, saved, before, disk });
        }
        return machine.step(nowMs, input, more);
      },
    };
  });
  return moments;
}

/** A validator with its effects. What only times and peers decide is the same for all of them. */
class Subject {
  readonly machine: Machine;
  readonly #disk = new Disk();
  readonly effects: Effects[] = [];

  /** The journal begins with these records. */
  constructor({ stage, lane }: Moment, records: readonly Uint8Array[] = []) {
    for (const record of records) this.#disk.append(record);
    this.machine = createReplica(stage, lane, this.#disk);
  }

  restore(blocks: readonly Verified<Block>[]): void {
    for (const block of blocks) {
      this.#disk.append(block.bytes);
      this.#take(this.machine.restore(NOW, block));
    }
  }

  step(nowMs: number, input: Input): void {
    this.#take(this.machine.step(nowMs, input, false));
  }

  /** Everything, but for who of them happened to have signed when a checkpoint got its certificate. */
  state(): unknown {
    const { blocks, state, tables } = this.machine.save()!;
    return { blocks, state, tables: new Map([...tables].filter(([key]) => !key.startsWith('k'))) };
  }

  /** What clients are told about the transactions of these blocks, and what they spend. */
  answers(blocks: readonly Block[]): unknown[] {
    const { view } = this.machine;
    return blocks.flatMap(({ txs }) =>
      txs.map(({ txid, inputs }) => [
        view.status(txid),
        ...inputs.map(({ key }) => view.output(key)),
      ]),
    );
  }

  #take(effects: Effects): void {
    assert.equal(effects.halt, null);
    this.effects.push(effects);
    for (const record of effects.persist) this.#disk.append(record);
    for (const { epoch } of effects.work) {
      this.step(NOW, { kind: 'rooted', epoch, ...this.machine.roots(epoch) });
    }
  }
}

/** Others connect, tell that they have nothing, and their later blocks arrive; then time passes. */
function goOn(subject: Subject, { stage, lane }: Moment, later: readonly Verified<Block>[]): void {
  const { n } = stage.committee;
  const others = [...Array(n).keys()].filter((other) => other !== lane);
  let nowMs = NOW;
  for (const other of others) {
    const from = { kind: 'lane', lane: other } as const;
    subject.step(nowMs, { kind: 'connected', peer: from });
    const frontier = new Array<number>(n).fill(0);
    subject.step(nowMs, {
      kind: 'message',
      from,
      message: { kind: 'heads', generation: 0, frontier, yours: null },
    });
  }
  for (const block of later) {
    nowMs += 7;
    if (block.header.lane === lane) subject.step(nowMs, { kind: 'tick' });
    else {
      const from = { kind: 'lane', lane: block.header.lane } as const;
      subject.step(nowMs, { kind: 'block', from, block });
    }
  }
  for (let i = 0; i < 40; i++) subject.step((nowMs += 100), { kind: 'tick' });
}

const met = { compared: 0, forks: 0, contested: 0, uncheckpointed: 0, ownBlocks: 0, epochs: 0 };

function compare(moment: Moment): void {
  const { stage, saved, before, disk } = moment;
  // A crash took records that the savepoint had: then it does not fit.
  if (before.some((record, i) => disk.records[i] !== record)) return;
  const blocks = disk.records.map((record) => {
    const block = openBlock(record, stage.committee, stage.ledgerId, mockVerifier);
    assert(block.ok);
    return block.value;
  });
  const [whole, continued] = [new Subject(moment), new Subject(moment, before)];
  whole.restore(blocks.slice(0, saved.blocks));
  continued.machine.resume(NOW, saved);
  const { view } = whole.machine;
  met.compared++;
  met.epochs = Math.max(met.epochs, view.progress().applied);
  met.forks += view.lanes().filter((lane) => lane.equivocates).length;
  met.contested += view.counters().contested;
  met.uncheckpointed += view.counters().uncheckpointedTxs;
  assert.deepEqual(continued.state(), whole.state());
  assert.deepEqual(continued.answers(blocks), whole.answers(blocks));

  const tail = blocks.slice(saved.blocks);
  const half = tail.length >> 1;
  for (const subject of [whole, continued]) {
    // For one of them the roots of the beginning were steps already.
    subject.step(NOW, { kind: 'tick' });
    subject.effects.length = 0;
    subject.restore(tail.slice(0, half));
  }
  assert.deepEqual(continued.state(), whole.state());
  for (const subject of [whole, continued]) goOn(subject, moment, tail.slice(half));
  met.ownBlocks += whole.effects.filter(({ send }) => send.some(({ to }) => to === 'all')).length;
  assert.deepEqual(continued.effects, whole.effects);
  assert.deepEqual(continued.state(), whole.state());
}

describe('a savepoint', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`is continued as a replay of the whole journal is, seed ${seed}`, () => {
      for (const moment of simulate(seed)) compare(moment);
    });
  }

  it('was compared where something was open', () => {
    for (const count of Object.values(met)) assert.ok(count > 0, JSON.stringify(met));
  });
});
