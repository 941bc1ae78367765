import type { Effects } from '../../replica/effects.ts';
import type { LaneId } from '../../types/ids.ts';
import type { Scenario } from '../traits.ts';
import { crashing, type Defect, hearing, withLiar } from './defect.ts';

/** One validator loses its memory, again and again. */
function forgetful(scenario: Scenario): Scenario {
  const faults = { ...scenario.faults, forgetEveryMs: 700, downMs: 200, cutEveryMs: 0 };
  return { ...withLiar(scenario, 'forgetful'), faults: { ...faults, frozen: [] } };
}

/** It is cut off when it starts, as it were before its links are up, and clients do not wait for these. */
function alone(scenario: Scenario): Scenario {
  const { workload, faults, ...rest } = forgetful(scenario);
  return {
    ...rest,
    workload: { ...workload, payments: 30 },
    faults: { ...faults, cutEveryMs: 400, cutMs: 400 },
  };
}

/** It misses most of what it is told at first, is soon told again, and has something to say all the time. */
function hardOfHearing(scenario: Scenario): Scenario {
  const { workload, network, policy, faults, ...rest } = forgetful(scenario);
  return {
    ...rest,
    faultMs: 5000,
    workload: { ...workload, payments: 40 },
    network: { ...network, lossRate: 0.6 },
    policy: { ...policy, resyncMs: 200 },
    faults: { ...faults, forgets: ['rollback'], forgetEveryMs: 400 },
  };
}

/** A bit of its journal is wrong, again and again. */
function damaged(scenario: Scenario): Scenario {
  const { workload, faults, ...rest } = forgetful(scenario);
  return {
    ...rest,
    faultMs: 4000,
    workload: { ...workload, payments: 30 },
    faults: { ...faults, forgets: ['flip'], forgetEveryMs: 150, downMs: 50 },
  };
}

export const RECOVERY_DEFECTS = {
  'seq-reused': {
    caughtBy: ['one-block-per-seq', 'memory', 'admission'],
    scenario: (scenario) => ({ ...crashing(scenario), hostDefect: 'lying-disk' }),
    machine: (sound, lane) =>
      hearing(sound, (input) =>
        input.kind === 'block' && input.block.header.lane === lane ? null : input,
      ),
  },
  'sync-lies': {
    caughtBy: ['failure', 'one-block-per-seq'],
    scenario: (scenario) => ({ ...crashing(scenario), hostDefect: 'lying-disk' }),
  },
  'word-before-disk': {
    caughtBy: ['durability', 'one-block-per-seq'],
    scenario: (scenario) => ({ ...crashing(scenario), hostDefect: 'hasty-driver' }),
  },
  'last-record-forgotten': {
    caughtBy: ['failure', 'one-block-per-seq', 'admission'],
    scenario: (scenario) => ({ ...crashing(scenario), hostDefect: 'short-journal' }),
  },
  'failed-sync-believed': {
    caughtBy: ['durability'],
    scenario: (scenario) => ({
      ...scenario,
      faults: { ...scenario.faults, diskErrorEveryMs: 500 },
      hostDefect: 'failed-sync-believed',
    }),
  },
  'damage-skipped': {
    caughtBy: ['memory'],
    scenario: (scenario) => ({ ...damaged(scenario), hostDefect: 'damage-skipped' }),
  },
  'signs-before-hearing': {
    caughtBy: ['memory'],
    scenario: alone,
    machine: (sound, lane, { graph }) => {
      let isFresh = false;
      const others = [...Array(graph.n).keys()].filter((other) => other !== lane);
      return {
        ...sound,
        restored() {
          sound.restored();
          isFresh = true;
        },
        step(nowMs, input, more) {
          const silent = isFresh ? others.map((other) => silence(other, graph.n)) : [];
          isFresh = false;
          const heard = silent.map((message) => sound.step(nowMs, message, true));
          return joined([...heard, sound.step(nowMs, input, more)]);
        },
      };
    },
  },
  /** The first message may be lost, and the next says nothing of the own lane. */
  'own-block-told-once': {
    caughtBy: ['memory'],
    scenario: hardOfHearing,
    tamperParts({ peers }) {
      const tick = peers.tick.bind(peers);
      peers.tick = (...at) =>
        tick(...at).map(({ to, message }) => {
          if (message.kind !== 'heads') return { to, message };
          return { to, message: { ...message, yours: null } };
        });
    },
  },
  /** A peer is not told its newest block when it sent that one itself: that may have been a process before it. */
  'own-word-believed': {
    caughtBy: ['memory'],
    scenario: forgetful,
    machine(sound, _lane, { graph }) {
      const said = new Map<LaneId, number>();
      return {
        ...sound,
        step(nowMs, input, more) {
          if (input.kind === 'block' && input.from.kind === 'lane') {
            const { lane, seq } = input.block.header;
            if (lane === input.from.lane) said.set(lane, seq);
          }
          const effects = sound.step(nowMs, input, more);
          const send = effects.send.map((sent) => {
            const { to, message } = sent;
            if (message.kind !== 'heads' || to === 'all' || to.kind !== 'lane') return sent;
            const isKnown = (said.get(to.lane) ?? 0) >= graph.height(to.lane);
            return isKnown ? { to, message: { ...message, yours: null } } : sent;
          });
          return { ...effects, send };
        },
      };
    },
  },
  'store-loses-block': {
    caughtBy: ['failure', 'no-outcome', 'admission'],
    scenario: crashing,
    tamper({ graph }) {
      const find = graph.find.bind(graph);
      graph.find = (digest) => (digest.startsWith('0') ? 0 : find(digest));
    },
  },
  'own-checkpoints-forgotten': {
    caughtBy: ['own-admissible', 'failure'],
    tamperParts({ checkpoints }) {
      const votes = checkpoints.votes.bind(checkpoints);
      checkpoints.votes = (_signed, decided, most) => votes(0, decided, most);
    },
  },
} as const satisfies Record<string, Defect>;

/** A validator that knows nothing says so. */
function silence(lane: LaneId, n: number) {
  const frontier = new Array<number>(n).fill(0);
  const message = { kind: 'heads', generation: 0, frontier, yours: null } as const;
  return { kind: 'message', from: { kind: 'lane', lane }, message } as const;
}

/** What several steps want, as if it were one. */
function joined(steps: readonly Effects[]): Effects {
  return {
    persist: steps.flatMap(({ persist }) => persist),
    send: steps.flatMap(({ send }) => send),
    statuses: steps.flatMap(({ statuses }) => statuses),
    submitted: steps.flatMap(({ submitted }) => submitted),
    work: steps.flatMap(({ work }) => work),
    certified: steps.flatMap(({ certified }) => certified),
    evidence: steps.flatMap(({ evidence }) => evidence),
    rejected: steps.flatMap(({ rejected }) => rejected),
    wakeAtMs: steps.at(-1)?.wakeAtMs ?? null,
    halt: steps.find(({ halt }) => halt !== null)?.halt ?? null,
  };
}
