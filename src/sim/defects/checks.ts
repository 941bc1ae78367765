import { shared } from '../scenario.ts';
import type { Scenario } from '../traits.ts';
import { type Defect, FAR_REACHING, peaceful, withLiar } from './defect.ts';

/** Somebody forges, and the others take their time to look. */
export function forging(scenario: Scenario): Scenario {
  const drawn = shared(withLiar(scenario, 'forger'));
  return { ...drawn, policy: { ...drawn.policy, checkPatienceMs: 2000, checkSpares: 0 } };
}

/** Generations end while somebody steals, so that a theft has been acked and not judged, nor looked at. */
function stealingBetweenGenerations(scenario: Scenario): Scenario {
  const drawn = { ...forging(peaceful(scenario)), byzantine: new Map([[0, 'schemer' as const]]) };
  const pace = { epochIntervalMs: 50, minEpochIntervalMs: 50, minBlockIntervalMs: 20 };
  const room = { laneWindow: 3, batchTxsMax: 50 };
  return {
    ...drawn,
    attacks: ['forged-theft'],
    generationEpochs: 1,
    faultMs: 8000,
    workload: { ...drawn.workload, payments: 80, owners: 8 },
    policy: { ...drawn.policy, ...pace, ...room },
  };
}

export const CHECKS_DEFECTS = {
  'author-believed': {
    caughtBy: ['own-sound', ...FAR_REACHING],
    scenario: forging,
    tamper({ soundness }) {
      const add = soundness.add.bind(soundness);
      soundness.add = (node, witnesses, nowMs) => {
        add(node, witnesses === 'unchecked' ? 'right' : witnesses, nowMs);
      };
    },
  },
  'unseen-vouched-for': {
    caughtBy: ['own-sound', ...FAR_REACHING],
    scenario: forging,
    tamper({ soundness, options }) {
      soundness.words = (frontier) =>
        [...frontier].flatMap((seq, lane) =>
          lane === options.lane || seq === 0 ? [] : [{ kind: 'checked', lane, seq }],
        );
    },
  },
  'children-of-forged-count': {
    caughtBy: ['own-sound', 'not-given-up', ...FAR_REACHING],
    scenario: forging,
    tamper({ soundness }) {
      soundness.isUnsound = () => false;
    },
  },
  'forged-rivals-count': {
    caughtBy: ['not-final', 'no-outcome', ...FAR_REACHING],
    scenario: forging,
    tamper({ index }) {
      index.conflicts = () => false;
      index.isStanding = (txid) => index.get(txid) !== undefined;
    },
  },
  'forged-left-over': {
    caughtBy: ['own-sound', ...FAR_REACHING],
    scenario: stealingBetweenGenerations,
    tamper({ index }) {
      index.standing = () => [...index.open()];
    },
  },
  'stop-cut-does-not-look': {
    caughtBy: FAR_REACHING,
    scenario: stealingBetweenGenerations,
    tamperParts({ core: { soundness }, cutter }) {
      const [resolve, isSound] = [cutter.resolve.bind(cutter), soundness.isSound.bind(soundness)];
      cutter.resolve = function* (...asked) {
        soundness.isSound = (id) => !soundness.isUnsound(id);
        try {
          return yield* resolve(...asked);
        } finally {
          soundness.isSound = isSound;
        }
      };
    },
  },
  'forged-refused': {
    caughtBy: ['not-final', 'no-outcome', ...FAR_REACHING],
    scenario: forging,
    machine: (sound) => ({
      ...sound,
      step(nowMs, input, more) {
        const isForged = input.kind === 'block' && input.witnesses === 'wrong';
        return sound.step(nowMs, isForged ? { kind: 'tick' } : input, more);
      },
    }),
  },
} as const satisfies Record<string, Defect>;
