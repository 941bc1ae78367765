import type { DagNode, History } from '../../types/dag.ts';
import { type Defect, disputed, forked, hearing, lossy, scheming } from './defect.ts';

const FAR_REACHING = ['checkpoint', 'outcome', 'failure', 'own-admissible', 'admission'] as const;

export const DAG_DEFECTS = {
  'acks-by-arrival': {
    caughtBy: ['early-final', ...FAR_REACHING],
    scenario: disputed,
    tamper({ graph }) {
      const step = graph.step.bind(graph);
      graph.step = (id) => [...step(id)].sort((a, b) => a - b);
    },
  },
  'first-branch-only': {
    caughtBy: ['early-final', 'no-outcome', ...FAR_REACHING],
    scenario: (scenario) => scheming(disputed(scenario), 'rivals-to-halves'),
    tamper({ graph }) {
      const tips = graph.branchTips.bind(graph);
      graph.branchTips = (history, lane) => tips(history, lane).slice(0, 1);
    },
  },
  'branches-confused': {
    caughtBy: ['early-final', 'no-outcome', ...FAR_REACHING],
    scenario: (scenario) => forked(disputed(scenario)),
    tamper({ graph }) {
      graph.contains = (history, id) => {
        const { lane, seq } = graph.node(id);
        return (history.frontier[lane] ?? 0) >= seq;
      };
    },
  },
  'equivocators-referenced': {
    caughtBy: ['admission', 'own-admissible'],
    scenario: forked,
    tamper({ graph }) {
      const form = graph.form.bind(graph);
      const none: History['forks'] = new Map();
      graph.form = (...words) => ({ ...form(...words), forks: none });
    },
  },
  'ack-counts-as-verdict': {
    caughtBy: ['early-final', 'checkpoint', 'own-admissible', 'admission'],
    tamper({ graph }) {
      const node = graph.node.bind(graph);
      const changed = new WeakMap<DagNode, DagNode>();
      graph.node = (id) => {
        const found = node(id);
        const known = changed.get(found) ?? { ...found, certified: found.frontier };
        changed.set(found, known);
        return known;
      };
    },
  },
  'final-when-certified': {
    caughtBy: ['early-final'],
    tamper({ graph }) {
      const all = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(graph), 'all')!.get!;
      Object.defineProperty(graph, 'all', {
        get() {
          const history: History = all.call(graph);
          return { ...history, settled: history.certified };
        },
      });
    },
  },
  'history-not-admitted-first': {
    caughtBy: ['admission', 'durability', 'failure'],
    scenario: lossy,
    machine: (sound, _lane, { graph }) =>
      // A block counts though what it references is not here.
      hearing(sound, (input) => {
        if (input.kind !== 'block') return input;
        const refs = input.block.header.refs.filter(({ digest }) => graph.find(digest) !== 0);
        const block = { ...input.block, header: { ...input.block.header, refs } };
        return { ...input, block: block as typeof input.block };
      }),
  },
} as const satisfies Record<string, Defect>;
