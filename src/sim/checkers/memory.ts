import type { Block } from '../../types/block.ts';
import type { Digest, LaneId } from '../../types/ids.ts';
import type { JournalChecks } from './journals.ts';
import type { Report } from './names.ts';
import type { Wire } from './wire.ts';

/**
 * Validators whose disk forgot. docs/adr/0007: nobody signs before Q - 1 others have told what they hold
 * of its lane: the newest. So if more than n - Q correct ones hold a block beyond the last own one in its
 * journal, it cannot help hearing of it, and must not sign again. Of one at a seq that the journal reaches,
 * signed twice before this start, it may never hear. With a damaged record it must not start.
 */
export class MemoryChecks {
  readonly #wire: Wire;
  readonly #journals: JournalChecks;
  readonly #correct: ReadonlySet<LaneId>;
  readonly #report: Report;
  /** What lanes that must not sign again had said before. */
  readonly #muzzled = new Map<LaneId, ReadonlySet<Digest>>();

  constructor(
    parts: { wire: Wire; journals: JournalChecks; correct: ReadonlySet<LaneId> },
    report: Report,
  ) {
    this.#wire = parts.wire;
    this.#journals = parts.journals;
    this.#correct = parts.correct;
    this.#report = report;
  }

  /** It starts from these records, with a generation; the validators in `up` can answer it. */
  restarts(
    lane: LaneId,
    { records, begins }: { readonly records: readonly Uint8Array[]; readonly begins: number },
    up: readonly LaneId[],
  ): void {
    const blocks = records.map((bytes) => this.#wire.open(bytes));
    const last = blocks.findLast((block) => block?.header.lane === lane)?.header;
    const { n, quorum } = this.#wire.reference.model.setting;
    const witnesses = up.filter((other) => other !== lane && this.#correct.has(other));
    const start = { generation: begins, seq: 0 };
    const beyond = last !== undefined && last.generation >= begins ? last : start;
    const holders = this.#journals.holders(witnesses, lane, beyond);
    if (holders > n - quorum || blocks.includes(null)) this.#muzzle(lane);
    else this.#muzzled.delete(lane);
  }

  /** A block that its own lane handed to the network. */
  sent({ header, digest }: Block): void {
    const said = this.#muzzled.get(header.lane);
    if (said === undefined || said.has(digest)) return;
    this.#report('memory', `lane ${header.lane} signs seq ${header.seq} again`);
  }

  #muzzle(lane: LaneId): void {
    const { entries } = this.#wire.reference.model;
    const own = entries.filter((entry) => entry.lane === lane).map((entry) => entry.digest);
    this.#muzzled.set(lane, new Set(own));
  }
}
