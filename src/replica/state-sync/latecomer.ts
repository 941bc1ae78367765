import { decodeCertificate } from '../../codec/checkpoint.ts';
import { decodeSnapshotPage } from '../../codec/snapshot.ts';
import { unspentLeaf } from '../../ledger/coins.ts';
import { type Trust, verifyCertificate } from '../../ledger/proofs.ts';
import { RecomputedRoot } from '../../ledger/recomputed-root.ts';
import { err, ok, type Result } from '../../std/result.ts';
import type { Genesis } from '../../types/genesis.ts';
import type { LaneId, TxId } from '../../types/ids.ts';
import type { Certificate } from '../../types/ledger.ts';
import { NODE_LIMITS } from '../../types/limits.ts';
import type { PeerMessage } from '../../types/message.ts';
import type { Outbound, PeerId } from '../effects.ts';
import { generationAfter } from './beginning.ts';

export type LateMessage = Extract<PeerMessage, { kind: 'gone' | 'page' }>;

/** What the host does for it, in this order. */
export type LateAction =
  | { readonly kind: 'send'; readonly outbound: Outbound }
  /** Pages of the state with which this generation begins are to come; what came of another one is worth nothing. */
  | { readonly kind: 'begin'; readonly generation: number }
  | { readonly kind: 'page'; readonly bytes: Uint8Array }
  /** They are all, and right: everything is to begin with them. */
  | { readonly kind: 'finish'; readonly generation: number; readonly certificate: Uint8Array };

export type LatecomerParts = {
  readonly genesis: Genesis;
  readonly trust: Trust;
  /** The generation that one is in. */
  readonly current: () => number;
  /** An answer is expected within this time. */
  readonly patienceMs: number;
  /** Of the first transfer of a lane. Default: NODE_LIMITS.lateStateBytesMax. */
  readonly bytesMax?: number;
};

/** What a lane says that it begins with. */
type Claim = {
  readonly generation: number;
  readonly bytes: Uint8Array;
  readonly certificate: Certificate;
};

type Transfer = {
  readonly lane: LaneId;
  readonly claim: Claim;
  readonly root: RecomputedRoot;
  /** The last transaction that came. */
  last: TxId | null;
  /** Behind which the page that was asked for begins. */
  after: TxId | null;
  untilMs: number;
  /** When all of it should be there. */
  readonly endMs: number;
  bytesLeft: number;
};

/** Which turn was the last one of a lane, and how many times the bounds it has at its next. */
type Turn = { readonly last: number; readonly factor: number };

/** The first transfer of a lane may take so many times the patience. */
const TRANSFER_PATIENCE = 32;

/**
 * Who was away for longer than others keep generations gets the state of a stop checkpoint instead (PROTOCOL.md
 * rule 9.10). f + 1 lanes have to say that they have dropped the generation: while fewer do, a correct one
 * still serves it, and nobody can send a validator round by himself. What it gets it believes for the Q
 * signatures of the certificate alone, which do not say how long it is: lanes give it in turns, each within bounds
 * that double for a lane that had too little of them. So who trickles or gives too much wins time for its own turns only.
 */
export class Latecomer {
  readonly #parts: LatecomerParts;
  readonly #claims = new Map<LaneId, Claim>();
  /** They gave what is wrong: nothing of theirs is looked at any more. */
  readonly #liars = new Set<LaneId>();
  readonly #turns = new Map<LaneId, Turn>();
  #asked = 0;
  #transfer: Transfer | null = null;
  #isDone = false;

  constructor(parts: LatecomerParts) {
    this.#parts = parts;
  }

  /** When `tick` has something to do; null: nothing is under way. */
  get wakeAtMs(): number | null {
    return this.#transfer === null ? null : Math.min(this.#transfer.untilMs, this.#transfer.endMs);
  }

