import { genesisCoins } from '../codec/genesis.ts';
import { ConsensusRules, type Span } from '../consensus/rules.ts';
import { VoteBook } from '../consensus/vote-book.ts';
import { Archive } from '../dag/archive.ts';
import { Graph } from '../dag/graph.ts';
import { Soundness } from '../dag/soundness.ts';
import { Acks } from '../dependency/acks.ts';
import { Settlement } from '../dependency/settlement.ts';
import { TxIndex } from '../dependency/tx-index.ts';
import { EarlyExecution } from '../execution/early.ts';
import { Coins } from '../ledger/coins.ts';
import { defined } from '../std/assert.ts';
import { runToEnd } from '../std/slices.ts';
import type { Block } from '../types/block.ts';
import type { NodeId } from '../types/dag.ts';
import type { LaneId, OutpointKey, TxId } from '../types/ids.ts';
import { generationArchive, generationTables } from './generations/generation-tables.ts';
import { type Start, spanOf } from './generations/start.ts';
import { witnessChecks } from './ingress.ts';
import { CutLog } from './outcomes/cut-log.ts';
import type { ReplicaOptions } from './replica-options.ts';

/** Nodes and blocks in memory; older ones are read back from the store and the journal. */
const NODE_WINDOW = 8192;

/** The protocol's parts, wired: what admission, finality, cuts and the builder all work on. */
export type Core = {
  readonly options: ReplicaOptions;
  readonly start: Start;
  readonly span: Span;
  readonly graph: Graph;
  readonly soundness: Soundness;
  readonly index: TxIndex;
  readonly acks: Acks;
  readonly settlement: Settlement;
  readonly book: VoteBook;
  readonly rules: ConsensusRules;
  readonly cuts: CutLog;
  readonly coins: Coins;
  readonly early: EarlyExecution;
};

export function createCore(options: ReplicaOptions, start: Start): Core {
  const { committee, store } = options;
  const span = spanOf(start, options);
  const ends = span.stop !== Infinity;
  const tables = ends ? generationTables(store, start) : store;
  const archive = new Archive(tables, generationArchive(options.archive, start));
  const window = options.nodeWindow ?? NODE_WINDOW;
  const graph = new Graph(committee.n, committee.quorum, archive, window);
  const coins = new Coins(store, start.epoch);
  const ledgerSpender = (key: OutpointKey): TxId | null => coins.get(key)?.spentBy ?? null;
  const soundness = createSoundness(options, graph, (id) => index.remove(id));
  const index: TxIndex = new TxIndex(graph, tables, ledgerSpender, soundness);
  const acks = new Acks(graph, (txid) => index.get(txid));
  const settlement = new Settlement(graph, index, acks, soundness);
  const cuts = new CutLog(start.epoch);
  const book = new VoteBook(graph, tables);
  const isShared = options.genesis.params.sharedChecks === true;
  const rules = new ConsensusRules(graph, book, cuts, span, isShared);
  const early = new EarlyExecution({
    entry: (txid) => index.get(txid),
    transaction: (entry) => index.transaction(entry),
    ledgerSpender,
  });
  const { genesis, ledgerId } = options;
  if (start.epoch === 0 && options.genesisStored !== true) {
    coins.loadGenesis(genesisCoins(genesis, ledgerId));
    runToEnd(coins.flush());
  }
  const state = { cuts, coins, early };
  return { options, start, span, graph, soundness, index, acks, settlement, book, rules, ...state };
}

/** Is the generation's stop cut applied? Then it takes nothing more, and says nothing more. */
export function isOver({ cuts, span }: Core): boolean {
  return cuts.applied === span.stop;
}

/**
 * Does the lane equivocate or forge? What it still says is taken only when somebody else's block names it, and
 * nothing of it is asked for beside that.
 */
export function isOutcast({ graph, soundness }: Core, lane: LaneId): boolean {
  return graph.forked(lane) || soundness.isUnsoundLane(lane);
}

function createSoundness(
  { committee, lane, policy, verifier, genesis }: ReplicaOptions,
  graph: Graph,
  unsound: (id: NodeId) => void,
): Soundness {
  const verify = (block: Block): boolean => {
    const by = defined(verifier, 'where checks are shared there is a verifier');
    return witnessChecks(block).every((check) => by.verify(check));
  };
  const isShared = genesis.params.sharedChecks === true;
  const { f } = committee;
  const spares = policy.checkSpares;
  return new Soundness(graph, { isShared, f, lane, verify, unsound, spares });
}
