import { genesisCoins, genesisTxids as genesisTxidsOf } from '../codec/genesis.ts';
import { ConsensusRules } from '../consensus/rules.ts';
import { VoteBook } from '../consensus/vote-book.ts';
import { Archive } from '../dag/archive.ts';
import { Graph } from '../dag/graph.ts';
import { Acks } from '../dependency/acks.ts';
import { Settlement } from '../dependency/settlement.ts';
import { TxIndex } from '../dependency/tx-index.ts';
import { EarlyExecution } from '../execution/early.ts';
import { Coins } from '../ledger/coins.ts';
import type { OutpointKey, TxId } from '../types/ids.ts';
import { CutLog } from './cut-log.ts';
import type { ReplicaOptions } from './replica-options.ts';

/** Nodes and blocks in memory; older ones are read back from the store and the journal. */
const NODE_WINDOW = 8192;

/** The protocol's parts, wired: what admission, finality, cuts and the builder all work on. */
export type Core = {
  readonly options: ReplicaOptions;
  readonly graph: Graph;
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
  const index = new TxIndex(graph, store, ledgerSpender);
  const acks = new Acks(graph, (txid) => index.get(txid));
  const settlement = new Settlement(graph, index, acks);
  const cuts = new CutLog();
  const book = new VoteBook(graph, store);
  const rules = new ConsensusRules(graph, book, cuts);
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
  return { options, graph, index, acks, settlement, book, rules, cuts, coins, early, genesisTxids };
}
