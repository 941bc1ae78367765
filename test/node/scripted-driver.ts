import type { Roots } from '../../src/ledger/checkpoint.ts';
import { Driver, type DriverParts } from '../../src/node/loop/driver.ts';
import type { Effects, Input } from '../../src/replica/effects.ts';
import type { Sliced } from '../../src/std/slices.ts';

export const NOTHING: Effects = {
  persist: [],
  send: [],
  statuses: [],
  submitted: [],
  work: [],
  certified: [],
  evidence: [],
  rejected: [],
  wakeAtMs: null,
  halt: null,
};
/** All that is due in this turn of the event loop has run. */
export const turn = () => new Promise((next) => setImmediate(next));
export const observer = (id: string): Input => ({
  kind: 'connected',
  peer: { kind: 'observer', id },
});

/** A driver around a scripted replica, which notes everything that happens in order. */
export function setUp(
  step: (input: Input) => Partial<Effects> | Sliced<Partial<Effects>>,
  over: Partial<DriverParts> = {},
) {
  const events: string[] = [];
  const syncs: (() => void)[] = [];
  const parts: DriverParts = {
    replica: {
      *stepInSlices(_now, input) {
        const name = input.kind === 'connected' && input.peer.kind === 'observer';
        events.push(`step ${name ? input.peer.id : input.kind}`);
        const effects = step(input);
        return { ...NOTHING, ...(isSliced(effects) ? yield* effects : effects) };
      },
    },
    journal: {
      append(blocks, patient) {
        events.push(`append ${blocks[0]?.[0]}${patient ? '' : ' now'}`);
        return new Promise((done) => syncs.push(done));
      },
      hurry: () => void events.push('hurry'),
    },
    store: { backlogBytes: 0, flush: async () => void events.push('flush') },
    now: () => 0,
    spacingMs: () => 0,
    roots: () => [][Symbol.iterator]() as Iterator<void, Roots>,
    between: () => {},
    stepped: () => {},
    release: (effects) => void events.push(`release ${effects.persist[0]?.[0] ?? 'none'}`),
    failed: (cause) => void events.push(`failed ${(cause as Error).message}`),
    ...over,
  };
  return { driver: new Driver(parts), events, syncs };
}

function isSliced(
  effects: Partial<Effects> | Sliced<Partial<Effects>>,
): effects is Sliced<Partial<Effects>> {
  return Symbol.iterator in effects;
}

/** Effects that wait for no disk. */
export const rejected = [
  { from: { kind: 'lane', lane: 1 }, code: 'malformed', detail: '' },
] as const satisfies Effects['rejected'];
