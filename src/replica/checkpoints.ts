import { checkpointDigest, decodeCertificate, encodeCertificate } from '../codec/checkpoint.ts';
import { paramsDigest } from '../codec/genesis.ts';
import { type ClosedEpoch, createCheckpoint, type Roots } from '../ledger/checkpoint.ts';
import { decodeOutcomes, encodeOutcomes } from '../ledger/outcome-record.ts';
import { outcomeRoot } from '../ledger/outcomes.ts';
import { updateState } from '../ledger/state-tree.ts';
import { assert, defined } from '../std/assert.ts';
import { RecentMap } from '../std/recent-map.ts';
import type { Vote } from '../types/block.ts';
import type { DagNode } from '../types/dag.ts';
import type { Digest, Epoch, LaneId, TxId } from '../types/ids.ts';
import type { Certificate, Checkpoint, CheckpointSignature, Outcome } from '../types/ledger.ts';
import type { Core } from './core.ts';
import type { Applied } from './cutter.ts';
import { certificateKey, outcomesKey } from './epoch-keys.ts';

/** Certificates that are kept decoded. */
const RECENT_MAX = 64;

type Stored = { readonly certificate: Certificate; readonly digest: Digest };
type Pending = { readonly closed: ClosedEpoch; readonly touched: readonly TxId[] };

/** Checkpoints on their way from a closed epoch to a certificate (PROTOCOL.md rules 6.11, 6.12). */
export class Checkpoints {
  readonly #core: Core;
  /** Closed, roots not computed. */
  readonly #pending = new Map<Epoch, Pending>();
  /** Computed, not certified. */
  readonly #open = new Map<Epoch, { checkpoint: Checkpoint; digest: Digest }>();
  readonly #signatures = new Map<Epoch, Map<Digest, Map<LaneId, Uint8Array>>>();
  /** Of the store, decoded: the newest are asked for with every transaction and at every tick. */
  readonly #recent = new RecentMap<Epoch, Stored>(RECENT_MAX);
  #last: { readonly digest: Digest; readonly timeMs: number };
  #rooted: Epoch = 0;
  #stable: Epoch = 0;

  constructor(core: Core) {
    this.#core = core;
    this.#last = { digest: core.options.ledgerId, timeMs: 0 };
  }

  /** Epochs with a certificate, without a gap. */
  get stable(): Epoch {
    return this.#stable;
  }

  /** Epochs whose roots are computed. */
  get rooted(): Epoch {
    return this.#rooted;
  }

  close({ closed, touched }: Applied): void {
    this.#pending.set(closed.epoch, { closed, touched });
    this.#core.options.store.put(outcomesKey(closed.epoch), encodeOutcomes(closed.outcomes));
  }

  /** The work of a root job, in slices. One job at a time, in the order of epochs. */
  *rootWork(epoch: Epoch): Generator<void, Roots> {
    const { store } = this.#core.options;
    const { closed, touched } = defined(this.#pending.get(epoch), 'the epoch is closed');
    assert(epoch === this.#rooted + 1, 'roots are computed in order');
    const { coins, genesisTxids } = this.#core;
    const changes = yield* coins.leavesAt(
      epoch === 1 ? [...genesisTxids(), ...touched] : touched,
      epoch,
    );
    const txRoot = outcomeRoot(closed.outcomes);
    yield;
    return { txRoot, stateRoot: yield* updateState(store, changes) };
  }

  /** A root job is done. True if the checkpoint contradicts what a quorum has signed. */
  complete(epoch: Epoch, roots: Roots): { certified: Certificate | null; diverged: boolean } {
    const { options } = this.#core;
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

  /** Digest of a checkpoint whose roots are computed; for the seeds of buckets. */
  digest(epoch: Epoch): Digest | undefined {
    if (epoch < 1) return undefined;
    const open = this.#open.get(epoch);
    if (open !== undefined) return open.digest;
    return this.#stored(epoch)?.digest;
  }

  /** The checkpoint votes of a block that was just admitted. */
  count(node: DagNode): { certified: Certificate | null; diverged: boolean }[] {
    const results: { certified: Certificate | null; diverged: boolean }[] = [];
    for (const vote of node.votes) {
      if (vote.kind !== 'checkpoint' || vote.epoch <= this.#stable) continue;
      const byDigest = this.#signatures.get(vote.epoch) ?? new Map();
      this.#signatures.set(vote.epoch, byDigest);
      const byLane = byDigest.get(vote.checkpoint) ?? new Map();
      byDigest.set(vote.checkpoint, byLane);
      byLane.set(node.lane, vote.signature);
      results.push(this.#certify(vote.epoch));
    }
    return results;
  }

  /** The own signatures that the next block should carry: those after `signed`, up to `decided`. */
  votes(signed: Epoch, decided: Epoch, most: number): Vote[] {
    const votes: Vote[] = [];
    const signer = this.#core.options.signer;
    for (let epoch = signed + 1; epoch <= Math.min(this.#rooted, decided); epoch++) {
      const checkpoint = this.digest(epoch);
      if (signer === null || checkpoint === undefined || votes.length >= most) break;
      votes.push({ kind: 'checkpoint', epoch, checkpoint, signature: signer.sign(checkpoint) });
    }
    return votes;
  }

  certificate(epoch: Epoch): Certificate | undefined {
    return this.#stored(epoch)?.certificate;
  }

  /** The ledger of an epoch, sorted by txid. */
  outcomes(epoch: Epoch): readonly Outcome[] {
    const bytes = this.#core.options.store.get(outcomesKey(epoch));
    return bytes === undefined ? [] : decodeOutcomes(bytes);
  }

  #stored(epoch: Epoch): Stored | undefined {
    const recent = this.#recent.get(epoch);
    if (recent !== undefined) return recent;
    const bytes = this.#core.options.store.get(certificateKey(epoch));
    if (bytes === undefined) return undefined;
    const decoded = decodeCertificate(bytes);
    assert(decoded.ok, 'the store returns what was put');
    const certificate = decoded.value;
    const stored = { certificate, digest: checkpointDigest(certificate.checkpoint) };
    this.#recent.set(epoch, stored);
    return stored;
  }

  #certify(epoch: Epoch): { certified: Certificate | null; diverged: boolean } {
    const open = this.#open.get(epoch);
    const byDigest = this.#signatures.get(epoch);
    if (open === undefined || byDigest === undefined) return { certified: null, diverged: false };
    const { quorum } = this.#core.options.committee;
    for (const [digest, byLane] of byDigest) {
      if (byLane.size < quorum) continue;
      if (digest !== open.digest) return { certified: null, diverged: true };
      const certificate = { checkpoint: open.checkpoint, signatures: ascending(byLane) };
      this.#core.options.store.put(certificateKey(epoch), encodeCertificate(certificate));
      this.#open.delete(epoch);
      this.#signatures.delete(epoch);
      while (this.certificate(this.#stable + 1) !== undefined) this.#stable++;
      return { certified: certificate, diverged: false };
    }
    return { certified: null, diverged: false };
  }
}

function ascending(byLane: ReadonlyMap<LaneId, Uint8Array>): CheckpointSignature[] {
  return [...byLane]
    .map(([lane, signature]) => ({ lane, signature }))
    .sort((a, b) => a.lane - b.lane);
}
