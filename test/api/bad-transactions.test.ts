import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeTransaction, txidOf } from '../../src/codec/transaction.ts';
import type { Digest, LedgerId, TxId } from '../../src/types/ids.ts';
import type { TransactionBody } from '../../src/types/transaction.ts';
import { alice, bob, coinAt, GENESIS_AMOUNT, lockOf, payment, signed } from './fake-ledger.ts';
import { assertUnharmed, joinBatch, post, serving } from './serve.ts';

/** Rows T of the catalogue of faults: transactions that are wrong in themselves or in their context. */

type Row = {
  readonly id: string;
  readonly what: string;
  readonly expected: readonly [status: number, code: string];
  readonly transactions: () => readonly Uint8Array[];
};

const MAX = 2n ** 64n - 1n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const toBob = (amount: bigint) => ({ amount, lock: lockOf(bob) });
const changed = (...changes: readonly Partial<TransactionBody>[]) =>
  changes.map((change) => signed(payment(0, change)));

/** `payment(0)` with this public key and signature, whatever they are. */
function witnessed(publicKey: Uint8Array, signature: Uint8Array): Uint8Array {
  return encodeTransaction(payment(0), [{ kind: 'key', publicKey, signature }]);
}
const ownSignature = () => alice.sign(txidOf(payment(0)) as string as Digest);
const scalar = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const pair = (r: bigint, s: bigint) => Buffer.concat([scalar(r), scalar(s)]);
const numberAt = (bytes: Uint8Array, from: number) =>
  BigInt(`0x${Buffer.from(bytes.subarray(from, from + 32)).toString('hex')}`);
const edited = (bytes: Uint8Array, edit: (copy: Uint8Array) => void) => {
  const copy = bytes.slice();
  edit(copy);
  return copy;
};

