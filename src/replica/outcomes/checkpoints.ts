import {
  checkpointDigest,
  decodeCertificate,
  encodeCertificate,
  readCheckpoint,
  writeCheckpoint,
} from '../../codec/checkpoint.ts';
import { genesisTxids, paramsDigest } from '../../codec/genesis.ts';
import { readList, writeList } from '../../codec/list.ts';
import type { Reader } from '../../codec/reader.ts';
import type { Writer } from '../../codec/writer.ts';
import { SIGNATURE_BYTES } from '../../crypto/secp256k1.ts';
import { createCheckpoint, type Predecessor, type Roots } from '../../ledger/checkpoint.ts';
import type { Coins } from '../../ledger/coins.ts';
import { decodeOutcomes, encodeOutcomes } from '../../ledger/outcome-record.ts';
import { outcomeRoot } from '../../ledger/outcomes.ts';
import { updateState } from '../../ledger/state-tree.ts';
import { assert, defined } from '../../std/assert.ts';
import { RecentMap } from '../../std/recent-map.ts';
import type { Vote } from '../../types/block.ts';
import type { DagNode } from '../../types/dag.ts';
import type { Digest, Epoch, LaneId } from '../../types/ids.ts';
import type { Certificate, Checkpoint, CheckpointSignature, Outcome } from '../../types/ledger.ts';
import type { Start } from '../generations/start.ts';
import type { ReplicaOptions } from '../replica-options.ts';
import type { Applied } from './cutter.ts';
import { certificateKey, outcomesKey } from './epoch-keys.ts';

/** Certificates that are kept decoded. */
const RECENT_MAX = 64;
/** The least that a checkpoint, or a signature of one, takes in a savepoint. */
const CHECKPOINT_BYTES = 100;
const SIGNED_BYTES = 38 + SIGNATURE_BYTES;

type Stored = { readonly certificate: Certificate; readonly digest: Digest };
type Pending = Pick<Applied, 'closed' | 'touched'> & { readonly coins: Coins };

/** What signatures of checkpoints have led to. */
export type Certified = {
  readonly certificate: Certificate | null;
  /** Those that are certain now: its own, and at the end of a generation those left before it. */
  readonly epochs: readonly Epoch[];
  /** A quorum has signed another checkpoint than this ledger has. */
  readonly diverged: boolean;
};
const NOTHING: Certified = { certificate: null, epochs: [], diverged: false };

/**
 * Checkpoints on their way from a closed epoch to a certificate (PROTOCOL.md rules 6.11, 6.12). They go on
 * through generations: a stop checkpoint is signed in blocks of the next one.
 */
export class Checkpoints {
  readonly #options: ReplicaOptions;
  /** Closed, roots not computed. */
  readonly #pending = new Map<Epoch, Pending>();
  /** Computed, not certified. */
  readonly #open = new Map<Epoch, { checkpoint: Checkpoint; digest: Digest }>();
  readonly #signatures = new Map<Epoch, Map<Digest, Map<LaneId, Uint8Array>>>();
  /** Of the store, decoded: the newest are asked for with every transaction and at every tick. */
  readonly #recent = new RecentMap<Epoch, Stored>(RECENT_MAX);
  #last: Predecessor;
  #rooted: Epoch;
  #stable: Epoch;

  constructor(options: ReplicaOptions, start: Start) {
    this.#options = options;
    this.#last = start;
    this.#rooted = start.epoch;
    this.#stable = start.epoch;
  }

  /** Epochs with a certificate, their own or that of the stop checkpoint which rests on them. */
  get stable(): Epoch {
    return this.#stable;
  }

  /** Epochs whose roots are computed. */
  get rooted(): Epoch {
    return this.#rooted;
  }

  /** The newest checkpoint whose roots are computed. */
  get last(): Predecessor {
    return this.#last;
  }

  /** Closed epochs whose roots are still being computed. */
  get unrooted(): number {
    return this.#pending.size;
  }

