import type { Prng } from '../../std/prng.ts';
import type { LaneId } from '../../types/ids.ts';
import { SAVEPOINT_DEEDS } from '../host/savepoint-shelf.ts';
import type { CutShape } from '../traits.ts';
import type { Seat, World } from './world.ts';

const MS = 1000;
/** Cut for longer than any run. */
const FOR_EVER_US = 1e13;
const SPOILT = {
  flip: 'savepointFlips',
  lose: 'savepointLosses',
  relapse: 'savepointRelapses',
} as const;

/** Plans everything that goes wrong in the first phase of a run. */
export function planFaults(world: World): void {
  const prng = world.prng.fork('faults');
  const { faults } = world.scenario;
  const anyOf = () => prng.pick([...world.correct]);
  // Each kind draws from a stream of its own: without one of them the others stay as they were.
  every(world, 'crash', faults.crashEveryMs, (own) => {
    const lane = own.pick([...world.correct]);
    world.crash(lane);
    after(world, own.below(2 * faults.downMs), () => world.restart(lane));
  });
  every(world, 'cut', faults.cutEveryMs, (own) => {
    const links = linksOf(own.pick(faults.cutShapes), world, own);
    cut(world, links, own.below(2 * faults.cutMs), own.chance(faults.oneWay));
  });
  every(world, 'gray', faults.grayEveryMs, (own) => slow(world, own.pick([...world.correct]), own));
  every(world, 'clock', faults.clockJumpEveryMs, (own) => {
    const byMs = own.between(1, faults.clockJumpMs);
    world.hosts.get(own.pick([...world.correct]))?.jumpClock(own.chance(0.5) ? byMs : -byMs);
    world.faults.clockJumps++;
  });
  every(world, 'disk', faults.diskErrorEveryMs, (own) => {
    const lane = own.pick([...world.correct]);
    world.hosts.get(lane)!.disk.failing = true;
    after(world, faults.downMs + own.below(1000), () => {
      world.hosts.get(lane)!.disk.failing = false;
      world.restart(lane);
    });
  });
  planForgetting(world);
  planRounds(world);
  for (let i = 0; i < faults.away; i++) leave(world, anyOf(), prng);
}

/** When each validator starts: most of them at once, some late. */
export function planStart(world: World): void {
  const prng = world.prng.fork('start');
  const { faults, faultMs } = world.scenario;
  const late = new Set(prng.shuffled([...world.correct]).slice(0, faults.late));
  for (const seat of world.hosts.keys()) {
    const isLate = late.has(seat);
    if (isLate) world.faults.lateJoins++;
    const ms = isLate ? prng.below(faultMs) : prng.below(100);
    after(world, ms, () => {
      // Something may have started it before, and something else ended it: then it has a journal.
      if (world.hosts.get(seat)!.life === 0) world.start(seat);
      else world.restart(seat);
    });
  }
}

/** All links work, who was down is up again, but for those that are left as they are. */
export function heal(world: World): void {
  const { scenario, hosts, correct } = world;
  world.network.heal();
  for (const host of hosts.values()) {
    host.coreFactor = 1;
    host.diskFactor = 1;
    host.disk.failing = false;
  }
  const left = world.prng.shuffled([...correct]).slice(0, scenario.faults.frozen.length);
  left.forEach((lane, i) => {
    const kind = scenario.faults.frozen[i]!;
    world.freeze(lane);
    if (kind === 'down') world.crash(lane);
    const [out, into] = [kind !== 'deaf', kind !== 'mute'];
    for (const seat of world.seats) {
      if (seat === lane) continue;
      if (out) world.network.cut(lane, seat, FOR_EVER_US);
      if (into) world.network.cut(seat, lane, FOR_EVER_US);
      world.links.disconnect(lane, seat);
    }
  });
  // Two instances that must not learn of each other would ask for each other's blocks for ever.
  for (const [lane, kind] of scenario.byzantine) {
    if (kind !== 'twin') continue;
    world.crash(lane);
    world.crash(scenario.n + lane);
  }
  for (const lane of correct) if (!left.includes(lane)) world.restart(lane);
  for (const a of world.seats) for (const b of world.seats) world.links.connect(a, b);
}

/** While a validator is down something may happen to its savepoint. That is a cache: nobody is Byzantine by it. */
export function spoilSavepoint(world: World, seat: Seat): void {
  const { disk, life } = world.hosts.get(seat)!;
  const prng = world.prng.fork(`savepoint ${seat} ${life}`);
  const share = world.scenario.savepoints?.spoiled ?? 0;
  if (disk.savepoint.isEmpty || !prng.chance(share)) return;
  const deed = prng.pick(SAVEPOINT_DEEDS);
  world.faults[SPOILT[deed]]++;
  disk.savepoint.suffer(deed, prng);
}

