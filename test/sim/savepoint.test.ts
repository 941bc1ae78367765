import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Core } from '../../src/replica/core.ts';
import type { Effects, Input } from '../../src/replica/effects.ts';
import { disputed, forked, peaceful } from '../../src/sim/defects/defect.ts';
import { Disk } from '../../src/sim/host/disk.ts';
import { createReplica, type Machine, type Saved } from '../../src/sim/host/machine.ts';
import { Opening } from '../../src/sim/host/opening.ts';
import { runScenario } from '../../src/sim/run.ts';
import { brief, drawScenario, shared } from '../../src/sim/scenario.ts';
import type { Scenario } from '../../src/sim/traits.ts';
import type { Stage } from '../../src/sim/world/stage.ts';
import { defined } from '../../src/std/assert.ts';
import type { Block, Witnesses } from '../../src/types/block.ts';
import type { LaneId } from '../../src/types/ids.ts';
import type { Verified } from '../../src/types/transaction.ts';

const SEEDS = 10;
const SHARED_SEEDS = 6;
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

/** A block of a journal, and what whoever looks at its witnesses finds. */
type Record = { readonly block: Verified<Block>; readonly witnesses: Witnesses };

/** With rivals to decide; by turns somebody forks, or there are many cuts, so that old votes are in the store. */
function scenario(seed: number): Scenario {
  // One generation: where they end there are no savepoints.
  const drawn = { ...disputed(brief(drawScenario(String(seed), 4))), generationEpochs: 0 };
  if (seed % 2 === 0) return forked(drawn);
  const policy = { ...drawn.policy, epochIntervalMs: 150, minEpochIntervalMs: 50 };
  const workload = { ...drawn.workload, payments: 140, owners: 12, doubleSpends: 0.3 };
  return { ...(seed % 4 === 1 ? peaceful(drawn) : drawn), policy, workload, faultMs: 9000 };
}

