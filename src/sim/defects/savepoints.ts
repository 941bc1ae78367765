import { writeList } from '../../codec/list.ts';
import type { Graph } from '../../dag/graph.ts';
import type { Soundness } from '../../dag/soundness.ts';
import type { Scenario } from '../traits.ts';
import { forging } from './checks.ts';
import { type Defect, disputed, impatient, racing, scheming } from './defect.ts';

/** Savepoints as often as can be, and crashes, so that starts continue from them. */
function saving(scenario: Scenario): Scenario {
  const faults = { ...scenario.faults, crashEveryMs: 150, downMs: 100 };
  return { ...scenario, faults, faultMs: 3000, savepoints: { everyBlocks: 1, spoiled: 0 } };
}

/** Much is open at any time: rivals, their children, cuts that leave some of them to the next. */
function savingDisputes(scenario: Scenario): Scenario {
  const { workload, policy } = saving(scenario);
  const open = { payments: 40, chains: 0.6, doubleSpends: 0.6, invalid: 0 };
  return {
    ...saving(disputed(scenario)),
    workload: { ...workload, ...open },
    policy: { ...policy, epochIntervalMs: 300, minEpochIntervalMs: 50 },
  };
}

/** Rivals race, and validators crash, while cuts leave some of them to the next. */
function savingRaces(scenario: Scenario): Scenario {
  const { faults, savepoints, workload } = savingDisputes(scenario);
  const race = racing(scenario);
  const { crashEveryMs, downMs } = faults;
  return {
    ...race,
    faultMs: 4000,
    workload,
    savepoints: savepoints!,
    faults: { ...race.faults, crashEveryMs, downMs },
    policy: { ...race.policy, epochIntervalMs: 300 },
  };
}

/** Somebody forges, and much is not checked yet when a savepoint is taken. */
function savingForgeries(scenario: Scenario): Scenario {
  const { workload, ...drawn } = saving(forging(scenario));
  return {
    ...drawn,
    byzantine: new Map([[0, 'schemer']]),
    attacks: ['forged-theft'],
    workload: { ...workload, payments: 40, owners: 8 },
  };
}

/** After a savepoint is loaded, soundness answers no about every block in it. */
function forgetOnLoad(soundness: Soundness, graph: Graph, question: 'isUnsound' | 'isOpen'): void {
  const [load, ask] = [soundness.load.bind(soundness), soundness[question].bind(soundness)];
  soundness.load = (reader, nowMs) => {
    load(reader, nowMs);
    const { size } = graph;
    soundness[question] = (id) => id > size && ask(id);
  };
}

const FAR_REACHING = [
  'own-admissible',
  'admission',
  'outcome',
  'checkpoint',
  'early-final',
  'failure',
] as const;

/** Each breaks what a savepoint holds, or when one counts (docs/adr/0019). */
export const SAVEPOINT_DEFECTS = {
  'savepoint-ahead': {
    caughtBy: ['durability', 'own-admissible', 'admission', 'failure'],
    scenario: (scenario) => ({
      ...saving(scenario),
      hosts: scenario.hosts.map((host) => ({ ...host, syncUs: 60_000 })),
      hostDefect: 'savepoint-ahead',
    }),
  },
  'savepoint-unchecked': {
    caughtBy: FAR_REACHING,
    scenario: (scenario) => ({
      ...saving(scenario),
      savepoints: { everyBlocks: 1, spoiled: 1 },
      hostDefect: 'savepoint-unchecked',
    }),
  },
  'savepoint-forgets-own-block': {
    caughtBy: ['one-block-per-seq', 'failure'],
    scenario: saving,
    tamperParts({ builder, core: { graph, options } }) {
      if (builder === null) return;
      const { drafting } = builder;
      const save = drafting.save.bind(drafting);
      drafting.save = (writer) => {
        const u32 = writer.u32.bind(writer);
        let lane = 0;
        writer.u32 = (id) => u32(lane++ === options.lane && id !== 0 ? graph.node(id).prev : id);
        save(writer);
        writer.u32 = u32;
      };
    },
  },
  'savepoint-loses-rivals': {
    caughtBy: FAR_REACHING,
    scenario: savingDisputes,
    tamper({ index }) {
      const load = index.load.bind(index);
      index.load = (reader, nowMs) => {
        load(reader, nowMs);
        for (const { tracking } of index.open()) tracking?.rivals.clear();
      };
    },
  },
  'savepoint-drops-view-changes': {
    caughtBy: ['no-outcome', 'not-final', ...FAR_REACHING],
    scenario: (scenario) => impatient(saving(scenario)),
    tamper({ book, graph }) {
      const load = book.load.bind(book);
      book.load = (reader) => {
        const node = graph.node.bind(graph);
        graph.node = (id) => {
          const known = node(id);
          return { ...known, votes: known.votes.filter(({ kind }) => kind !== 'viewchange') };
        };
        load(reader);
        graph.node = node;
      };
    },
  },
  'savepoint-drops-what-a-cut-left': {
    caughtBy: ['no-outcome', ...FAR_REACHING],
    scenario: savingRaces,
    tamperParts({ cutter }) {
      cutter.save = (writer) => {
        writer.u64(cutter.feesCarried);
        writeList(writer, [], () => undefined);
      };
    },
  },
  'savepoint-forgets-forks': {
    caughtBy: FAR_REACHING,
    scenario: (scenario) => scheming(saving(disputed(scenario)), 'rivals-to-halves'),
    tamper({ graph }) {
      const save = graph.save.bind(graph);
      graph.save = (writer) => {
        const u32 = writer.u32.bind(writer);
        let at = 0;
        // Its size, then of each lane the height and where it forks.
        writer.u32 = (value) => {
          const isFork = at > 0 && at % 2 === 0 && at <= 2 * graph.n;
          at++;
          u32(isFork ? 0 : value);
        };
        save(writer);
        writer.u32 = u32;
      };
    },
  },
  'savepoint-forgets-forgeries': {
    caughtBy: ['own-sound', ...FAR_REACHING],
    scenario: savingForgeries,
    tamper: ({ soundness, graph }) => forgetOnLoad(soundness, graph, 'isUnsound'),
  },
  'savepoint-takes-all-for-checked': {
    caughtBy: ['own-sound', ...FAR_REACHING],
    scenario: savingForgeries,
    tamper: ({ soundness, graph }) => forgetOnLoad(soundness, graph, 'isOpen'),
  },
} as const satisfies Record<string, Defect>;