  close({ closed, touched }: Applied, coins: Coins): void {
    this.#pending.set(closed.epoch, { closed, touched, coins });
    this.#options.store.put(outcomesKey(closed.epoch), encodeOutcomes(closed.outcomes));
  }

  /** The work of a root job, in slices. One job at a time, in the order of epochs. */
  *rootWork(epoch: Epoch): Generator<void, Roots> {
    const { store, genesis, ledgerId } = this.#options;
    const { closed, touched, coins } = defined(this.#pending.get(epoch), 'the epoch is closed');
    assert(epoch === this.#rooted + 1, 'roots are computed in order');
    // Those of genesis enter the state tree with the first epoch.
    const changes = yield* coins.leavesAt(
      epoch === 1 ? [...genesisTxids(genesis, ledgerId), ...touched] : touched,
      epoch,
    );
    const txRoot = yield* outcomeRoot(closed.outcomes);
    return { txRoot, stateRoot: yield* updateState(store, changes) };
  }

  /** A root job is done. */
  complete(epoch: Epoch, roots: Roots): Certified {
    const options = this.#options;
    const { closed } = defined(this.#pending.get(epoch), 'the epoch is closed');
    assert(epoch === this.#rooted + 1, 'roots are computed in order');
    this.#pending.delete(epoch);
    const chain = {
      ledgerId: options.ledgerId,
      committee: 0,
      paramsDigest: paramsDigest(options.genesis.params),
      quorum: options.committee.quorum,
    };
    const checkpoint = createCheckpoint(chain, this.#last, closed, roots);
    const digest = checkpointDigest(checkpoint);
    this.#last = { digest, timeMs: checkpoint.timeMs };
    this.#rooted = epoch;
    this.#open.set(epoch, { checkpoint, digest });
    return this.#certify(epoch);
  }

  /**
   * Digest of a checkpoint whose roots are computed; for the seeds of buckets. That before a stop checkpoint
   * with which everything begins here is only named by it.
   */
  digest(epoch: Epoch): Digest | undefined {
    if (epoch < 1) return undefined;
    const open = this.#open.get(epoch);
    if (open !== undefined) return open.digest;
    return this.#stored(epoch)?.digest ?? this.#stored(epoch + 1)?.certificate.checkpoint.prev;
  }

  /** The checkpoint votes of a block that was just admitted. */
  count(node: DagNode): Certified[] {
    const results: Certified[] = [];
    for (const vote of node.votes) {
      if (vote.kind !== 'checkpoint' || vote.epoch <= this.#stable) continue;
      this.#note(vote.epoch, vote.checkpoint, node.lane, vote.signature);
      results.push(this.#certify(vote.epoch));
    }
    return results;
  }

  /**
   * The own signatures that the next block should carry: those after `signed`, the last one of its chain,
   * up to `decided`. A chain that has signed none begins with what has no certificate.
   */
  votes(signed: Epoch, decided: Epoch, most: number): Vote[] {
    const votes: Vote[] = [];
    const signer = this.#options.signer;
    const first = signed === 0 ? this.#stable + 1 : signed + 1;
    for (let epoch = first; epoch <= Math.min(this.#rooted, decided); epoch++) {
      const checkpoint = this.digest(epoch);
      if (signer === null || votes.length >= most) break;
      // One without certificate that a stop checkpoint stands for needs no signature any more.
      if (checkpoint === undefined) continue;
      votes.push({ kind: 'checkpoint', epoch, checkpoint, signature: signer.sign(checkpoint) });
    }
    return votes;
  }

  certificate(epoch: Epoch): Certificate | undefined {
    return this.#stored(epoch)?.certificate;
  }

  /** The ledger of an epoch, sorted by txid. */
  outcomes(epoch: Epoch): readonly Outcome[] {
    const bytes = this.#options.store.get(outcomesKey(epoch));
    return bytes === undefined ? [] : decodeOutcomes(bytes);
  }

  /** What the store does not have; not while roots are being computed. */
  save(writer: Writer): void {
    assert(this.unrooted === 0, 'roots are being computed');
    writer.digest(this.#last.digest);
    writer.u48(this.#last.timeMs);
    writer.u32(this.#rooted);
    writer.u32(this.#stable);
    writeList(writer, [...this.#open.values()], (to, each) => writeCheckpoint(to, each.checkpoint));
    const said = [...this.#signatures].flatMap(([epoch, byDigest]) =>
      [...byDigest].flatMap(([checkpoint, byLane]) =>
        [...byLane].map(([lane, signature]) => ({ epoch, checkpoint, lane, signature })),
      ),
    );
    writeList(writer, said, (to, { epoch, checkpoint, lane, signature }) => {
      to.u32(epoch);
      to.digest(checkpoint);
      to.u16(lane);
      to.raw(signature);
    });
  }

  load(reader: Reader): void {
    this.#last = { digest: reader.digest(), timeMs: reader.u48() };
    this.#rooted = reader.u32();
    this.#stable = reader.u32();
    for (const checkpoint of readList(reader, CHECKPOINT_BYTES, readCheckpoint)) {
      this.#open.set(checkpoint.epoch, { checkpoint, digest: checkpointDigest(checkpoint) });
    }
    readList(reader, SIGNED_BYTES, (from) =>
      this.#note(from.u32(), from.digest(), from.u16(), from.raw(SIGNATURE_BYTES)),
    );
  }

  #note(epoch: Epoch, checkpoint: Digest, lane: LaneId, signature: Uint8Array): void {
    const byDigest = this.#signatures.get(epoch) ?? new Map<Digest, Map<LaneId, Uint8Array>>();
    this.#signatures.set(epoch, byDigest);
    const byLane = byDigest.get(checkpoint) ?? new Map<LaneId, Uint8Array>();
    byDigest.set(checkpoint, byLane);
    byLane.set(lane, signature);
  }

  #stored(epoch: Epoch): Stored | undefined {
    const recent = this.#recent.get(epoch);
    if (recent !== undefined) return recent;
    const bytes = this.#options.store.get(certificateKey(epoch));
    if (bytes === undefined) return undefined;
    const decoded = decodeCertificate(bytes);
    assert(decoded.ok, 'the store returns what was put');
    const certificate = decoded.value;
    const stored = { certificate, digest: checkpointDigest(certificate.checkpoint) };
    this.#recent.set(epoch, stored);
    return stored;
  }

  #certify(epoch: Epoch): Certified {
    const open = this.#open.get(epoch);
    const byDigest = this.#signatures.get(epoch);
    if (open === undefined || byDigest === undefined) return NOTHING;
    const { quorum } = this.#options.committee;
    for (const [digest, byLane] of byDigest) {
      if (byLane.size < quorum) continue;
      if (digest !== open.digest) return { ...NOTHING, diverged: true };
      const certificate = { checkpoint: open.checkpoint, signatures: ascending(byLane) };
      this.#options.store.put(certificateKey(epoch), encodeCertificate(certificate));
      this.#open.delete(epoch);
      this.#signatures.delete(epoch);
      const { generationEpochs } = this.#options.genesis.params;
      const closes = generationEpochs !== undefined && epoch % generationEpochs === 0;
      const epochs = closes ? [...this.#closeUpTo(epoch), epoch] : [epoch];
      while (this.certificate(this.#stable + 1) !== undefined) this.#stable++;
      return { certificate, epochs, diverged: false };
    }
    return NOTHING;
  }

  /**
   * The stop checkpoint of a generation rests on those before it. Whose certificates are missing then stay
   * so: their signatures may stand in blocks of the generation that nobody gives out any more.
   */
  #closeUpTo(stop: Epoch): Epoch[] {
    const open = [...this.#open.keys()].filter((epoch) => epoch < stop);
    for (const epoch of open) {
      this.#open.delete(epoch);
      this.#signatures.delete(epoch);
    }
    this.#stable = Math.max(this.#stable, stop);
    return open;
  }
}

function ascending(byLane: ReadonlyMap<LaneId, Uint8Array>): CheckpointSignature[] {
  return [...byLane]
    .map(([lane, signature]) => ({ lane, signature }))
    .sort((a, b) => a.lane - b.lane);
}
