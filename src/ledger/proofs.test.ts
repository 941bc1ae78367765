import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkpointDigest } from '../codec/checkpoint.ts';
import { hex2, toHex } from '../codec/hex.ts';
import { createCommittee } from '../committee/committee.ts';
import { keyLock } from '../crypto/locks.ts';
import { createSigner } from '../crypto/sign.ts';
import { createVerifier } from '../crypto/verify.ts';
import type { LedgerStore } from '../replica/ports.ts';
import { runToEnd } from '../std/slices.ts';
import { MemoryStore } from '../storage/memory-store.ts';
import {
  type Digest,
  type LaneId,
  type Lock,
  outpointKey,
  type TxId,
  ZERO_DIGEST,
} from '../types/ids.ts';
import type { Certificate, Outcome } from '../types/ledger.ts';
import type { OutputProof, TransactionProof } from '../types/proof.ts';
import { inputOf } from '../types/transaction.ts';
import { createCheckpoint, type Roots } from './checkpoint.ts';
import { Coins, unspentLeaf } from './coins.ts';
import { outcomeLeaf, outcomeRoot, proveOutcome, sortOutcomes } from './outcomes.ts';
import { verifyCertificate, verifyOutputProof, verifyTransactionProof } from './proofs.ts';
import { proveState, updateState } from './state-tree.ts';

const LEDGER = 'ab'.repeat(32) as Digest;
const signers = [1, 2, 3, 4].map((n) => createSigner(new Uint8Array(32).fill(n)));
const committee = createCommittee(
  signers.map(({ publicKey }, k) => ({ name: `v${k}`, publicKey: toHex(publicKey) })),
);
const trust = { ledgerId: LEDGER, committee, verifier: createVerifier('auto') };

const txid = (n: number) => n.toString(16).padStart(64, '0') as TxId;
const lockOf = (lane: LaneId): Lock => keyLock(committee.publicKey(lane));

function certify(
  roots: Roots,
  outcomes: readonly Outcome[],
  lanes: readonly LaneId[] = [0, 1, 2],
  of = 0,
): Certificate {
  const checkpoint = createCheckpoint(
    { ledgerId: LEDGER, committee: of, paramsDigest: ZERO_DIGEST, quorum: committee.quorum },
    { digest: LEDGER, timeMs: 0 },
    { epoch: 1, cut: ZERO_DIGEST, outcomes, newestTimesMs: [5, 3, 4] },
    roots,
  );
  const digest = checkpointDigest(checkpoint);
  const signatures = lanes.map((lane) => ({ lane, signature: signers[lane]!.sign(digest) }));
  return { checkpoint, signatures };
}

const accepted = (n: number): Outcome => ({ txid: txid(n), accepted: true });
const rejected = (n: number, winner: number): Outcome => ({
  txid: txid(n),
  accepted: false,
  reason: 'input-spent',
  winner: txid(winner),
});

describe('certificate', () => {
  const roots = { txRoot: ZERO_DIGEST, stateRoot: ZERO_DIGEST };

  it('counts its outcomes and holds with the signatures of any quorum', () => {
    for (const lanes of [
      [0, 1, 2],
      [1, 2, 3],
      [0, 1, 2, 3],
    ]) {
      const certified = verifyCertificate(
        certify(roots, [accepted(1), rejected(2, 1)], lanes),
        trust,
      );
      assert.ok(certified.ok);
      assert.equal(certified.value.acceptedCount, 1);
      assert.equal(certified.value.rejectedCount, 1);
      assert.equal(certified.value.timeMs, 4);
    }
  });

  it('B14: fails with too few, repeated, unordered, foreign or wrong signatures', () => {
    const good = certify(roots, []);
    const [a, b, c] = good.signatures;
    const fails = (signatures: unknown[]) => {
      const certificate = { ...good, signatures } as Certificate;
      return !verifyCertificate(certificate, trust).ok;
    };
    assert.ok(fails([a, b]));
    assert.ok(fails([a, b, b]));
    assert.ok(fails([b, a, c]));
    assert.ok(fails([a, b, { ...c, lane: 4 }]));
    assert.ok(fails([a, b, { ...c, lane: 2.5 }]));
    assert.ok(fails([a, b, { ...c, signature: b?.signature }]));
    assert.ok(!fails([a, b, c]));
  });

  it('fails for another ledger and for any other content', () => {
    const good = certify(roots, []);
    assert.ok(!verifyCertificate(good, { ...trust, ledgerId: ZERO_DIGEST }).ok);
    for (const change of [{ epoch: 2 }, { timeMs: 1 }, { stateRoot: LEDGER }, { committee: 1 }]) {
      const checkpoint = { ...good.checkpoint, ...change };
      assert.ok(!verifyCertificate({ ...good, checkpoint }, trust).ok);
    }
  });

  it('fails for a committee that is not known, though all have signed', () => {
    assert.ok(verifyCertificate(certify(roots, [], [0, 1, 2, 3], 0), trust).ok);
    assert.ok(!verifyCertificate(certify(roots, [], [0, 1, 2, 3], 1), trust).ok);
  });
});

