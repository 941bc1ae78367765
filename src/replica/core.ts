import { genesisCoins, genesisTxids as genesisTxidsOf } from '../codec/genesis.ts';
import { ConsensusRules } from '../consensus/rules.ts';
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
import type { Block } from '../types/block.ts';
import type { NodeId } from '../types/dag.ts';
import type { OutpointKey, TxId } from '../types/ids.ts';
import { CutLog } from './cut-log.ts';
import { witnessChecks } from './ingress.ts';
import type { ReplicaOptions } from './replica-options.ts';

/** Nodes and blocks in memory; older ones are read back from the store and the journal. */
const NODE_WINDOW = 8192;

/** The protocol's parts, wired: what admission, finality, cuts and the builder all work on. */
export type Core = {
  readonly options: ReplicaOptions;
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
  /** Their leaves enter the state tree with those of epoch 1. */
  readonly genesisTxids: () => Iterable<TxId>;
};

export function createCore(options: ReplicaOptions): Core {
  const { committee, store, archive } = options;
  const window = options.nodeWindow ?? NODE_WINDOW;
  const graph = new Graph(committee.n, committee.quorum, new Archive(store, archive), window);
  const coins = new Coins(store);
  const ledgerSpender = (key: OutpointKey): TxId | null => coins.get(key)?.spentBy ?? null;
  const soundness = createSoundness(options, graph, (id) => index.remove(id));
  const index: TxIndex = new TxIndex(graph, store, ledgerSpender, soundness);
  const acks = new Acks(graph, (txid) => index.get(txid));
  const settlement = new Settlement(graph, index, acks, soundness);
  const cuts = new CutLog();
  const book = new VoteBook(graph, store);
  const rules = new ConsensusRules(graph, book, cuts, options.genesis.params.sharedChecks === true);
  const early = new EarlyExecution({
    entry: (txid) => index.get(txid),
    transaction: (entry) => index.transaction(entry),
    ledgerSpender,
  });
  const { genesis, ledgerId } = options;
  if (options.genesisStored !== true) {
    coins.loadGenesis(genesisCoins(genesis, ledgerId));
    coins.flush();
  }
  const genesisTxids = () => genesisTxidsOf(genesis, ledgerId);
  const state = { cuts, coins, early, genesisTxids };
  return { options, graph, soundness, index, acks, settlement, book, rules, ...state };
}

function createSoundness(
  { committee, lane, policy, verifier, genesis }: ReplicaOptions,
  graph: Graph,
  voided: (id: NodeId) => void,
): Soundness {
  const verify = (block: Block): boolean => {
    const by = defined(verifier, 'where checks are shared there is a verifier');
    return witnessChecks(block).every((check) => by.verify(check));
  };
  const isShared = genesis.params.sharedChecks === true;
  const { f } = committee;
  const spares = policy.checkSpares;
  return new Soundness(graph, { isShared, f, lane, verify, voided, spares });
}
