import type { NodeId } from '../../types/dag.ts';
import type { Entry } from '../../types/entry.ts';
import type { TxId } from '../../types/ids.ts';
import { type Defect, disputed, racing } from './defect.ts';

const FAR_REACHING = ['checkpoint', 'outcome', 'failure', 'own-admissible', 'admission'] as const;

export const EXECUTION_DEFECTS = {
  'class-by-majority': {
    caughtBy: ['early-final', ...FAR_REACHING],
    scenario: disputed,
    tamper({ acks, graph }) {
      const count = acks.countVerdicts.bind(acks);
      acks.countVerdicts = (entry, history, cleanOnly) => {
        const found = count(entry, history, cleanOnly);
        return cleanOnly && found <= graph.quorum / 2 ? 0 : found;
      };
    },
  },
  'members-by-acks': {
    caughtBy: ['early-final', ...FAR_REACHING],
    scenario: disputed,
    tamper({ acks }) {
      const count = acks.countVerdicts.bind(acks);
      acks.countVerdicts = (entry, history, cleanOnly) =>
        cleanOnly ? count(entry, history, true) : acks.countAcks(entry, history, false);
    },
  },
  'early-in-ledger': {
    caughtBy: FAR_REACHING,
    tamper({ rules, graph }) {
      const decision = rules.decision.bind(rules);
      const node = graph.node.bind(graph);
      const settledHere = new Map<NodeId, Int32Array>();
      rules.decision = (...question) => {
        const cut = decision(...question);
        if (cut !== 0 && !settledHere.has(cut)) settledHere.set(cut, graph.all.settled);
        return cut;
      };
      graph.node = (id) => {
        const settled = settledHere.get(id);
        return settled === undefined ? node(id) : { ...node(id), settled };
      };
    },
  },
  'ledger-by-live-state': {
    caughtBy: ['conservation', 'status-order', ...FAR_REACHING],
    scenario: disputed,
    tamperParts({ core: { index }, cutter }) {
      const resolve = cutter.resolve.bind(cutter);
      const get = index.get.bind(index);
      const live = (entry: Entry | undefined) =>
        entry === undefined || entry.ledger !== null || entry.early === null
          ? entry
          : { ...entry, ledger: { outcome: entry.early, epoch: 0 } };
      cutter.resolve = function* (epoch, cut) {
        index.get = (txid) => live(get(txid));
        const resolution = yield* resolve(epoch, cut);
        index.get = get;
        return resolution;
      };
    },
  },
  'spent-inputs-accepted': {
    caughtBy: ['rivals-accepted', 'conservation', ...FAR_REACHING],
    scenario: disputed,
    tamperParts({ core: { coins }, cutter }) {
      const resolve = cutter.resolve.bind(cutter);
      const get = coins.get.bind(coins);
      cutter.resolve = function* (epoch, cut) {
        coins.get = (key) => {
          const coin = get(key);
          return coin && { ...coin, spentBy: null };
        };
        const resolution = yield* resolve(epoch, cut);
        coins.get = get;
        return resolution;
      };
    },
  },
  'stale-one-epoch-early': {
    caughtBy: FAR_REACHING,
    scenario: disputed,
    tamper({ coins }) {
      const get = coins.get.bind(coins);
      coins.get = (key) => {
        const coin = get(key);
        return coin && { ...coin, spentEpoch: Math.max(0, coin.spentEpoch - 1) };
      };
    },
  },
  'contested-told-final': {
    caughtBy: ['early-final', 'status-order', ...FAR_REACHING],
    scenario: disputed,
    tamper({ acks, graph }) {
      const count = acks.countVerdicts.bind(acks);
      acks.countVerdicts = (entry, history, cleanOnly) =>
        count(entry, history, cleanOnly && history !== graph.all);
    },
  },
  'parents-not-awaited': {
    caughtBy: ['early-final', 'status-order', ...FAR_REACHING],
    scenario: racing,
    tamper({ early }) {
      const outcome = early.outcome.bind(early);
      const offer = early.offer.bind(early);
      let offered: TxId | null = null;
      early.offer = (entry) => {
        offered = entry.txid;
        const done = offer(entry);
        offered = null;
        return done;
      };
      early.outcome = (txid) => {
        const known = outcome(txid);
        const asksForParent = offered !== null && txid !== offered;
        return known === null && asksForParent ? { txid, accepted: true } : known;
      };
    },
  },
} as const satisfies Record<string, Defect>;
