import { proveOutcome } from '../ledger/outcomes.ts';
import { proveState, stateRoot } from '../ledger/state-tree.ts';
import { defined } from '../std/assert.ts';
import type { RecentMap } from '../std/recent-map.ts';
import type { DagNode } from '../types/dag.ts';
import type { Entry } from '../types/entry.ts';
import type { Problem } from '../types/errors.ts';
import type { Evidence } from '../types/evidence.ts';
import {
  type Epoch,
  type LaneId,
  type OutpointKey,
  parseOutpointKey,
  type TxId,
} from '../types/ids.ts';
import type { OutputProof, TransactionProof } from '../types/proof.ts';
import type { WaitingRoom } from './blocks/waiting-room.ts';
import type { Chronicle } from './chronicle.ts';
import type { Core } from './core.ts';
import type { Retention } from './generations/retention.ts';
import { maybeDropped } from './intake/door.ts';
import type { GivenUp } from './intake/doorway.ts';
import type { Intake } from './intake/intake.ts';
import { makeEvidence } from './misbehaviour.ts';
import type { Checkpoints } from './outcomes/checkpoints.ts';
import type { Peers } from './peers/peers.ts';
import { type StoredLedger, storedLedger } from './state-sync/snapshot.ts';
import type { LaneView, OutputView, Progress, ReplicaCounters, TxStatus } from './view.ts';

type Parts = {
  readonly checkpoints: Checkpoints;
  readonly intake: Intake;
  readonly room: WaitingRoom;
  readonly chronicle: Chronicle;
  readonly peers: Peers;
  /** Given-up transactions that are remembered, for whoever still asks. */
  readonly givenUp: RecentMap<TxId, GivenUp>;
  readonly retention: Retention;
};

/** Answers about the replica's state between two steps. Changes nothing. */
export class ReadModel {
  readonly #core: Core;
  readonly #parts: Parts;

  constructor(core: Core, parts: Parts) {
    this.#core = core;
    this.#parts = parts;
  }

  progress(): Pick<Progress, 'decided' | 'applied' | 'stable' | 'dropped'> {
    const { applied } = this.#core.cuts;
    const { checkpoints, retention } = this.#parts;
    const { dropped } = retention;
    return { decided: applied, applied, stable: checkpoints.stable, dropped };
  }

  counters(): ReplicaCounters {
    const { chronicle, intake, room, peers } = this.#parts;
    const { tally } = chronicle;
    return {
      submitted: tally.submitted,
      admittedTxs: tally.admittedTxs,
      finalClean: tally.finalClean,
      finalContested: tally.finalContested,
      rejectedTxs: tally.rejectedTxs,
      droppedTxs: tally.droppedTxs,
      admittedBlocks: tally.admittedBlocks,
      builtBlocks: tally.builtBlocks,
      refusedBlocks: tally.refusedBlocks,
      waitingBlocks: room.size,
      contested: this.#core.index.tracked.size,
      viewChanges: tally.viewChanges,
      pulls: peers.pulls,
      equivocations: tally.equivocations,
      mempoolTxs: intake.pool.size,
      mempoolBytes: intake.pool.bytes,
      orphans: intake.pool.orphanCount,
      uncheckpointedTxs: tally.uncheckpointed,
    };
  }

