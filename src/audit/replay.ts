import type { Effects } from '../replica/effects.ts';
import { shapeBlock, trust } from '../replica/ingress.ts';
import type { BlockArchive, LedgerStore } from '../replica/ports.ts';
import { Replica } from '../replica/replica.ts';
import { DEFAULT_POLICY } from '../replica/replica-options.ts';
import { AssertionFailure } from '../std/assert.ts';
import { runToEnd } from '../std/slices.ts';
import type { Block } from '../types/block.ts';
import type { Digest, Epoch, LaneId } from '../types/ids.ts';
import type { AuditedBeginning } from './beginning.ts';
import type { JournalRecord } from './journal-scan.ts';
import { LedgerAudit } from './ledgers.ts';
import { SignatureAudit } from './signatures.ts';
import type { Subject } from './subject.ts';

export type ReplayParts = {
  /** Whose journal it is; null: an observer's. */
  readonly lane: LaneId | null;
  readonly archive: BlockArchive;
  /** With which the journal begins, if not with genesis. */
  readonly from?: AuditedBeginning | null;
  /** What the journal implies goes here. */
  readonly store: LedgerStore;
  /** Blocks that a trusted checkpoint commits to: their signatures need no look. */
  readonly vouched: ReadonlySet<Digest>;
  /** Every block as it is admitted. */
  readonly admitted: (block: Block, replica: Replica) => void;
};

/**
 * The journal once more through the node's own pure code, with everything verified that a node takes for
 * granted when it starts: form, digests, signatures, the order of the journal. Everything that follows
 * from the blocks (verdicts, cuts, ledgers, checkpoints) is computed, none of it is read.
 */
export class ReplayAudit {
  readonly replica: Replica;
  readonly ledgers: LedgerAudit;
  readonly #subject: Subject;
  readonly #parts: ReplayParts;
  readonly #signatures: SignatureAudit;
  readonly #digests = new Set<Digest>();
  /** By generation and seq. */
  readonly #own = new Map<string, Digest>();

  constructor(subject: Subject, parts: ReplayParts) {
    const { genesis, ledgerId, committee, verifier } = subject;
    this.#subject = subject;
    this.#parts = parts;
    this.#signatures = new SignatureAudit(subject);
    const { store, archive, from = null } = parts;
    const begun = from === null ? {} : { beginning: from.beginning };
    const nobody = { lane: null, signer: null, verifier, policy: DEFAULT_POLICY };
    this.replica = new Replica({
      genesis,
      ledgerId,
      committee,
      store,
      archive,
      ...nobody,
      ...begun,
    });
    this.ledgers = new LedgerAudit(subject, (digest) => this.#digests.has(digest), from);
  }

  /** False: what follows cannot be judged any more. */
  take({ ordinal, payload }: JournalRecord): boolean {
    const { committee, ledgerId, findings, counts } = this.#subject;
    const record = `record ${ordinal}`;
    const shaped = shapeBlock(payload, committee, ledgerId);
    if (!shaped.ok) {
      const { code, detail } = shaped.error;
      const isForeign = code === 'wrong-ledger';
      findings.add(isForeign ? 'foreign-genesis' : 'bad-block', record, `${code}: ${detail}`);
      return false;
    }
    const block = shaped.value;
    counts.blocks += 1;
    const where = `${record}, block ${block.header.lane}/${block.header.seq}`;
    if (this.#parts.vouched.has(block.digest)) counts.vouchedBlocks += 1;
    else this.#signatures.check(block, where);
    return this.#inPlace(block, where) && this.#restore(block, where);
  }

  /** Names stand before it, and it stands there once. */
  #inPlace(block: Block, where: string): boolean {
    const { findings } = this.#subject;
    const { header, digest } = block;
    if (this.#digests.has(digest)) {
      findings.add('duplicate-block', where, digest);
      return false;
    }
    const names = header.refs.map((ref) => ref.digest);
    if (header.seq > 1) names.push(header.prev);
    const missing = names.find((name) => !this.#digests.has(name));
    if (missing !== undefined) {
      findings.add('missing-block', where, `it names ${missing}, which does not stand before it`);
      return false;
    }
    this.#digests.add(digest);
    if (header.lane === this.#parts.lane) this.#noteOwn(block, where);
    return true;
  }

  #noteOwn({ header, digest }: Block, where: string): void {
    const place = `${header.generation}/${header.seq}`;
    const before = this.#own.get(place);
    if (before !== undefined) {
      this.#subject.findings.add('own-equivocation', where, `${before} and ${digest}`);
    }
    this.#own.set(place, digest);
  }

  #restore(block: Block, where: string): boolean {
    const { findings, counts } = this.#subject;
    try {
      // Signatures that are wrong have been reported; the rules are judged all the same.
      if (!this.#follow(this.replica.restore(0, trust(block)), where)) return false;
    } catch (cause) {
      if (!(cause instanceof AssertionFailure)) throw cause;
      findings.add('contradiction', where, cause.message);
      return false;
    }
    counts.admitted += 1;
    this.#parts.admitted(block, this.replica);
    return true;
  }

  #follow(effects: Effects, where: string): boolean {
    const { findings, counts } = this.#subject;
    if (effects.halt !== null) {
      const { code, detail } = effects.halt;
      const isRefused = code === 'journal-corrupt';
      findings.add(isRefused ? 'inadmissible' : 'state-diverged', where, detail);
      return false;
    }
    for (const { kind } of effects.statuses) {
      if (kind === 'admitted') counts.transactions += 1;
      if (kind === 'final') counts.final += 1;
      if (kind === 'rejected') counts.rejected += 1;
    }
    for (const { kind, lane } of effects.evidence) {
      if (kind !== 'equivocation') continue;
      counts.equivocations += 1;
      findings.note(`validator ${lane} signed two blocks with one seq: see evidence list`);
    }
    for (const certificate of effects.certified) {
      const stored = this.replica.ledger(certificate.checkpoint.epoch);
      this.ledgers.take(certificate, stored);
    }
    return effects.work.every(({ epoch }) => this.#root(epoch, where));
  }

  #root(epoch: Epoch, where: string): boolean {
    this.#subject.counts.cuts += 1;
    const roots = runToEnd(this.replica.rootWork(epoch));
    return this.#follow(this.replica.step(0, { kind: 'rooted', epoch, ...roots }), where);
  }
}
