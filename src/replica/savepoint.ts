import { decode, type Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { assert } from '../std/assert.ts';
import type { Drafting } from './blocks/draft.ts';
import type { Core } from './core.ts';
import type { Intake } from './intake/intake.ts';
import type { Checkpoints } from './outcomes/checkpoints.ts';
import type { Cutter } from './outcomes/cutter.ts';
import type { Finality } from './outcomes/finality.ts';
import type { Tally } from './tally.ts';

/** Whatever keeps something in memory that later answers depend on. */
export type Stateful = {
  readonly core: Core;
  readonly cutter: Cutter;
  readonly checkpoints: Checkpoints;
  readonly finality: Finality;
  readonly tally: Tally;
  readonly intake: Intake;
  /** null: an observer. */
  readonly drafting: Drafting | null;
};

/**
 * Counts the ways in which the state was written and the tables kept: whoever changes either takes the next
 * number, so that no build believes what another one saved. test/replica/savepoint-layout.test.ts fails until then.
 */
export const STATE_LAYOUT = 9;

/**
 * The state of a replica beside its store (docs/adr/0019). Each part writes what the store does not have; what
 * is only remembered (caches, places of acks, who leads) is left out and found again. So is what a restart
 * always forgets: the mempool, peers, clocks.
 */
export function saveState({
  core,
  cutter,
  checkpoints,
  finality,
  tally,
  drafting,
}: Stateful): Uint8Array {
  const writer = new Writer();
  core.graph.save(writer);
  core.cuts.save(writer);
  core.soundness.save(writer);
  core.index.save(writer);
  core.book.save(writer);
  core.early.save(writer);
  cutter.save(writer);
  checkpoints.save(writer);
  finality.save(writer);
  tally.save(writer);
  drafting?.save(writer);
  return writer.finish();
}

/** In the order of saving: each part may ask those before it. */
export function loadState(parts: Stateful, state: Uint8Array, nowMs: number): void {
  const loaded = decode(state, (reader) => load(parts, reader, nowMs));
  assert(loaded.ok, 'a savepoint gives back what was saved');
}

function load(parts: Stateful, reader: Reader, nowMs: number): void {
  const { core, cutter, checkpoints, finality, tally, intake, drafting } = parts;
  core.graph.load(reader);
  core.cuts.load(reader);
  core.soundness.load(reader, nowMs);
  core.index.load(reader, nowMs);
  const open = [...core.index.open()];
  core.book.load(reader);
  core.early.load(reader, open);
  cutter.load(reader);
  checkpoints.load(reader);
  finality.load(reader);
  tally.load(reader);
  // The own lane's part is last, so that an observer can look at a validator's state.
  if (drafting === null) reader.rest();
  else drafting.load(reader);
  intake.resume(open);
}
