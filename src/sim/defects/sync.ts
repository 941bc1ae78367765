import type { Machine } from '../host/machine.ts';
import type { SnapshotProvider } from '../host/provider.ts';
import type { Scenario } from '../traits.ts';
import { type Defect, forked, lossy, peaceful } from './defect.ts';

export const SYNC_DEFECTS = {
  'nothing-asked': {
    caughtBy: ['no-outcome', 'not-final'],
    scenario: lossy,
    tamperParts({ peers }) {
      peers.waits = () => undefined;
      peers.heads = () => [];
    },
  },
  'nothing-served': {
    caughtBy: ['no-outcome', 'not-final'],
    scenario: lossy,
    tamperParts({ peers }) {
      peers.serve = function* () {
        yield;
        return [];
      };
    },
  },
  'heads-told-once': {
    caughtBy: ['no-outcome', 'not-final'],
    scenario: lossy,
    tamperParts({ peers }) {
      const tick = peers.tick.bind(peers);
      peers.tick = (...at) => tick(...at).filter(({ message }) => message.kind !== 'heads');
    },
  },
  'heads-answered-by-heads': {
    caughtBy: ['not-silent'],
    scenario: nearby,
    tamperParts({ peers }) {
      const heads = peers.heads.bind(peers);
      peers.heads = (from, ...told) => [...heads(from, ...told), ...peers.late(from).slice(0, 1)];
    },
  },
  'waiting-never-woken': {
    caughtBy: ['no-outcome', 'not-final', 'admission'],
    scenario: lossy,
    tamperParts({ room }) {
      room.admitted = () => [];
    },
  },
  'named-forks-ignored': {
    caughtBy: ['no-outcome', 'not-final', 'admission'],
    scenario: (scenario) => forked(lossy(scenario)),
    tamperParts({ room }) {
      room.sponsorsOf = () => 0n;
    },
  },
  /** The state as it is now under the certificate of an epoch that is over. */
  'snapshot-of-later-state': {
    caughtBy: ['observer'],
    scenario: busy,
    machine: providing((sound) => ({
      newest() {
        const snapshot = sound.newest();
        const before = sound.ledger((snapshot?.certificate.checkpoint.epoch ?? 0) - 1);
        if (snapshot === null || before === null) return snapshot;
        return { ...snapshot, certificate: before.certificate };
      },
    })),
  },
  'ledger-without-fees': {
    caughtBy: ['observer'],
    scenario: busy,
    machine: providing((sound) => ({
      ledger(epoch) {
        const ledger = sound.ledger(epoch);
        return ledger === null ? null : { ...ledger, fees: [] };
      },
    })),
  },
} as const satisfies Record<string, Defect>;

/** A machine that offers observers something else. */
function providing(change: (sound: SnapshotProvider) => Partial<SnapshotProvider>) {
  return (sound: Machine): Machine => ({
    ...sound,
    provider: { ...sound.provider, ...change(sound.provider) },
  });
}

/** Nothing goes wrong between validators that are some twenty milliseconds from each other. */
function nearby(scenario: Scenario): Scenario {
  const calm = peaceful(scenario);
  const regions = ['frankfurt', 'ireland', 'stockholm', 'frankfurt'] as const;
  return { ...calm, hosts: calm.hosts.map((host, i) => ({ ...host, region: regions[i % 4]! })) };
}

/** Many epochs, for observers to follow. */
function busy(scenario: Scenario): Scenario {
  const policy = { ...scenario.policy, epochIntervalMs: 300, minEpochIntervalMs: 50 };
  return { ...scenario, policy, workload: { ...scenario.workload, payments: 30 } };
}
