/** Running totals of one replica since it started. */
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

  final(path: 'clean' | 'contested'): void {
    if (path === 'clean') this.finalClean++;
    else this.finalContested++;
  }

  /** Accepted here, in no certified checkpoint. */
  get uncheckpointed(): number {
    return this.finalClean + this.finalContested - this.checkpointed;
  }
}
