import type { PrivateKey } from '@libp2p/interface';
import { equalBytes } from '../std/bytes.ts';
import { RateLimit } from '../std/rate-limit.ts';
import { err, ok, type Result } from '../std/result.ts';
import type { LaneId } from '../types/ids.ts';
import { NETWORK_LIMITS, WIRE_LIMITS } from '../types/limits.ts';
import {
  isSealed,
  type MemberRecord,
  type RecordProblem,
  readRecord,
  sealRecord,
} from './records.ts';

export type Learned =
  | { readonly kind: 'new'; readonly record: MemberRecord }
  /** Not newer than what is known, or too soon after others: nothing was checked or changed. */
  | { readonly kind: 'known' }
  /** A record of ours, from an earlier life, that our present one does not replace: announce again. */
  | { readonly kind: 'own' };

/**
 * The newest record of each member. Only what the member's own key has sealed gets in, and not without pause: each is
 * told on by everybody to everybody.
 */
export class RecordBook {
  readonly #laneOf: (peerId: string) => LaneId | undefined;
  readonly #ownLane: LaneId | null;
  readonly #key: PrivateKey;
  readonly #domain: string;
  readonly #records = new Map<LaneId, MemberRecord>();
  readonly #pace: RateLimit;
  readonly #reads: RateLimit;
  #ownSeq = 0n;

  constructor(
    laneOf: (peerId: string) => LaneId | undefined,
    ownLane: LaneId | null,
    key: PrivateKey,
    domain: string,
    /** Monotonic milliseconds. */
    now: () => number = () => performance.now(),
  ) {
    const { recordsBurst, recordSpacingMs, recordReadsBurst, recordReadsPerSecond } =
      NETWORK_LIMITS;
    const addressesMax = WIRE_LIMITS.committeeMax.value;
    const perSecond = 1000 / recordSpacingMs.value;
    this.#pace = new RateLimit({ burst: recordsBurst.value, perSecond, addressesMax, now });
    this.#reads = new RateLimit({
      burst: recordReadsBurst.value,
      perSecond: recordReadsPerSecond.value,
      addressesMax,
      now,
    });
    this.#laneOf = laneOf;
    this.#ownLane = ownLane;
    this.#key = key;
    this.#domain = domain;
  }

  get(lane: LaneId): MemberRecord | undefined {
    return this.#records.get(lane);
  }

  all(): Uint8Array[] {
    return [...this.#records.values()].map((record) => record.bytes);
  }

  /** Is it worth reading? Most of what a member brings is here already, and to read what is not costs 0.3 ms. */
  reads(bytes: Uint8Array, teller: LaneId): boolean {
    for (const known of this.#records.values()) if (equalBytes(known.bytes, bytes)) return false;
    const isOver = this.#reads.retryAfterSeconds(`${teller}`) > 0;
    if (!isOver) this.#reads.charge(`${teller}`, 1);
    return !isOver;
  }

  /** The signature is checked last, and only when the record would be new. */
  async learn(bytes: Uint8Array): Promise<Result<Learned, RecordProblem>> {
    const read = readRecord(bytes, this.#laneOf);
    if (!read.ok) return read;
    const record = { ...read.value, bytes: bytes.slice() };
    if (!this.#isTaken(record)) return ok({ kind: 'known' });
    if (!(await isSealed(record.bytes, this.#domain))) return err('record-bad-signature');
    // Another one may have come while this was checked.
    if (!this.#isTaken(record)) return ok({ kind: 'known' });
    this.#pace.charge(`${record.lane}`, 1);
    if (record.lane === this.#ownLane) {
      this.#ownSeq = record.seq;
      return ok({ kind: 'own' });
    }
    this.#records.set(record.lane, record);
    return ok({ kind: 'new', record });
  }

  /**
   * Seals a record of our own that replaces every earlier one. Time makes the number, so that a restart
   * without memory still counts on; should the clock have gone back, a peer shows us the higher one.
   */
  async announce(lane: LaneId, addresses: readonly string[], nowMs: number): Promise<MemberRecord> {
    const seq = BigInt(Math.floor(nowMs));
    this.#ownSeq = seq > this.#ownSeq ? seq : this.#ownSeq + 1n;
    const record = await this.#sealed(lane, this.#ownSeq, addresses);
    this.#records.set(lane, record);
    return record;
  }

  /** With as many of the addresses as others take: who sends a longer record is disconnected by all. */
  async #sealed(lane: LaneId, seq: bigint, addresses: readonly string[]): Promise<MemberRecord> {
    const told = addresses.slice(0, NETWORK_LIMITS.recordAddressesMax.value);
    for (;;) {
      const bytes = await sealRecord(this.#key, this.#domain, seq, told);
      const isTaken = bytes.length <= NETWORK_LIMITS.recordBytesMax.value;
      if (isTaken) return { lane, seq, addresses: [...told], bytes };
      told.pop();
    }
  }

  #isTaken(record: MemberRecord): boolean {
    return this.#isNewer(record) && this.#pace.retryAfterSeconds(`${record.lane}`) === 0;
  }

  #isNewer(record: MemberRecord): boolean {
    const known =
      record.lane === this.#ownLane ? this.#ownSeq : this.#records.get(record.lane)?.seq;
    return known === undefined || record.seq > known;
  }
}
