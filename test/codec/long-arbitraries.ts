import fc from 'fast-check';
import { WIRE_LIMITS } from '../../src/types/limits.ts';
import type { Output, TransactionBody, Witness } from '../../src/types/transaction.ts';
import {
  blockPartsOf,
  bodies,
  certificatesOf,
  digests,
  filledBytes,
  keyWitnesses,
  LANES_MAX,
  messagesOf,
  outputs,
  transactionOf,
  transactions,
  txids,
  u32,
  votes,
} from './arbitraries.ts';

/*
 * Values as long as the bounds of the encodings let them be. What is tested byte by byte is short
 * (arbitraries.ts); the fuzzer draws one of these now and then.
 */

/** Of six values one is long: many inputs are tried only where most are short. */
export function orLong<T>(usual: fc.Arbitrary<T>, long: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: usual, weight: 5 }, { arbitrary: long, weight: 1 });
}

/** Up to `max`, and mostly that many. Few of them are drawn and repeated: a thousand would take long. */
export function many<T>(one: fc.Arbitrary<T>, max: number): fc.Arbitrary<T[]> {
  return fc
    .tuple(fc.array(one, { minLength: 1, maxLength: 4 }), lengths(max))
    .map(([some, length]) => Array.from({ length }, (_, i) => some[i % some.length] as T));
}

function lengths(max: number): fc.Arbitrary<number> {
  return fc.oneof(fc.integer({ min: 1, max }), fc.constantFrom(max - 1, max));
}

const allLanes = Array.from({ length: LANES_MAX }, (_, lane) => lane);
const manyLanes = fc.subarray(allLanes, { minLength: LANES_MAX - 9 });
/** Longer than what a length of 16 bits can tell. */
export const longBlobs = filledBytes(60_000, 70_000);

function withInputs(count: number): fc.Arbitrary<TransactionBody> {
  return fc.tuple(bodies, txids).map(([body, txid]) => ({
    ...body,
    inputs: Array.from({ length: count }, (_, index) => ({ txid, index })),
  }));
}

/** Of so little that the sum of all is an amount. */
export const manyOutputs = many(
  outputs.map(({ amount, lock }): Output => ({ amount: (amount >> 11n) + 1n, lock })),
  WIRE_LIMITS.outputsMax.value,
);

type KeyWitness = Extract<Witness, { kind: 'key' }>;

/** These, and the inputs that they are for, take most of the bytes that a transaction may have. */
const WITNESSES = 700;
const { inputsMax, blockTxsMax, votesMax, wantDigestsMax, forwardTxsMax } = WIRE_LIMITS;

export const longTransactions = fc.oneof(
  fc
    .tuple(lengths(inputsMax.value).chain(withInputs), keyWitnesses)
    .map(([body, witness]) => transactionOf(body, [witness])),
  fc
    .tuple(bodies, manyOutputs, keyWitnesses)
    .map(([body, paid, witness]) => transactionOf({ ...body, outputs: paid }, [witness])),
  fc
    .tuple(withInputs(WITNESSES), many(keyWitnesses, WITNESSES))
    .map(([body, witnesses]) => transactionOf(body, witnesses.map(numbered))),
);

/** No two of a transaction's witnesses are of one lock. */
function numbered(witness: KeyWitness, number: number): KeyWitness {
  const publicKey = witness.publicKey.with(1, number >> 8).with(2, number & 255);
  return { ...witness, publicKey };
}

const smallTransactions = fc
  .tuple(withInputs(1), outputs, keyWitnesses)
  .map(([body, output, witness]) => transactionOf({ ...body, outputs: [output] }, [witness]));

export const manyVotes = many(votes, votesMax.value);

export const longBlockParts = blockPartsOf({
  txs: orLong(fc.array(transactions, { maxLength: 3 }), many(smallTransactions, blockTxsMax.value)),
  votes: manyVotes,
  named: manyLanes,
});

export const longCertificates = certificatesOf(manyLanes);

export const longMessages = messagesOf({
  blobs: longBlobs,
  frontiers: many(u32, LANES_MAX),
  wanted: many(digests, wantDigestsMax.value),
  commits: many(digests, LANES_MAX),
  txs: fc.oneof(
    many(filledBytes(1, 60), forwardTxsMax.value),
    fc.array(longBlobs, { maxLength: 2 }),
  ),
});