const ROWS: readonly Row[] = [
  {
    id: 'T1',
    what: 'no inputs',
    expected: [422, 'inputs-empty'],
    transactions: () => changed({ inputs: [] }),
  },
  {
    id: 'T1',
    what: 'no outputs',
    expected: [422, 'outputs-empty'],
    transactions: () => changed({ outputs: [] }),
  },
  {
    id: 'T2',
    what: 'an output twice as input, side by side or not',
    expected: [422, 'duplicate-input'],
    transactions: () =>
      changed(
        { inputs: [coinAt(0), coinAt(0)] },
        { inputs: [coinAt(0), coinAt(1), coinAt(0)] },
        { inputs: [coinAt(0), coinAt(0), coinAt(0)] },
      ),
  },
  {
    id: 'T3',
    what: 'an amount of 0, a sum beyond 2^64-1',
    expected: [422, 'amount-range'],
    transactions: () =>
      changed(
        { outputs: [toBob(0n)] },
        { outputs: [toBob(MAX), toBob(1n)] },
        { outputs: [toBob(2n ** 63n), toBob(2n ** 63n)] },
        { outputs: [toBob(MAX), toBob(MAX), toBob(2n)] },
      ),
  },
  {
    id: 'T4',
    what: 'outputs that exceed the inputs',
    expected: [422, 'inputs-below-outputs'],
    transactions: () =>
      changed({ outputs: [toBob(GENESIS_AMOUNT + 1n)] }, { outputs: [toBob(MAX)] }),
  },
  {
    id: 'T5',
    what: 'an input that does not exist',
    expected: [422, 'unknown-input'],
    transactions: () =>
      changed(
        { inputs: [{ txid: '0'.repeat(64) as TxId, index: 0 }] },
        { inputs: [{ txid: coinAt(0).txid, index: 1000 }] },
        { inputs: [{ txid: coinAt(0).txid, index: 65_535 }] },
      ),
  },
  {
    id: 'T12',
    what: 'another encoding of the same transaction',
    expected: [400, 'malformed'],
    transactions: () => {
      const bytes = signed(payment(0));
      return [
        Buffer.concat([bytes, new Uint8Array(1)]),
        Buffer.concat([bytes, bytes]),
        bytes.subarray(0, -1),
        new Uint8Array([1]),
      ];
    },
  },
  {
    id: 'T12',
    what: 'a witness that nobody needs, or twice',
    expected: [422, 'bad-witness'],
    transactions: () => {
      const witness = {
        kind: 'key',
        publicKey: alice.publicKey,
        signature: ownSignature(),
      } as const;
      return [encodeTransaction(payment(0), [witness, witness])];
    },
  },
  {
    id: 'T15',
    what: 'a signature that is wrong, high, out of range, or under a bad key',
    expected: [422, 'bad-signature'],
    transactions: () => {
      const key = alice.publicKey;
      const own = ownSignature();
      const [r, s] = [numberAt(own, 0), numberAt(own, 32)];
      return [
        witnessed(bob.publicKey, own),
        witnessed(key, pair(r, ORDER - s)),
        witnessed(key, pair(0n, s)),
        witnessed(key, pair(r, 0n)),
        witnessed(key, pair(ORDER, s)),
        witnessed(key, pair(r, ORDER)),
        witnessed(key, pair(s, r)),
        witnessed(key, new Uint8Array(64).fill(255)),
        witnessed(
          edited(key, (copy) => copy.fill(255, 1)),
          own,
        ),
        witnessed(
          edited(key, (copy) => copy.fill(0, 1)),
          own,
        ),
      ];
    },
  },
  {
    id: 'T16',
    what: 'a signature made for something else',
    expected: [422, 'bad-signature'],
    transactions: () =>
      [{ validUntil: 999 }, { inputs: [coinAt(1)] }, { ledgerId: 'a'.repeat(64) as LedgerId }].map(
        (other) =>
          witnessed(alice.publicKey, alice.sign(txidOf(payment(0, other)) as string as Digest)),
      ),
  },
  {
    id: 'R26',
    what: 'a transaction of another ledger',
    expected: [422, 'wrong-ledger'],
    transactions: () => changed({ ledgerId: 'a'.repeat(64) as LedgerId }),
  },
  {
    id: 'T18',
    what: 'a fee below the minimum',
    expected: [422, 'insufficient-fee'],
    transactions: () => changed({ outputs: [toBob(GENESIS_AMOUNT - 9n)] }),
  },
  {
    id: 'T19',
    what: 'more inputs or outputs than may be',
    expected: [413, 'too-large'],
    transactions: () => [
      signed(payment(0, { inputs: Array.from({ length: 1025 }, (_, i) => coinAt(i)) })),
      signed(payment(0, { outputs: Array.from({ length: 1025 }, () => toBob(1n)) })),
    ],
  },
  {
    id: 'T20',
    what: 'a version of the future',
    expected: [422, 'unsupported-version'],
    transactions: () => [edited(signed(payment(0)), (copy) => copy.fill(2, 0, 1))],
  },
];

describe('REST: bad transactions', () => {
  const served = serving();

  for (const { id, what, expected, transactions } of ROWS) {
    it(`${id}: ${what}`, async () => {
      const before = served.node.fingerprint();
      const list = transactions();
      for (const bytes of list) {
        const { status, body } = await post(served.api, '/v1/transactions', bytes);
        assert.deepEqual([status, body.code], expected);
      }
      const batch = await post(served.api, '/v1/transactions/batch', joinBatch(list));
      const codes = batch.body.results.map((one: { code: string }) => one.code);
      assert.deepEqual(new Set(codes), new Set([expected[1]]));
      await assertUnharmed(served, before);
    });
  }
});

describe('REST: damaged transactions', () => {
  const served = serving();

  it('T12: bytes that are cut or flipped anywhere never bring it down', async () => {
    const { api, node } = served;
    const before = node.fingerprint();
    const bytes = signed(payment(0));
    const cut = Array.from(bytes, (_, length) => bytes.slice(0, length)).slice(1);
    const flipped = Array.from(bytes, (_, at) =>
      edited(bytes, (copy) => copy.set([(copy[at] as number) ^ 1], at)),
    );
    const shapes = [...cut, ...flipped];
    for (let from = 0; from < shapes.length; from += 100) {
      const batch = joinBatch(shapes.slice(from, from + 100));
      const { status, body } = await post(api, '/v1/transactions/batch', batch);
      assert.equal(status, 200);
      for (const result of body.results) assert.equal(result.ok, false);
    }
    await assertUnharmed(served, before);
  });
});