/** At random times, on average one in `everyMs`; 0: never. */
function every(world: World, label: string, everyMs: number, deed: (prng: Prng) => void): void {
  if (everyMs === 0) return;
  const prng = world.prng.fork(`faults/${label}`);
  const draw = () => 1 + prng.below(2 * everyMs);
  for (let ms = draw(); ms < world.scenario.faultMs; ms += draw())
    after(world, ms, () => deed(prng));
}

function after(world: World, ms: number, deed: () => void): void {
  world.events.after(ms * MS, deed);
}

/** Pairs of seats that a cut of this shape parts. */
function linksOf(shape: CutShape, world: World, prng: Prng): [Seat, Seat][] {
  const seats = prng.shuffled(world.seats);
  const half = seats.length >> 1;
  switch (shape) {
    case 'one':
      return between(seats.slice(0, 1), seats.slice(1));
    case 'link':
      return between(seats.slice(0, 1), seats.slice(1, 2));
    case 'bridge':
      // Two halves that one seat alone connects.
      return between(seats.slice(1, 1 + half), seats.slice(1 + half));
    case 'ring': {
      const next = (i: number) => seats[(i + 1) % seats.length];
      return seats.flatMap((seat, i) =>
        seats.flatMap((other, j): [Seat, Seat][] =>
          j > i && other !== next(i) && seat !== next(j) ? [[seat, other]] : [],
        ),
      );
    }
    default: {
      const size = prng.between(1, seats.length - 1);
      return between(seats.slice(0, size), seats.slice(size));
    }
  }
}

function between(ones: readonly Seat[], others: readonly Seat[]): [Seat, Seat][] {
  return ones.flatMap((one) => others.map((other): [Seat, Seat] => [one, other]));
}

function cut(world: World, links: readonly [Seat, Seat][], ms: number, oneWay: boolean): void {
  if (oneWay) world.faults.oneWay++;
  for (const [a, b] of links) {
    world.network.cut(a, b, ms * MS);
    if (!oneWay) world.network.cut(b, a, ms * MS);
    if (world.scenario.network.cutLoses) world.links.disconnect(a, b);
    // Also where it lost nothing: one of them may have been started meanwhile.
    after(world, ms + 1, () => world.links.connect(a, b));
  }
}

/** A gray failure: nothing stops, but somebody's disk or processor is very slow. */
function slow(world: World, lane: LaneId, prng: Prng): void {
  const host = world.hosts.get(lane)!;
  const { grayMs, grayFactor } = world.scenario.faults;
  const isDisk = prng.chance(0.5);
  if (isDisk) {
    world.faults.slowDisks++;
    host.diskFactor = grayFactor;
  } else {
    world.faults.slowCores++;
    host.coreFactor = grayFactor;
  }
  after(world, prng.below(2 * grayMs), () => {
    if (isDisk) host.diskFactor = 1;
    else host.coreFactor = 1;
  });
}

/** Away until the others are healed; meanwhile many epochs may pass. */
function leave(world: World, lane: LaneId, prng: Prng): void {
  world.faults.absences++;
  after(world, prng.below(world.scenario.faultMs), () => {
    world.crash(lane);
    // Whoever starts it again comes too early.
    for (const seat of world.seats) {
      if (seat === lane) continue;
      world.network.cut(lane, seat, world.scenario.faultMs * MS);
      world.network.cut(seat, lane, world.scenario.faultMs * MS);
    }
  });
}

/** Those whose disk forgets lose all, or what came after some time, or find a record damaged. */
function planForgetting(world: World): void {
  const { byzantine, faults } = world.scenario;
  for (const [lane, kind] of byzantine) {
    if (kind !== 'forgetful') continue;
    every(world, `forget ${lane}`, faults.forgetEveryMs, (prng) => {
      const host = world.hosts.get(lane)!;
      world.crash(lane);
      if (host.disk.records.length === 0) {
        world.restart(lane);
        return;
      }
      const deed = prng.pick(faults.forgets);
      if (deed === 'flip') {
        world.faults.bitFlips++;
        host.disk.flip(prng);
      } else {
        const kept = deed === 'amnesia' ? 0 : prng.below(host.disk.length);
        if (deed === 'amnesia') world.faults.amnesias++;
        else world.faults.rollbacks++;
        host.disk.rollBack(kept);
      }
      after(world, prng.below(2 * faults.downMs), () => world.restart(lane));
    });
  }
}

function planRounds(world: World): void {
  const { rounds, faultMs } = world.scenario;
  if (rounds === undefined) return;
  // Who is no twin any more, in a scenario that was made of another, has no second seat.
  const seats = new Set(world.seats);
  rounds.groups.forEach((named, i) => {
    const groups = named.map((group) => group.filter((seat) => seats.has(seat)));
    const startMs = i * rounds.everyMs;
    if (startMs >= faultMs) return;
    const lastMs = Math.min(rounds.everyMs, faultMs - startMs);
    after(world, startMs, () => {
      world.faults.partitions++;
      const links = groups.flatMap((one, at) =>
        groups.slice(at + 1).flatMap((other) => between(one, other)),
      );
      cut(world, links, lastMs, false);
    });
  });
}
