import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeMessage } from '../../src/codec/message.ts';
import type { Input } from '../../src/replica/effects.ts';
import { createReplica } from '../../src/sim/host/machine.ts';
import { brief, drawScenario } from '../../src/sim/scenario.ts';
import { NO_FAULTS, type Scenario } from '../../src/sim/traits.ts';
import { planFaults } from '../../src/sim/world/nemesis.ts';
import { setStage } from '../../src/sim/world/stage.ts';
import { World } from '../../src/sim/world/world.ts';
import type { LaneId } from '../../src/types/ids.ts';

const N = 4;
/** May stop itself without being reported for it. */
const FORGETFUL: LaneId = 1;
const OTHERS: readonly LaneId[] = [0, 2, 3];
/** For what is under way to arrive. */
const WHILE_US = 1_000_000;

/** Nothing goes wrong; what is sent into a cut arrives when that has ended. */
const CALM: Scenario = {
  ...brief(drawScenario('links', N)),
  byzantine: new Map([[FORGETFUL, 'forgetful']]),
  faults: NO_FAULTS,
  network: { jitter: 0, lossRate: 0, duplicateRate: 0, inOrder: true, cutLoses: false },
};

/** A world in which everybody is started, and what each validator is given there. */
class Watched {
  readonly world: World;
  /** The forgetful one stops itself at the next thing that happens to it. */
  stops = false;
  readonly #given: [LaneId, Input][] = [];

  constructor(scenario: Scenario) {
    this.world = new World(scenario, setStage(scenario), (stage, lane, disk) => {
      const machine = createReplica(stage, lane, disk);
      return {
        ...machine,
        step: (nowMs, input, more) => {
          if (lane === FORGETFUL && this.stops) throw new Error('stops itself');
          this.#given.push([lane, input]);
          return machine.step(nowMs, input, more);
        },
      };
    });
    for (const seat of this.world.seats) this.world.start(seat);
    this.passes();
  }

  passes(): void {
    this.world.runUntil(this.world.events.nowUs + WHILE_US);
  }

  /** Of the link to the forgetful one. */
  linksTold(lane: LaneId): string[] {
    return this.#givenTo(lane).flatMap((input) => {
      const isLink = input.kind === 'connected' || input.kind === 'disconnected';
      const isOurs = isLink && input.peer.kind === 'lane' && input.peer.lane === FORGETFUL;
      return isOurs ? [input.kind] : [];
    });
  }

  /** A message with a mark. */
  sends(from: LaneId, to: LaneId, mark: number): void {
    const frontier = [mark, 0, 0, 0];
    const bytes = encodeMessage({ kind: 'heads', generation: 0, frontier, yours: null });
    this.world.network.send(from, to, bytes);
  }

  hears(lane: LaneId, mark: number): boolean {
    return this.#givenTo(lane).some(
      (input) =>
        input.kind === 'message' &&
        input.message.kind === 'heads' &&
        input.message.frontier[0] === mark,
    );
  }

  #givenTo(lane: LaneId): Input[] {
    return this.#given.filter(([to]) => to === lane).map(([, input]) => input);
  }
}

describe('links of the simulated world', () => {
  it('end with a validator that stops itself: its next start is told to the others', () => {
    const watched = new Watched(CALM);
    const { world } = watched;
    watched.stops = true;
    world.hosts.get(FORGETFUL)!.enqueue({ kind: 'tick' });
    watched.passes();
    assert.equal(world.hosts.get(FORGETFUL)!.isUp, false);
    watched.stops = false;
    world.restart(FORGETFUL);
    watched.passes();
    for (const lane of OTHERS) {
      const told = watched.linksTold(lane);
      assert.deepEqual(told, ['connected', 'disconnected', 'connected'], `lane ${lane}`);
    }
  });

  it('bring nothing that was sent over the one before', () => {
    const watched = new Watched(CALM);
    const { world } = watched;
    const [to] = OTHERS as [LaneId];
    watched.sends(FORGETFUL, to, 101);
    world.crash(FORGETFUL);
    watched.passes();
    assert.ok(watched.hears(to, 101), 'what has left arrives, though its sender has ended');
    world.restart(FORGETFUL);
    watched.passes();
    watched.sends(FORGETFUL, to, 102);
    world.crash(FORGETFUL);
    world.restart(FORGETFUL);
    watched.sends(FORGETFUL, to, 103);
    watched.passes();
    assert.ok(!watched.hears(to, 102), 'sent by a process that has ended');
    assert.ok(watched.hears(to, 103));
  });

  it('bring nothing to another process than it was sent to', () => {
    const watched = new Watched(CALM);
    const { world } = watched;
    const [from] = OTHERS as [LaneId];
    watched.sends(from, FORGETFUL, 101);
    // No link comes up between the two.
    world.network.cut(from, FORGETFUL, WHILE_US);
    world.crash(FORGETFUL);
    world.restart(FORGETFUL);
    watched.passes();
    assert.ok(!watched.hears(FORGETFUL, 101));
    watched.sends(from, FORGETFUL, 102);
    watched.passes();
    assert.ok(watched.hears(FORGETFUL, 102));
  });

  it('come up when a cut ends in which somebody was started', () => {
    const everyMs = (3 * WHILE_US) / 1000;
    const rounds = { everyMs, groups: [[[FORGETFUL], OTHERS]] };
    const watched = new Watched({ ...CALM, rounds, faultMs: everyMs });
    const { world } = watched;
    planFaults(world);
    watched.passes();
    world.crash(FORGETFUL);
    world.restart(FORGETFUL);
    watched.passes();
    const [lane] = OTHERS as [LaneId];
    assert.deepEqual(watched.linksTold(lane), ['connected', 'disconnected']);
    watched.passes();
    watched.passes();
    assert.deepEqual(watched.linksTold(lane), ['connected', 'disconnected', 'connected']);
  });

  // Seed 503 of 4 validators, its twin replaced by another liar: the others thought it gone for ever.
  it('are not touched by a partition of a second seat that is not there', () => {
    const second = N + FORGETFUL;
    const apart = [[0, 2, 3, FORGETFUL], [second]];
    const rounds = { everyMs: 100, groups: [apart, apart.toReversed(), apart] };
    const network = { ...CALM.network, cutLoses: true };
    const watched = new Watched({ ...CALM, network, rounds, faultMs: 300 });
    planFaults(watched.world);
    watched.passes();
    for (const lane of OTHERS) assert.deepEqual(watched.linksTold(lane), ['connected'], `${lane}`);
  });
});
