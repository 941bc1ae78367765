import { checkpointDigest } from '../../codec/checkpoint.ts';
import { fromHex } from '../../codec/hex.ts';
import { listRoot } from '../../codec/merkle-list.ts';
import type { Committee } from '../../committee/committee.ts';
import { taggedHash } from '../../crypto/hash.ts';
import type { Digest, Epoch, LaneId } from '../../types/ids.ts';
import type { Checkpoint, CheckpointSignature, Outcome } from '../../types/ledger.ts';
import type { Verifier } from '../../types/signature.ts';
import { Bits } from '../reference/bits.ts';
import { activeLanes, cutsIn, decisions } from '../reference/consensus.ts';
import type { Ledger } from '../reference/ledger.ts';
import type { Entry, Model } from '../reference/model.ts';
import { ackLanes, depsIn } from '../reference/model.ts';
import type { Report } from './names.ts';
import { stateRootOf } from './state-root.ts';
import type { Wire } from './wire.ts';

/** Checkpoints of correct validators: equal, signed by a quorum, and what the definitions give. */
export class CheckpointChecks {
  readonly #wire: Wire;
  readonly #committee: Committee;
  readonly #verifier: Verifier;
  readonly #report: Report;
  readonly #digests = new Map<Epoch, Digest>();
  readonly #checkpoints = new Map<Epoch, Checkpoint>();

  constructor(wire: Wire, committee: Committee, verifier: Verifier, report: Report) {
    this.#wire = wire;
    this.#committee = committee;
    this.#verifier = verifier;
    this.#report = report;
  }

  certified(
    lane: LaneId,
    checkpoint: Checkpoint,
    signatures: readonly CheckpointSignature[],
  ): void {
    const { epoch } = checkpoint;
    const digest = checkpointDigest(checkpoint);
    if ((this.#digests.get(epoch) ?? digest) !== digest) {
      this.#report('checkpoint', `epoch ${epoch}: lane ${lane} has another one`);
    }
    this.#digests.set(epoch, digest);
    this.#checkpoints.set(epoch, checkpoint);
    const signers = signatures.filter((signed) =>
      this.#verifier.verify({
        publicKey: this.#committee.publicKey(signed.lane),
        digest,
        signature: signed.signature,
      }),
    );
    if (new Set(signers.map((signed) => signed.lane)).size < this.#committee.quorum) {
      this.#report('checkpoint', `epoch ${epoch} of lane ${lane}: no quorum signed`);
    }
  }

  /** What correct lanes signed for an epoch must agree as well, certified or not. */
  signed(lane: LaneId, epoch: Epoch, digest: Digest): void {
    if ((this.#digests.get(epoch) ?? digest) !== digest) {
      this.#report('checkpoint', `epoch ${epoch}: lane ${lane} signs another one`);
    }
    this.#digests.set(epoch, digest);
  }

  finish(): void {
    const { reference } = this.#wire;
    const cuts = cutsIn(reference.model, { history: everything(reference.model) });
    const times = timesOf(reference.model, cuts);
    for (const [epoch, checkpoint] of this.#checkpoints) {
      const cut = cuts[epoch - 1];
      if (cut === undefined) {
        this.#report('checkpoint', `epoch ${epoch} was not decided`);
        continue;
      }
      const ledger = reference.ledgers.of(cut, epoch);
      const accepted = ledger.own.filter((outcome) => outcome.accepted).length;
      if (checkpoint.timeMs !== times[epoch - 1]) {
        this.#report('checkpoint', `epoch ${epoch}: another time`);
      } else if (
        checkpoint.acceptedCount !== accepted ||
        checkpoint.rejectedCount !== ledger.own.length - accepted
      ) {
        this.#report('checkpoint', `epoch ${epoch}: other counts`);
      } else if (checkpoint.cut !== cut.digest) {
        this.#report('checkpoint', `epoch ${epoch}: another cut`);
      } else if (checkpoint.txRoot !== txRootOf(ledger)) {
        this.#report('checkpoint', `epoch ${epoch}: another txRoot`);
      } else if (checkpoint.stateRoot !== stateRootOf(ledger.coins)) {
        this.#report('checkpoint', `epoch ${epoch}: another stateRoot`);
      }
      const before = this.#digests.get(epoch - 1);
      const linked = epoch === 1 || before === undefined || checkpoint.prev === before;
      if (!linked) this.#report('checkpoint', `epoch ${epoch} does not follow`);
    }
  }
}

