import type { Effects, Input } from '../../replica/effects.ts';
import type { HostDefect } from '../traits.ts';
import type { Disk } from './disk.ts';
import type { Machine } from './machine.ts';
import type { Opening } from './opening.ts';
import type { Continued, Savepoints } from './savepoints.ts';

export type Recovery = {
  readonly disk: Disk;
  readonly savepoints: Savepoints;
  readonly opening: Opening;
  readonly defect: HostDefect | null;
  readonly nowMs: number;
};

/** Brings a fresh machine to where its disk is, as a start of the node does it. Throws where that one would stop. */
export function recover(machine: Machine, recovery: Recovery): Continued {
  const { savepoints, nowMs } = recovery;
  const journal = journalOf(recovery);
  const continued = savepoints.resume(machine, nowMs, journal.length);
  for (const record of journal.slice(continued.blocks)) restore(machine, record, recovery);
  machine.restored();
  return continued;
}

/** The records behind the stop state, or all. */
function journalOf({ disk, defect }: Recovery): readonly Uint8Array[] {
  const { records, dropped, stop } = disk;
  const behind = records.slice((stop?.state.records ?? 0) - dropped);
  return defect === 'short-journal' ? behind.slice(0, -1) : behind;
}

function restore(machine: Machine, record: Uint8Array, recovery: Recovery): void {
  const { opening, defect, nowMs } = recovery;
  const found = opening.block(record);
  if (found !== null) takeUp(machine, machine.restore(nowMs, found.block), nowMs);
  else if (defect !== 'damage-skipped') throw new Error('journal: no block');
}

/** The roots of what the journal closes are computed on the way, as the node does it. */
function takeUp(machine: Machine, { halt, work }: Effects, nowMs: number): void {
  if (halt !== null) throw new Error(`halt: ${halt.code}, ${halt.detail}`);
  for (const { epoch } of work) {
    const rooted: Input = { kind: 'rooted', epoch, ...machine.roots(epoch) };
    takeUp(machine, machine.step(nowMs, rooted, true), nowMs);
  }
}
