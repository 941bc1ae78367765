import { checkpointDigest } from '../../codec/checkpoint.ts';
import type { Committee } from '../../committee/committee.ts';
import type { Digest, Epoch, LaneId } from '../../types/ids.ts';
import type { Checkpoint, CheckpointSignature } from '../../types/ledger.ts';
import type { Verifier } from '../../types/signature.ts';
import { timesOf, txRootOf } from '../reference/checkpoint.ts';
import { cutsIn, decisions } from '../reference/consensus.ts';
import type { Ledger } from '../reference/ledger.ts';
import type { Model } from '../reference/model.ts';
import { ackLanes, depsIn, everything } from '../reference/model.ts';
import { stateRootOf } from '../reference/state-root.ts';
import type { Report } from './names.ts';
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
  const both = cleanGenerations(model, a).filter((number) =>
    cleanGenerations(model, b).includes(number),
  );
  if (both.length > 0) report('one-clean-rival', `${a} and ${b}`);
  const accepted = [a, b].every((txid) => ledger?.outcomes.get(txid)?.outcome.accepted === true);
  if (accepted) report('rivals-accepted', `ledger: ${a} and ${b}`);
}

/** The generations in which the transaction has a clean verdict: a void one may get others later. */
function cleanGenerations(model: Model, txid: Parameters<typeof depsIn>[1]): number[] {
  const clean = model.verdicts.get(txid)?.filter((verdict) => verdict.clean) ?? [];
  return clean.map(({ at }) => at.generation);
}

/** If t has a clean verdict and u has Q acks in H, then t is in deps(u,H). */
function checkVisibility(
  model: Model,
  t: Parameters<typeof depsIn>[1],
  u: Parameters<typeof depsIn>[1],
  report: Report,
): void {
  const generations = cleanGenerations(model, t);
  for (const { at } of model.verdicts.get(u) ?? []) {
    if (!generations.includes(at.generation)) continue;
    if (ackLanes(model, u, at.history).size < model.setting.quorum) continue;
    if (!depsIn(model, u, at.history).has(t)) report('visibility', `${t} in deps of ${u}`);
  }
}
