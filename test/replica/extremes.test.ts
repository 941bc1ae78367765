import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SETTINGS, type Setting } from '../../src/node/folder/settings.ts';
import { DEFAULT_POLICY, type Policy } from '../../src/replica/replica-options.ts';
import type { Params } from '../../src/types/genesis.ts';
import { lock, ReplicaCluster } from './replica-cluster.ts';

const PREFIX = 'policy.';
const PAYMENTS = 8;

/** Who asks to speak once an hour at most is final after hours. */
const NOT_SOON = new Set(['policy.minBlockIntervalMs=3600000']);

/** Of the settings of the policy, both ends that a node takes. */
function* policies(): Generator<readonly [name: string, policy: Policy]> {
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    if (!name.startsWith(PREFIX)) continue;
    for (const value of [setting.min, setting.max]) {
      const text = `${name}=${value}`;
      if (NOT_SOON.has(text)) continue;
      yield [text, { ...DEFAULT_POLICY, [name.slice(PREFIX.length)]: value }];
    }
  }
}

const CHECKS: readonly Partial<Params>[] = [{}, { sharedChecks: true }];

const GENESES: readonly Partial<Params>[] = [
  { minFee: 0n },
  { laneWindowMax: 1 },
  { laneWindowMax: 1024 },
  { blockTxsMax: 1 },
  { blockBytesMax: 300 },
  { generationEpochs: 1 },
  { laneWindowMax: 1, blockTxsMax: 1, blockBytesMax: 300, generationEpochs: 1, sharedChecks: true },
];

/** Two payments through each of four validators become final at all of them. */
function pays(policy: Policy, params: Partial<Params>): void {
  const cluster = new ReplicaCluster(4, { policy }, params);
  cluster.run(30);
  for (let coin = 0; coin < PAYMENTS; coin += 1) {
    const tx = cluster.pay([cluster.coin(coin)], [{ amount: 900n, lock }]);
    const { submitted } = cluster.step(coin % 4, { kind: 'submit', tx });
    assert.deepEqual(submitted, [{ txid: tx.txid, ok: true }]);
  }
  const finals = () =>
    cluster.statuses.map((all) => all.filter(({ kind }) => kind === 'final').length);
  cluster.runUntil(() => finals().every((count) => count >= PAYMENTS));
}

describe('payments become final', () => {
  for (const [name, policy] of policies()) {
    it(`with ${name}, whoever checks`, () => {
      for (const params of CHECKS) pays(policy, params);
    });
  }
  for (const params of GENESES) {
    const shown = Object.entries(params).map(([name, value]) => `${name}=${value}`);
    it(`in a genesis with ${shown.join(', ')}`, () => pays(DEFAULT_POLICY, params));
  }
});
