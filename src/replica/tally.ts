import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import type { FinalPath } from '../types/ledger.ts';

/** Those that follow from the blocks of the journal; the others are of this process alone. */
const JOURNALLED = [
  'admittedBlocks',
  'admittedTxs',
  'finalClean',
  'finalContested',
  'rejectedTxs',
  'checkpointed',
  'equivocations',
] as const;

/** Running totals of one replica. */
export class Tally {
  submitted = 0;
  admittedBlocks = 0;
  admittedTxs = 0;
  builtBlocks = 0;
  refusedBlocks = 0;
  finalClean = 0;
  finalContested = 0;
  rejectedTxs = 0;
  droppedTxs = 0;
  checkpointed = 0;
  viewChanges = 0;
  equivocations = 0;

  final(path: FinalPath): void {
    if (path === 'clean') this.finalClean++;
    else this.finalContested++;
  }

  /** Accepted here, in no certified checkpoint. */
  get uncheckpointed(): number {
    return this.finalClean + this.finalContested - this.checkpointed;
  }

  save(writer: Writer): void {
    for (const name of JOURNALLED) writer.u48(this[name]);
  }

  load(reader: Reader): void {
    for (const name of JOURNALLED) this[name] = reader.u48();
  }
}