describe('transaction proof', () => {
  const outcomes = runToEnd(
    sortOutcomes([rejected(9, 4), accepted(4), accepted(200), rejected(3, 4), accepted(77)]),
  );
  const certificate = certify(
    { txRoot: runToEnd(outcomeRoot(outcomes)), stateRoot: ZERO_DIGEST },
    outcomes,
  );

  it('shows each outcome, and no other for the same transaction', () => {
    for (const outcome of outcomes) {
      const path = proveOutcome(outcomes, outcome.txid);
      assert.ok(path);
      assert.deepEqual(verifyTransactionProof({ certificate, outcome, path }, trust), {
        ok: true,
        value: outcome,
      });
      const turned: Outcome = outcome.accepted
        ? { txid: outcome.txid, accepted: false, reason: 'stale-input', winner: txid(4) }
        : { txid: outcome.txid, accepted: true };
      assert.ok(!verifyTransactionProof({ certificate, outcome: turned, path }, trust).ok);
    }
    assert.equal(proveOutcome(outcomes, txid(5)), undefined);
  });

  it('rests on outcomes that are put in order in slices, whatever their txids', () => {
    // All in one part: 64 at a time are dealt out, then the part is sorted.
    const work = sortOutcomes(Array.from({ length: 640 }, (_, i) => accepted(639 - i)));
    let pauses = 0;
    let next = work.next();
    for (; next.done !== true; next = work.next()) pauses += 1;
    assert.equal(pauses, 11);
    assert.deepEqual(
      next.value.map((outcome) => outcome.txid),
      Array.from({ length: 640 }, (_, i) => txid(i)),
    );
  });

  it('has another leaf for every outcome', () => {
    const leaves = [
      accepted(1),
      accepted(2),
      rejected(1, 2),
      rejected(1, 3),
      { ...rejected(1, 2), reason: 'parent-rejected' } as Outcome,
      { ...rejected(1, 2), reason: 'stale-input' } as Outcome,
    ].map(outcomeLeaf);
    assert.equal(new Set(leaves).size, leaves.length);
  });

  it('survives no wrong hex, which hashing would skip', () => {
    const pair = [accepted(0xaa), rejected(0xbb, 0xaa)] as const;
    const certified = certify(
      { txRoot: runToEnd(outcomeRoot(pair)), stateRoot: ZERO_DIGEST },
      pair,
    );
    const path = proveOutcome(pair, txid(0xbb))!;
    const proof: TransactionProof = { certificate: certified, outcome: pair[1], path };
    for (const spoil of [() => '', (hex: string) => hex.toUpperCase(), () => 'x'.repeat(64)]) {
      // With the right digests in the memory of the hash function.
      assert.ok(verifyTransactionProof(proof, trust).ok);
      for (const change of [
        { path: { ...path, siblings: path.siblings.map(spoil) } },
        { outcome: { ...pair[1], txid: spoil(txid(0xbb)) } },
        { outcome: { ...pair[1], winner: spoil(txid(0xaa)) } },
      ]) {
        assert.ok(!verifyTransactionProof({ ...proof, ...change } as TransactionProof, trust).ok);
      }
    }
  });
});