/** timeMs of each checkpoint by its definition (PROTOCOL.md rule 6.11). */
function timesOf(model: Model, cuts: readonly Entry[]): number[] {
  const times: number[] = [];
  for (const [i, cut] of cuts.entries()) {
    const newest = activeLanes(model, cut, cuts[i - 1]).map((lane) => newestMs(model, cut, lane));
    const median = newest.sort((a, b) => a - b)[(newest.length - 1) >> 1] ?? 0;
    const before = times[i - 1] ?? 0;
    times.push(newest.length >= model.setting.quorum && median > before ? median : before + 1);
  }
  return times;
}

/** The latest time that a last block of one of the lane's branches in the cut gives. */
function newestMs(model: Model, cut: Entry, lane: LaneId): number {
  const own = model.entries.filter((entry) => entry.lane === lane && cut.history.has(entry.index));
  return Math.max(...own.map((entry) => entry.block.header.timeMs));
}

const REASON_NUMBERS = { 'input-spent': 1, 'parent-rejected': 2, 'stale-input': 3 } as const;

/** txRoot by its definition: outcomes sorted by txid, in a Merkle list. */
export function txRootOf(ledger: Ledger): Digest {
  const sorted = [...ledger.own].sort((a, b) => (a.txid < b.txid ? -1 : 1));
  return listRoot(sorted.map(leafOf));
}

function leafOf(outcome: Outcome): Digest {
  const txid = fromHex(outcome.txid)!;
  if (outcome.accepted) return taggedHash('outcome', txid, Uint8Array.of(0));
  const reason = Uint8Array.of(REASON_NUMBERS[outcome.reason]);
  return taggedHash('outcome', txid, reason, fromHex(outcome.winner)!);
}

export function everything(model: Model): Bits {
  const bits = new Bits();
  for (const entry of model.entries) bits.add(entry.index);
  return bits;
}

/** Every instance decides one value at most. */
export function checkDecisions(model: Model, report: Report): void {
  const history = everything(model);
  for (const epoch of model.votes.keys()) {
    const values = decisions(model, { history }, epoch);
    if (values.size > 1) report('decision', `epoch ${epoch}: ${values.size} values`);
  }
}

/** Unspent outputs and fees not paid out yet add up to what genesis made, after every epoch. */
export function checkConservation(model: Model, ledger: Ledger, report: Report): void {
  let made = 0n;
  for (const output of model.setting.genesis.values()) made += output.amount;
  let kept = ledger.carried;
  for (const coin of ledger.coins.values()) if (coin.spentBy === null) kept += coin.amount;
  if (kept !== made) report('conservation', `epoch ${ledger.epoch}: ${kept} of ${made}`);
}

/** At most one of two rivals has a clean verdict, is accepted; who is clean is seen by the other. */
export function checkRivals(model: Model, ledger: Ledger | undefined, report: Report): void {
  for (const txid of model.transactions.keys()) {
    for (const rival of model.rivals(txid)) {
      if (rival < txid) checkPair(model, ledger, txid, rival, report);
      checkVisibility(model, txid, rival, report);
    }
  }
}

function checkPair(
  model: Model,
  ledger: Ledger | undefined,
  a: Parameters<typeof depsIn>[1],
  b: Parameters<typeof depsIn>[1],
  report: Report,
): void {
  if (isClean(model, a) && isClean(model, b)) report('one-clean-rival', `${a} and ${b}`);
  const both = [a, b].every((txid) => ledger?.outcomes.get(txid)?.outcome.accepted === true);
  if (both) report('rivals-accepted', `ledger: ${a} and ${b}`);
}

function isClean(model: Model, txid: Parameters<typeof depsIn>[1]): boolean {
  return model.verdicts.get(txid)?.some((verdict) => verdict.clean) ?? false;
}

/** If t has a clean verdict and u has Q acks in H, then t is in deps(u,H). */
function checkVisibility(
  model: Model,
  t: Parameters<typeof depsIn>[1],
  u: Parameters<typeof depsIn>[1],
  report: Report,
): void {
  if (!isClean(model, t)) return;
  for (const { at } of model.verdicts.get(u) ?? []) {
    if (ackLanes(model, u, at.history).size < model.setting.quorum) continue;
    if (!depsIn(model, u, at.history).has(t)) report('visibility', `${t} in deps of ${u}`);
  }
}
