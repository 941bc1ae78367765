import assert from 'node:assert/strict';
import { checkpointDigest } from '../../src/codec/checkpoint.ts';
import {
  decodeEpochLedger,
  decodeSnapshotPage,
  type EpochLedger,
  encodeLedgerParts,
  type SnapshotLeaf,
} from '../../src/codec/snapshot.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import { COIN_TABLE } from '../../src/ledger/coins.ts';
import type { Trust } from '../../src/ledger/proofs.ts';
import type { LedgerStore } from '../../src/replica/ports.ts';
import { Follower } from '../../src/replica/state-sync/follower.ts';
import { SnapshotPage } from '../../src/replica/state-sync/snapshot.ts';
import { concatBytes } from '../../src/std/bytes.ts';
import { ok, type Result } from '../../src/std/result.ts';
import type { Certificate, Checkpoint } from '../../src/types/ledger.ts';
import { lock, ReplicaCluster, secrets, verifier } from '../replica/replica-cluster.ts';

export type Table = Map<string, Uint8Array>;

function storeOver(table: Table): LedgerStore {
  return {
    get: (key) => table.get(key),
    put: (key, value) => void table.set(key, value),
    putLater: (_, entries) => {
      for (const { key, value } of entries('')) table.set(key, value);
    },
    delete: (key) => void table.delete(key),
  };
}

/**
 * A run of four replicas of five rounds, each a payment that a cut takes at once, then a chain and a double
 * spend for the next cut; and what an observer is given of it.
 */
export class CertifiedChain {
  readonly cluster = new ReplicaCluster();
  readonly trust: Trust;

  constructor() {
    const { cluster } = this;
    this.trust = { ledgerId: cluster.ledgerId, committee: cluster.committee, verifier };
    cluster.run(10);
    for (let round = 0; round < 5; round++) {
      const [first, second, third] = [0, 1, 2].map((i) => cluster.coin(3 * round + i));
      assert(first && second && third);
      const submit = (lane: number, tx: ReturnType<ReplicaCluster['pay']>) =>
        cluster.step(lane, { kind: 'submit', tx });
      submit(0, cluster.pay([first], [{ amount: 990n, lock }]));
      cluster.run(200);
      const halves = [500n, 490n].map((amount) => ({ amount, lock }));
      const parent = cluster.pay([second], halves);
      submit(round % 4, parent);
      submit(round % 4, cluster.pay([{ txid: parent.txid, index: 0 }], [{ amount: 493n, lock }]));
      cluster.run(40);
      for (const lane of [1, 2]) {
        submit(lane, cluster.pay([third], [{ amount: 990n - BigInt(lane), lock }]));
      }
      cluster.run(3000);
    }
    assert(this.stable >= 9);
  }

  get stable(): number {
    return this.cluster.replicas[0]?.progress().stable ?? 0;
  }

  follower(table: Table = new Map()): Follower {
    return new Follower(storeOver(table), this.trust);
  }

  certificateOf(epoch: number): Certificate {
    const found = this.cluster.replicas[1]?.certificate(epoch);
    assert(found);
    return found;
  }

  /** The state of an epoch as a provider sends it, over the wire format. */
  pagesOf(epoch: number, lane = 1): SnapshotLeaf[][] {
    const page = new SnapshotPage(epoch);
    const entries = this.cluster.stores[lane]?.list(COIN_TABLE, { limit: 10_000 }) ?? [];
    for (const entry of entries) page.add(entry);
    const decoded = decodeSnapshotPage(page.encode());
    assert(decoded.ok);
    const { value } = decoded;
    const cut = Math.ceil(value.length / 3);
    return [value.slice(0, cut), value.slice(cut, 2 * cut), [], value.slice(2 * cut)];
  }

  ledgerOf(epoch: number, lane = 2): EpochLedger {
    const stored = this.cluster.replicas[lane]?.ledger(epoch);
    assert(stored);
    const decoded = decodeEpochLedger(concatBytes(...encodeLedgerParts(stored)));
    assert(decoded.ok, decoded.ok ? '' : decoded.error);
    return decoded.value;
  }

  followerAt(epoch: number): { follower: Follower; table: Table } {
    const table: Table = new Map();
    const follower = this.follower(table);
    assert.deepEqual(install(follower, this.pagesOf(epoch), this.certificateOf(epoch)), ok(null));
    return { follower, table };
  }
}

/** Everything that is needed for it, in the order in which a driver does it. */
export function install(
  follower: Follower,
  pages: readonly SnapshotLeaf[][],
  certificate: Certificate,
): Result<null, string> {
  const begun = follower.install(certificate);
  if (!begun.ok) return begun;
  for (const page of pages) {
    const added = begun.value.add(page);
    if (!added.ok) return added;
  }
  return begun.value.finish();
}

/** What a Byzantine quorum could sign. */
export function certify(checkpoint: Checkpoint, signers = [0, 1, 2]): Certificate {
  const digest = checkpointDigest(checkpoint);
  const signatures = signers.map((lane) => ({
    lane,
    signature: createSigner(secrets[lane] as Uint8Array).sign(digest),
  }));
  return { checkpoint, signatures };
}

export function refused(result: Result<unknown, string>, why: RegExp): void {
  assert(!result.ok, 'it was taken');
  assert.match(result.error, why);
}
