import { Coins } from '../../ledger/coins.ts';
import { GENERATION_ATTACKS } from '../byzantine/attacks.ts';
import { drawScenario } from '../scenario.ts';
import type { Scenario } from '../traits.ts';
import { type Defect, disputed, forked } from './defect.ts';

/** Every cut but the first of each two is a stop cut, and much is under way at all of them. */
function shortLived(scenario: Scenario): Scenario {
  return { ...disputed(scenario), generationEpochs: 2 };
}

/** A stop cut is decided while payments still go round. */
function hurried(scenario: Scenario): Scenario {
  const pace = { epochIntervalMs: 50, minEpochIntervalMs: 50, minBlockIntervalMs: 20 };
  const short = shortLived(scenario);
  return { ...short, generationEpochs: 1, policy: { ...short.policy, ...pace } };
}

/** A forger's COMMIT reaches one validator alone, on a branch that no other has, and decides a stop cut there. */
function decidedOnABranch({ patienceMs }: Scenario): Scenario {
  const drawn = drawScenario('965', 4);
  const attacks = [...drawn.attacks, ...GENERATION_ATTACKS];
  return { ...drawn, attacks, generationEpochs: 1, patienceMs };
}

export const GENERATION_DEFECTS = {
  'verdicts-behind-end': {
    caughtBy: ['own-admissible', 'admission', 'checkpoint', 'failure', 'early-final'],
    scenario: hurried,
    tamper({ graph }) {
      const [form, node] = [graph.form.bind(graph), graph.node.bind(graph)];
      graph.form = (...asked) => {
        graph.node = (id) => {
          const known = node(id);
          return { ...known, stance: { ...known.stance, ended: false } };
        };
        try {
          return form(...asked);
        } finally {
          graph.node = node;
        }
      };
    },
  },
  'stop-before-a-quorum-ends': {
    caughtBy: ['own-admissible', 'admission'],
    scenario: shortLived,
    tamper({ book, graph }) {
      book.countEnds = () => graph.quorum;
    },
  },
  'end-forgotten': {
    caughtBy: ['own-admissible', 'votes-agree'],
    scenario: shortLived,
    tamper({ graph }) {
      const amend = graph.amend.bind(graph);
      graph.amend = (parts) => amend({ ...parts, stance: { ...parts.stance, ended: false } });
    },
  },
  'stop-cut-like-any-other': {
    caughtBy: ['checkpoint', 'outcome', 'failure', 'own-admissible', 'admission', 'early-final'],
    scenario: hurried,
    tamperParts({ core: { rules }, cutter }) {
      const [resolve, isStop] = [cutter.resolve.bind(cutter), rules.isStop.bind(rules)];
      cutter.resolve = function* (...asked) {
        rules.isStop = () => false;
        try {
          return yield* resolve(...asked);
        } finally {
          rules.isStop = isStop;
        }
      };
    },
  },
  'spent-long-ago-exists': {
    caughtBy: ['admission', 'own-admissible', 'failure', 'early-final'],
    scenario: (scenario) => ({ ...forked(shortLived(scenario)), attacks: ['old-transactions'] }),
    tamper(core) {
      Object.assign(core, { coins: new Coins(core.options.store) });
    },
  },
  'fees-lost-between-generations': {
    caughtBy: ['checkpoint', 'own-admissible'],
    scenario: shortLived,
    tamper(core) {
      Object.assign(core, { start: { ...core.start, feesCarried: 0n } });
    },
  },
  'begins-on-genesis-again': {
    caughtBy: ['own-admissible'],
    scenario: shortLived,
    tamper(core) {
      Object.assign(core, { start: { ...core.start, digest: core.options.ledgerId } });
    },
  },
  'deciding-commits-not-named': {
    caughtBy: ['no-outcome', 'not-final'],
    scenario: decidedOnABranch,
    tamperParts({ peers }) {
      peers.decided = () => undefined;
    },
  },
  /** What an ended generation has spent is waited for, as if it were still to come. */
  'never-given-up': {
    caughtBy: ['not-given-up'],
    scenario: hurried,
    tamperParts({ core: { coins }, intake: { pool } }) {
      const [spentBefore, expire] = [coins.spentBefore.bind(coins), pool.expire.bind(pool)];
      coins.spentBefore = () => undefined;
      pool.expire = (nowMs) =>
        expire(nowMs).filter((tx) => {
          if (tx.inputs.every(({ key }) => spentBefore(key) === undefined)) return true;
          const parents = tx.inputs.map(({ txid }) => txid);
          pool.addOrphan(tx, parents, nowMs);
          return false;
        });
    },
  },
  'void-transactions-forgotten': {
    caughtBy: ['not-final', 'no-outcome'],
    scenario: hurried,
    tamperParts({ intake }) {
      intake.inherit = () => undefined;
    },
  },
} as const satisfies Record<string, Defect>;
