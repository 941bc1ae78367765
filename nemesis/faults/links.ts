import type { LaneId } from '../../src/types/ids.ts';
import { type Fault, hold, type Scene, victims } from './fault.ts';

/** What happens between the validators. */

type Cut = readonly [from: LaneId, to: LaneId];

/** The shapes of a partition: which packets no longer arrive. */
export const SHAPES = {
  /** One validator alone. */
  single: ([one = 0, ...others]) => bothWays([one], others),
  /** f + 1 against the rest: nobody has a quorum but perhaps the rest. */
  minority: (lanes, f) => bothWays(lanes.slice(0, f + 1), lanes.slice(f + 1)),
  halves: (lanes) => bothWays(lanes.slice(0, lanes.length >> 1), lanes.slice(lanes.length >> 1)),
  /** Each sees only its two neighbours. */
  ring: (lanes) =>
    pairs(lanes).filter(([a, b]) => {
      const distance = Math.abs(lanes.indexOf(a) - lanes.indexOf(b));
      return distance !== 1 && distance !== lanes.length - 1;
    }),
  /** Two halves, and one validator that sees both. */
  bridge: ([, ...others]) =>
    bothWays(others.slice(0, others.length >> 1), others.slice(others.length >> 1)),
  /** One that hears everybody and is heard by nobody. */
  mute: ([one = 0, ...others]) => others.map((other): Cut => [one, other]),
  /** One that is heard by everybody and hears nobody. */
  deaf: ([one = 0, ...others]) => others.map((other): Cut => [other, one]),
  /** Nobody sees anybody. */
  dust: (lanes) => pairs(lanes),
} as const satisfies Record<string, (lanes: readonly LaneId[], f: number) => Cut[]>;

export type Shape = keyof typeof SHAPES;

function pairs(lanes: readonly LaneId[]): Cut[] {
  return lanes.flatMap((a) => lanes.filter((b) => b !== a).map((b): Cut => [a, b]));
}

function bothWays(some: readonly LaneId[], others: readonly LaneId[]): Cut[] {
  return some.flatMap((a) =>
    others.flatMap((b): Cut[] => [
      [a, b],
      [b, a],
    ]),
  );
}

export function applyShape({ fleet, random }: Scene, shape: Shape): void {
  const lanes = random.shuffled(fleet.validators.map(({ lane }) => lane));
  for (const [from, to] of SHAPES[shape](lanes, fleet.f)) fleet.network.cut(from, to);
}

export const partition: Fault = {
  needs: 'namespaces',
  async strike(scene, holdMs) {
    const { fleet, random } = scene;
    const shape = random.pick(Object.keys(SHAPES) as Shape[]);
    applyShape(scene, shape);
    await hold(holdMs);
    fleet.network.heal();
    return `partition: ${shape}`;
  },
};

/** Links that come and go faster than anybody finds out. */
export const flap: Fault = {
  needs: 'namespaces',
  async strike(scene, holdMs) {
    const { fleet, random } = scene;
    const endMs = performance.now() + holdMs;
    while (performance.now() < endMs) {
      applyShape(scene, random.pick(['single', 'halves', 'deaf', 'mute'] as const));
      await hold(random.between(100, 1000));
      fleet.network.heal();
      await hold(random.between(100, 1000));
    }
    return 'links that flap';
  },
};

export const rate: Fault = {
  needs: 'namespaces',
  async strike(scene, holdMs) {
    const { fleet, random } = scene;
    const lanes = victims(scene, random.between(1, fleet.validators.length));
    const bitsPerSecond = random.pick([64_000, 256_000, 1_000_000]);
    for (const lane of lanes) fleet.network.limit(lane, bitsPerSecond);
    await hold(holdMs);
    fleet.network.heal();
    return `${bitsPerSecond} bit/s for ${lanes}`;
  },
};