function simulate(world: Scenario): Moment[] {
  const moments: Moment[] = [];
  runScenario(world, (stage, lane, disk) => {
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
  readonly core: Core;
  readonly #disk = new Disk();
  readonly effects: Effects[] = [];

  /** The journal begins with these records. */
  constructor({ stage, lane }: Moment, records: readonly Uint8Array[] = []) {
    for (const record of records) this.#disk.append(record);
    let core: Core | undefined;
    this.machine = createReplica(stage, lane, this.#disk, { tamper: (parts) => (core = parts) });
    this.core = defined(core, 'its core is made with it');
  }

  restore(records: readonly Record[]): void {
    for (const { block } of records) {
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
  answers(records: readonly Record[]): unknown[] {
    const { view } = this.machine;
    return records.flatMap(({ block: { txs } }) =>
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
function goOn(subject: Subject, { stage, lane }: Moment, later: readonly Record[]): void {
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
  for (const { block, witnesses: found } of later) {
    nowMs += 7;
    if (block.header.lane === lane) subject.step(nowMs, { kind: 'tick' });
    else {
      const from = { kind: 'lane', lane: block.header.lane } as const;
      const witnesses = subject.machine.checks(block.header) ? found : 'unchecked';
      subject.step(nowMs, { kind: 'block', from, block, witnesses });
    }
  }
  for (let i = 0; i < 40; i++) subject.step((nowMs += 100), { kind: 'tick' });
}

const met = { compared: 0, forks: 0, contested: 0, uncheckpointed: 0, ownBlocks: 0, epochs: 0 };
const metShared = { compared: 0, open: 0, void: 0, knew: 0 };

/** The journal as it is at the end; null: a crash took records that the savepoint had, so it does not fit. */
function journalOf({ stage, before, disk }: Moment): Record[] | null {
  if (before.some((record, i) => disk.records[i] !== record)) return null;
  const { committee, ledgerId, genesis } = stage;
  const sharedChecks = genesis.params.sharedChecks === true;
  const opening = new Opening({ committee, ledgerId, sharedChecks });
  return disk.records.map((record) => defined(opening.block(record), 'a journal has blocks'));
}

function compare(moment: Moment, saved: Saved, journal: readonly Record[]): void {
  const [whole, continued] = [new Subject(moment), new Subject(moment, moment.before)];
  whole.restore(journal.slice(0, saved.blocks));
  continued.machine.resume(NOW, saved);
  const { view } = whole.machine;
  met.compared++;
  met.epochs = Math.max(met.epochs, view.progress().applied);
  met.forks += view.lanes().filter((lane) => lane.equivocates).length;
  met.contested += view.counters().contested;
  met.uncheckpointed += view.counters().uncheckpointedTxs;
  assert.deepEqual(continued.state(), whole.state());
  assert.deepEqual(continued.answers(journal), whole.answers(journal));

  const tail = journal.slice(saved.blocks);
  const half = tail.length >> 1;
  for (const subject of [whole, continued]) {
    // For one of them the roots of the beginning were steps already.
    subject.step(NOW, { kind: 'tick' });
    subject.effects.length = 0;
    subject.restore(tail.slice(0, half));
    subject.machine.restored();
  }
  assert.deepEqual(continued.state(), whole.state());
  for (const subject of [whole, continued]) goOn(subject, moment, tail.slice(half));
  met.ownBlocks += whole.effects.filter(({ send }) => send.some(({ to }) => to === 'all')).length;
  assert.deepEqual(continued.effects, whole.effects);
  assert.deepEqual(continued.state(), whole.state());
}

/**
 * Where checks are shared a validator that ran has looked at witnesses itself, of which its journal says
 * nothing: it knows more than a replay does. When the journal ends both look at what nobody vouched for, and agree.
 */
function compareKnowing(moment: Moment, journal: readonly Record[]): void {
  const { stage, saved, before } = moment;
  const [whole, continued] = [new Subject(moment), new Subject(moment, before)];
  whole.restore(journal.slice(0, saved.blocks));
  continued.machine.resume(NOW, saved);
  const openAt = ({ core: { graph, soundness } }: Subject) =>
    Array.from({ length: graph.size }, (_, i) => i + 1).filter((id) => soundness.isOpen(id));
  const [unknown, stillUnknown] = [openAt(whole), openAt(continued)];
  assert.ok(stillUnknown.every((id) => unknown.includes(id)));
  metShared.knew += unknown.length - stillUnknown.length;
  metShared.open += stillUnknown.length;
  const lanes = [...Array(stage.committee.n).keys()];
  metShared.void += lanes.filter((lane) => continued.core.soundness.isUnsoundLane(lane)).length;
  metShared.compared++;
  const agree = (): void => {
    for (const subject of [whole, continued]) subject.machine.restored();
    assert.deepEqual(openAt(continued), []);
    assert.deepEqual(tablesOf(continued), tablesOf(whole));
    assert.deepEqual(continued.answers(journal), whole.answers(journal));
    assert.deepEqual(voidBlocks(continued), voidBlocks(whole));
  };
  agree();
  for (const subject of [whole, continued]) subject.restore(journal.slice(saved.blocks));
  agree();
}

function tablesOf(subject: Subject): unknown {
  return (subject.state() as { tables: unknown }).tables;
}

function voidBlocks({ core: { graph, soundness } }: Subject): number[] {
  return Array.from({ length: graph.size }, (_, i) => i + 1).filter((id) =>
    soundness.isUnsound(id),
  );
}

/** As a validator saves it that has just replayed this journal. */
function savedByReplay(moment: Moment, journal: readonly Record[]): Saved {
  const replaying = new Subject(moment);
  replaying.restore(journal.slice(0, moment.saved.blocks));
  return defined(replaying.machine.save(), 'roots are computed at once');
}

describe('a savepoint', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`is continued as a replay of the whole journal is, seed ${seed}`, () => {
      for (const moment of simulate(scenario(seed))) {
        const journal = journalOf(moment);
        if (journal !== null) compare(moment, moment.saved, journal);
      }
    });
  }

  it('was compared where something was open', () => {
    for (const count of Object.values(met)) assert.ok(count > 0, JSON.stringify(met));
  });

  for (let seed = 1; seed <= SHARED_SEEDS; seed++) {
    it(`is continued so where checks are shared, seed ${seed}`, () => {
      for (const moment of simulate({ ...shared(scenario(seed)), generationEpochs: 0 })) {
        const journal = journalOf(moment);
        if (journal === null) continue;
        compare(moment, savedByReplay(moment, journal), journal);
        compareKnowing(moment, journal);
      }
    });
  }

  it('was compared where somebody forged, and something was not checked yet', () => {
    for (const count of Object.values(metShared)) assert.ok(count > 0, JSON.stringify(metShared));
  });
});