describe('output proof', () => {
  const store = new Map<string, Uint8Array>() as Map<string, Uint8Array> & LedgerStore;
  store.put = store.set;
  store.putLater = () => undefined;
  const coins = new Coins(store);
  const output = (amount: bigint) => ({ amount, lock: lockOf(0) });
  coins.create(txid(1), [output(1n), output(6n), output(7n)], 0);
  coins.create(txid(2), [output(1n)], 0);
  const body = { ledgerId: LEDGER, validUntil: 9 };
  const inputs = [inputOf(outpointKey(txid(1), 1)), inputOf(outpointKey(txid(2), 0))];
  coins.apply({ ...body, txid: txid(3), inputs, outputs: [output(7n)] }, 1);
  const changes = new Map(runToEnd(coins.flush()).map((id) => [id, coins.leafAt(id, 1)]));
  const stateRoot = runToEnd(updateState(store, changes));
  const certificate = certify({ txRoot: ZERO_DIGEST, stateRoot }, []);

  function prove(id: TxId): OutputProof {
    const found = coins.unspentAt(id, 1);
    return {
      certificate,
      txid: id,
      unspent: found?.unspent ?? null,
      acceptedEpoch: found?.acceptedEpoch ?? null,
      path: proveState(store, id, (key) => coins.leafAt(key, 1)),
    };
  }

  it('shows which outputs are unspent, and that none is', () => {
    const indexes = (n: number) => {
      const result = verifyOutputProof(prove(txid(n)), trust);
      assert.ok(result.ok);
      return result.value.unspent.map(({ index }) => index);
    };
    assert.deepEqual([1, 2, 3, 4].map(indexes), [[0, 2], [], [0], []]);
  });

  it('shows nothing else', () => {
    const proof = prove(txid(1));
    const [first, second] = proof.unspent!;
    const fails = (change: Partial<OutputProof>) =>
      !verifyOutputProof({ ...proof, ...change }, trust).ok;
    assert.ok(fails({ unspent: [first!] }));
    assert.ok(fails({ unspent: [second!, first!] }));
    assert.ok(fails({ unspent: [] }));
    assert.ok(fails({ unspent: null }));
    assert.ok(fails({ unspent: null, acceptedEpoch: null }));
    assert.ok(fails({ acceptedEpoch: 1 }));
    assert.ok(fails({ unspent: [{ ...first!, lock: lockOf(1) }, second!] }));
    // 2^64 more is the same in 64 bits, and the least amount shows where these end.
    assert.ok(fails({ unspent: [{ ...first!, amount: first!.amount + 2n ** 64n }, second!] }));
    for (const wrapped of [first!.index + 2 ** 16, first!.index - 2 ** 16]) {
      assert.ok(fails({ unspent: [{ ...first!, index: wrapped }, second!] }));
      assert.ok(fails({ unspent: [first!, { ...second!, index: wrapped + second!.index }] }));
    }
    assert.ok(fails({ txid: txid(2) }));
    assert.ok(fails({ path: prove(txid(2)).path }));
    const { txid: nobody, path } = prove(txid(4));
    assert.ok(
      fails({ txid: nobody, path, acceptedEpoch: null }),
      'that there is nothing shows nothing',
    );
    assert.ok(!fails({}));
  });

  it('says that nothing is unspent in one way: by null, not by a list of nothing', () => {
    const odd = new MemoryStore();
    const leaf = unspentLeaf(1, []);
    const root = runToEnd(updateState(odd, new Map([[txid(1), leaf]])));
    const proof = {
      certificate: certify({ txRoot: ZERO_DIGEST, stateRoot: root }, []),
      path: proveState(odd, txid(1), () => leaf),
    };
    const of = { txid: txid(1), unspent: [], acceptedEpoch: 1 };
    assert.ok(!verifyOutputProof({ ...proof, ...of }, trust).ok);
  });
});

describe('sorted outcomes', () => {
  it('do not depend on the order in which they came', () => {
    // Some begin with the same digits, most do not.
    const ids = Array.from({ length: 12 }, (_, n) => `${hex2(23 * (n >> 1))}${txid(n).slice(2)}`);
    const outcomes = ids.map((id): Outcome => ({ txid: id as TxId, accepted: true }));
    fc.assert(
      fc.property(fc.shuffledSubarray(outcomes, { minLength: 12 }), (shuffled) => {
        assert.deepEqual(runToEnd(sortOutcomes(shuffled)), outcomes);
      }),
    );
  });
});