  message(from: PeerId, message: LateMessage, nowMs: number): LateAction[] {
    if (from.kind !== 'lane' || this.#isDone || this.#liars.has(from.lane)) return [];
    if (message.kind === 'page') return this.#page(from.lane, message, nowMs);
    this.#claim(from.lane, message);
    const transfer = this.#transfer;
    if (transfer === null) return this.#ask(nowMs);
    const claim = this.#claims.get(transfer.lane);
    if (claim === undefined || claim === transfer.claim) return this.tick(nowMs);
    // Who gives the state has dropped that one, too: its turn goes on with the one that it has now.
    return this.#begin({ ...transfer, ...fresh(claim) }, nowMs);
  }

  /** Who does not answer in time, or trickles, is asked again after all the others. */
  tick(nowMs: number): LateAction[] {
    if (this.#transfer === null || nowMs < (this.wakeAtMs ?? 0)) return [];
    return nowMs >= this.#transfer.endMs ? this.#exceeded(nowMs) : this.#ask(nowMs);
  }

  #claim(lane: LaneId, { generation, certificate: bytes }: Extract<LateMessage, { kind: 'gone' }>) {
    const known = this.#claims.get(lane);
    if (generation <= this.#parts.current() || generation <= (known?.generation ?? 0)) return;
    const certificate = this.#certified(generation, bytes);
    if (certificate.ok)
      this.#claims.set(lane, { generation, bytes, certificate: certificate.value });
    else this.#liars.add(lane);
  }

  #certified(generation: number, bytes: Uint8Array): Result<Certificate, string> {
    const { genesis, trust } = this.#parts;
    const decoded = decodeCertificate(bytes);
    if (!decoded.ok) return decoded;
    const begins = generationAfter(decoded.value, genesis);
    if (!begins.ok) return begins;
    if (begins.value !== generation) return err('of another generation');
    const verified = verifyCertificate(decoded.value, trust);
    return verified.ok ? ok(decoded.value) : verified;
  }

  #ask(nowMs: number): LateAction[] {
    const late = [...this.#claims].filter(
      ([lane, { generation }]) => generation > this.#parts.current() && !this.#liars.has(lane),
    );
    this.#transfer = null;
    if (late.length <= this.#parts.trust.committee.f) return [];
    late.sort(
      ([a, x], [b, y]) => this.#turn(a).last - this.#turn(b).last || y.generation - x.generation,
    );
    const [lane, claim] = late[0] as [LaneId, Claim];
    const turn = this.#turn(lane);
    this.#asked += 1;
    this.#turns.set(lane, { ...turn, last: this.#asked });
    const { patienceMs, bytesMax = NODE_LIMITS.lateStateBytesMax.value } = this.#parts;
    const endMs = nowMs + turn.factor * TRANSFER_PATIENCE * patienceMs;
    const bytesLeft = turn.factor * bytesMax;
    return this.#begin({ lane, ...fresh(claim), endMs, bytesLeft }, nowMs);
  }

  #begin(transfer: Transfer, nowMs: number): LateAction[] {
    this.#transfer = transfer;
    const { generation } = transfer.claim;
    return [{ kind: 'begin', generation }, this.#want(transfer, nowMs)];
  }

  #turn(lane: LaneId): Turn {
    return this.#turns.get(lane) ?? { last: 0, factor: 1 };
  }

  /** It needs more, or wants to hold everybody up. */
  #exceeded(nowMs: number): LateAction[] {
    const { lane } = this.#transfer as Transfer;
    const { last, factor } = this.#turn(lane);
    this.#turns.set(lane, { last, factor: 2 * factor });
    return this.#ask(nowMs);
  }

  #want(transfer: Transfer, nowMs: number): LateAction {
    transfer.untilMs = nowMs + this.#parts.patienceMs;
    const { lane, claim, after } = transfer;
    const { epoch } = claim.certificate.checkpoint;
    const to: PeerId = { kind: 'lane', lane };
    return { kind: 'send', outbound: { to, message: { kind: 'state', epoch, after } } };
  }

  #page(
    lane: LaneId,
    { epoch, after, next, bytes }: Extract<LateMessage, { kind: 'page' }>,
    nowMs: number,
  ): LateAction[] {
    const transfer = this.#transfer;
    if (transfer === null || transfer.lane !== lane || transfer.after !== after) return [];
    if (transfer.claim.certificate.checkpoint.epoch !== epoch) return [];
    transfer.bytesLeft -= bytes.length;
    if (transfer.bytesLeft < 0) return this.#exceeded(nowMs);
    const isTaken = this.#take(transfer, bytes) && (next === null || next > (after ?? ''));
    if (!isTaken) return this.#lied(lane, nowMs);
    const page: LateAction = { kind: 'page', bytes };
    if (next !== null) {
      transfer.after = next;
      return [page, this.#want(transfer, nowMs)];
    }
    const { generation, certificate, bytes: encoded } = transfer.claim;
    if (transfer.root.finish() !== certificate.checkpoint.stateRoot) return this.#lied(lane, nowMs);
    this.#transfer = null;
    this.#isDone = true;
    return [page, { kind: 'finish', generation, certificate: encoded }];
  }

  #take(transfer: Transfer, bytes: Uint8Array): boolean {
    const leaves = decodeSnapshotPage(bytes);
    if (!leaves.ok) return false;
    for (const { txid, acceptedEpoch, unspent } of leaves.value) {
      if (txid <= (transfer.last ?? '') || unspent.length === 0) return false;
      transfer.last = txid;
      transfer.root.add(txid, unspentLeaf(acceptedEpoch, unspent));
    }
    return true;
  }

  #lied(lane: LaneId, nowMs: number): LateAction[] {
    this.#liars.add(lane);
    return this.#ask(nowMs);
  }
}

/** Nothing of it has come. */
function fresh(claim: Claim) {
  return { claim, root: new RecomputedRoot(), last: null, after: null, untilMs: 0 };
}
