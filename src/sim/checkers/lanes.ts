import { type Block, epochVotes, type ViewVote } from '../../types/block.ts';
import type { Digest, LaneId, Seq } from '../../types/ids.ts';
import type { Report } from './names.ts';

type Said = ViewVote;

/** What correct lanes signed, over all bytes that they ever handed to the network. */
export class LaneChecks {
  readonly #report: Report;
  readonly #bySeq = new Map<string, Digest>();
  readonly #said = new Map<LaneId, { readonly seq: Seq; readonly vote: Said }[]>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** A block that its own correct validator handed to the network. */
  sent(block: Block): void {
    const { lane, seq, generation } = block.header;
    const place = `${generation}/${lane}/${seq}`;
    const known = this.#bySeq.get(place);
    if (known === block.digest) return;
    if (known !== undefined) {
      this.#report('one-block-per-seq', `${place}: ${known} and ${block.digest}`);
      return;
    }
    this.#bySeq.set(place, block.digest);
    const said = this.#said.get(lane) ?? [];
    this.#said.set(lane, said);
    for (const vote of epochVotes(block)) {
      if (vote.kind === 'checkpoint') continue;
      for (const earlier of said) this.#compare(lane, earlier, { seq, vote });
      said.push({ seq, vote });
    }
  }

  #compare(lane: LaneId, a: { seq: Seq; vote: Said }, b: { seq: Seq; vote: Said }): void {
    if (a.vote.epoch !== b.vote.epoch) return;
    const [before, after] = a.seq <= b.seq ? [a.vote, b.vote] : [b.vote, a.vote];
    if (before.kind === 'end' || after.kind === 'end') {
      if (before.kind === after.kind) this.#report('votes-agree', `lane ${lane} ends twice`);
      return;
    }
    const place = `lane ${lane}, epoch ${a.vote.epoch}, seq ${a.seq} and ${b.seq}`;
    if (after.view < before.view) {
      this.#report('votes-agree', `${place}: ${after.kind} below view ${before.view}`);
    }
    if (before.kind !== after.kind || before.view !== after.view) return;
    if (before.kind === 'viewchange') return;
    if (before.kind !== 'propose' && named(before) === named(after)) return;
    this.#report('votes-agree', `${place}: two of ${after.kind} in view ${after.view}`);
  }
}

/** A second proposal of a view is another block, so it always contradicts the first. */
function named(vote: Said): string | null {
  return vote.kind === 'prepare' || vote.kind === 'commit' ? vote.block.digest : null;
}
