import type { CheckedVote } from '../../types/block.ts';
import type { LaneId } from '../../types/ids.ts';
import type { Entry } from '../reference/entry.ts';
import type { Model } from '../reference/model.ts';
import type { Report } from './names.ts';

/** What correct lanes carry is signed by its owners, and so is what they say is (rules 8.1, 10.2). */
export function checkWords(model: Model, correct: ReadonlySet<LaneId>, report: Report): void {
  for (const entry of model.entries) {
    const { lane, seq, generation, block } = entry;
    if (!correct.has(lane)) continue;
    const place = `block ${seq} of lane ${lane}, generation ${generation}`;
    if (!entry.isSound) report('own-sound', `${place}: not all of its witnesses sign`);
    for (const vote of block.votes) {
      if (vote.kind !== 'checked' || areSound(model, entry, vote)) continue;
      report('own-sound', `${place}: says that lane ${vote.lane} is sound up to ${vote.seq}`);
    }
  }
}

function areSound({ entries }: Model, { history }: Entry, { lane, seq }: CheckedVote): boolean {
  return history
    .members()
    .map((index) => entries[index] as Entry)
    .every((each) => each.lane !== lane || each.seq > seq || each.isSound);
}