  lanes(): LaneView[] {
    return Array.from({ length: this.#core.graph.n }, (_, lane) => this.#lane(lane));
  }

  status(txid: TxId): TxStatus {
    const entry = this.#core.index.get(txid);
    if (entry !== undefined) return this.#statusOf(entry);
    const epoch = this.acceptedBefore(txid);
    if (epoch > 0) return { state: 'checkpointed', epoch };
    if (this.#parts.intake.holds(txid)) return { state: 'pending' };
    const given = this.#parts.givenUp.get(txid);
    if (given !== undefined) {
      const { problem, winner } = given;
      return { state: 'dropped', problem: this.explained(problem), winner };
    }
    const { dropped } = this.#parts.retention;
    return dropped === 0 ? { state: 'unknown' } : { state: 'unknown', dropped };
  }

  /** The dropped ledger that accepted it, known for as long as something of it is unspent; 0: none is known. */
  acceptedBefore(txid: TxId): Epoch {
    const { dropped } = this.#parts.retention;
    const epoch = dropped === 0 ? 0 : this.#core.coins.acceptedIn(txid);
    return epoch <= dropped ? epoch : 0;
  }

  /** Why a transaction was given up: no parent comes to what a dropped ledger has, either. */
  explained(why: Problem): Problem {
    const { dropped } = this.#parts.retention;
    if (dropped === 0 || why.code !== 'unknown-input') return why;
    return maybeDropped('no parent came', dropped);
  }

  transactionBytes(txid: TxId): Uint8Array | undefined {
    const entry = this.#core.index.get(txid);
    if (entry === undefined) return this.#parts.intake.pool.get(txid)?.bytes;
    return this.#core.index.transaction(entry).bytes;
  }

  output(key: OutpointKey): OutputView | undefined {
    const { coins, index, early } = this.#core;
    const coin = coins.get(key) ?? coins.spentBefore(key);
    const spentBy = early.spender(key) ?? coin?.spentBy ?? null;
    if (coin !== undefined) {
      return {
        amount: coin.amount,
        lock: coin.lock,
        state: spentBy === null ? 'unspent' : 'spent',
        acceptedEpoch: coin.acceptedEpoch,
        spentBy,
        spentEpoch: coin.spentBy === null ? null : coin.spentEpoch,
      };
    }
    const { txid, index: at } = parseOutpointKey(key);
    const entry = index.get(txid);
    const output = entry && index.transaction(entry).outputs[at];
    const outcome = entry && early.outcome(txid);
    if (output === undefined || outcome?.accepted === false) return undefined;
    const state = outcome == null ? 'pending' : spentBy === null ? 'unspent' : 'spent';
    return { ...output, state, acceptedEpoch: null, spentBy, spentEpoch: null };
  }

  transactionProof(txid: TxId): TransactionProof | undefined {
    const ledger = this.#core.index.get(txid)?.ledger ?? null;
    if (ledger === null) return undefined;
    const certificate = this.#parts.checkpoints.certificate(ledger.epoch);
    if (certificate === undefined) return undefined;
    const path = proveOutcome(this.#parts.checkpoints.outcomes(ledger.epoch), txid);
    return path && { certificate, outcome: ledger.outcome, path };
  }

  /** The state tree is that of the newest computed root: a proof exists while that one is certified. */
  outputProof(txid: TxId): OutputProof | undefined {
    const { checkpoints } = this.#parts;
    const { coins, options } = this.#core;
    const certificate = checkpoints.certificate(checkpoints.rooted);
    if (certificate === undefined) return undefined;
    // A root job that just ended may be ahead of what is certified.
    if (stateRoot(options.store) !== certificate.checkpoint.stateRoot) return undefined;
    const epoch = certificate.checkpoint.epoch;
    const content = coins.unspentAt(txid, epoch);
    const path = proveState(options.store, txid, (key) => coins.leafAt(key, epoch));
    return {
      certificate,
      txid,
      acceptedEpoch: content?.acceptedEpoch ?? null,
      unspent: content?.unspent ?? null,
      path,
    };
  }

  /** What leads from the state of epoch - 1 to that of `epoch`; undefined until that has a certificate. */
  ledger(epoch: Epoch): StoredLedger | undefined {
    const { coins, index, options } = this.#core;
    const { checkpoints } = this.#parts;
    return storedLedger(
      {
        ledgerId: options.ledgerId,
        coins,
        certificate: (of) => checkpoints.certificate(of),
        outcomes: (of) => checkpoints.outcomes(of),
        transaction: (txid) => {
          const entry = defined(index.get(txid), 'the ledger is indexed');
          return index.transaction(entry).bytes;
        },
      },
      epoch,
    );
  }

  /** Of each equivocating lane the first two blocks of one seq. */
  evidence(): Evidence[] {
    const { graph } = this.#core;
    const found: Evidence[] = [];
    for (let lane = 0; lane < graph.n; lane++) {
      const [first, second] = graph.forked(lane) ? graph.at(lane, graph.forkSeq(lane)) : [];
      if (first === undefined || second === undefined) continue;
      const proof = makeEvidence('equivocation', graph.block(first), graph.block(second));
      found.push(defined(proof, 'two blocks with one seq'));
    }
    return found;
  }

  #lane(lane: LaneId): LaneView {
    const { graph } = this.#core;
    const tip = graph.all.tips[lane] as number;
    const head: DagNode | null = tip === 0 ? null : graph.node(tip);
    return {
      lane,
      seq: head?.seq ?? 0,
      head: head?.digest ?? null,
      headTimeMs: head?.timeMs ?? 0,
      certified: graph.all.certified[lane] as number,
      final: this.#parts.chronicle.finality.final(lane),
      equivocates: graph.forked(lane),
      waiting: this.#parts.room.sizeOf(lane),
    };
  }

  #statusOf(entry: Entry): TxStatus {
    const outcome = entry.ledger?.outcome ?? entry.early;
    if (outcome === null) {
      return { state: 'admitted', rivals: [...(entry.tracking?.rivals ?? [])].sort() };
    }
    const epoch = entry.ledger?.epoch ?? null;
    if (!outcome.accepted) {
      return { state: 'rejected', reason: outcome.reason, winner: outcome.winner, epoch };
    }
    const { checkpoints } = this.#parts;
    if (epoch !== null && (epoch <= checkpoints.stable || checkpoints.certificate(epoch))) {
      return { state: 'checkpointed', epoch };
    }
    return { state: 'final', path: entry.path ?? 'clean' };
  }
}
