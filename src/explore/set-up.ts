import type { LaneId } from '../types/ids.ts';
import type { Payment, Scope } from './scope.ts';

export const RIVALS: readonly Payment[] = [
  { name: 't', spends: [0] },
  { name: 'u', spends: [0] },
];

/** Of a scope that says nothing else: two lanes propose rivals, before that nothing was, all are correct and patient. */
export const CALM = {
  payments: RIVALS,
  proposes: byLane({ 0: ['t'], 2: ['u'] }),
  prefix: [],
  timeouts: 0,
  byzantine: null,
  interchangeable: [],
} as const satisfies Partial<Scope>;

export function byLane<T>(of: Readonly<Record<LaneId, T>>): ReadonlyMap<LaneId, T> {
  return new Map(Object.entries(of).map(([lane, value]) => [Number(lane), value]));
}
