import fc from 'fast-check';
import { contentsOf } from '../../src/codec/block.ts';
import { toHex } from '../../src/codec/hex.ts';
import { decodeTransaction, encodeTransaction } from '../../src/codec/transaction.ts';
import { defined } from '../../src/std/assert.ts';
import { compareBytes } from '../../src/std/bytes.ts';
import type { BlockHeader, BlockRef, Vote } from '../../src/types/block.ts';
import type { Digest, LedgerId, Lock, TxId } from '../../src/types/ids.ts';
import type { Certificate, Checkpoint } from '../../src/types/ledger.ts';
import { WIRE_LIMITS } from '../../src/types/limits.ts';
import type { PeerMessage } from '../../src/types/message.ts';
import type {
  Output,
  Transaction,
  TransactionBody,
  Verified,
  Witness,
} from '../../src/types/transaction.ts';

/** Random values of every encoded type. Signatures are random bytes: form is right, nothing verifies. */

const U32 = 0xffff_ffff;
export const LANES_MAX = WIRE_LIMITS.committeeMax.value;
/** Of any validator that a committee can have. */
export const lanes = fc.integer({ min: 0, max: LANES_MAX - 1 });

export function byteString(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

/** One byte again and again. Up to `max` of them, while `fc.uint8Array` hardly ever makes more than ten. */
export function filledBytes(min: number, max: number): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.integer({ min, max }), fc.nat(255))
    .map(([length, byte]) => new Uint8Array(length).fill(byte));
}

export const digests = byteString(32).map((bytes) => toHex(bytes) as Digest);
export const txids = digests as fc.Arbitrary<string> as fc.Arbitrary<TxId>;
const signatures = byteString(64);
export const u32 = fc.oneof(fc.integer({ min: 0, max: U32 }), fc.constantFrom(0, 1, U32));
const epochs = fc.integer({ min: 1, max: U32 });
const times = fc.integer({ min: 0, max: 2 ** 48 - 1 });

const publicKeys = fc
  .tuple(fc.constantFrom(2, 3), byteString(32))
  .map(([prefix, x]) => Uint8Array.of(prefix, ...x));

export const locks = fc
  .tuple(fc.constantFrom('01', '02'), digests)
  .map(([kind, hash]) => (kind + hash) as Lock);

export const outputs: fc.Arbitrary<Output> = fc.record({
  amount: fc.oneof(
    fc.bigInt({ min: 1n, max: 2n ** 60n }),
    fc.constantFrom(1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n),
  ),
  lock: locks,
});

export const keyWitnesses: fc.Arbitrary<Extract<Witness, { kind: 'key' }>> = fc.record({
  kind: fc.constant('key' as const),
  publicKey: publicKeys,
  signature: signatures,
});

const multiWitnesses: fc.Arbitrary<Witness> = fc
  .uniqueArray(publicKeys, {
    minLength: 1,
    maxLength: WIRE_LIMITS.multiKeysMax.value,
    size: 'max',
    selector: toHex,
  })
  .chain((keys) =>
    fc
      .tuple(
        fc.uniqueArray(fc.integer({ min: 0, max: keys.length - 1 }), { minLength: 1 }),
        signatures,
      )
      .map(([indexes, signature]) => ({
        kind: 'multi' as const,
        threshold: indexes.length,
        publicKeys: [...keys].sort(compareBytes),
        signatures: [...indexes].sort((a, b) => a - b).map((index) => ({ index, signature })),
      })),
  );

export const bodies: fc.Arbitrary<TransactionBody> = fc.record({
  ledgerId: digests as fc.Arbitrary<LedgerId>,
  validUntil: u32,
  inputs: fc.uniqueArray(fc.record({ txid: txids, index: fc.integer({ min: 0, max: 0xffff }) }), {
    minLength: 1,
    maxLength: 12,
    selector: ({ txid, index }) => `${txid}${index}`,
  }),
  outputs: fc.array(outputs, { minLength: 1, maxLength: 4 }),
});

export const transactions: fc.Arbitrary<Verified<Transaction>> = bodies.chain((body) =>
  fc
    .array(fc.oneof(keyWitnesses, multiWitnesses), {
      minLength: 1,
      maxLength: Math.min(3, body.inputs.length),
    })
    .map((witnesses) => transactionOf(body, witnesses)),
);

export function transactionOf(
  body: TransactionBody,
  witnesses: readonly Witness[],
): Verified<Transaction> {
  const decoded = decodeTransaction(encodeTransaction(body, witnesses));
  return defined(decoded.ok ? decoded.value : null, 'a valid transaction') as Verified<Transaction>;
}

function blockRefs(lane: number): fc.Arbitrary<BlockRef> {
  return fc.record({
    lane: fc.constant(lane),
    generation: u32,
    seq: epochs,
    digest: digests,
  });
}

const anyRef = lanes.chain(blockRefs);

export const votes: fc.Arbitrary<Vote> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('propose' as const, 'viewchange' as const),
    epoch: epochs,
    view: u32,
  }),
  fc.record({
    kind: fc.constantFrom('prepare' as const, 'commit' as const),
    epoch: epochs,
    view: u32,
    block: anyRef,
  }),
  fc.record({ kind: fc.constant('end' as const), epoch: epochs }),
  fc.record({
    kind: fc.constant('checkpoint' as const),
    epoch: epochs,
    checkpoint: digests,
    signature: signatures,
  }),
  fc.record({
    kind: fc.constant('checked' as const),
    lane: lanes,
    seq: epochs,
  }),
);

export type BlockParts = {
  readonly header: BlockHeader;
  readonly signature: Uint8Array;
  readonly txs: readonly Transaction[];
  readonly votes: readonly Vote[];
};

export const blockParts = blockPartsOf({
  txs: fc.array(transactions, { maxLength: 3 }),
  votes: fc.array(votes, { maxLength: 4 }),
  named: fc.uniqueArray(lanes, { maxLength: 5 }),
});

/** `named`: the lanes of the blocks that it refers to. */
export function blockPartsOf(lists: {
  readonly txs: fc.Arbitrary<Transaction[]>;
  readonly votes: fc.Arbitrary<Vote[]>;
  readonly named: fc.Arbitrary<number[]>;
}): fc.Arbitrary<BlockParts> {
  return fc
    .record({
      ...lists,
      signature: signatures,
      lane: lanes,
      seq: epochs,
      prev: digests,
      epoch: u32,
      timeMs: times,
      ledgerId: digests,
      digest: digests,
    })
    .map(({ signature, txs, votes: cast, named, digest, ...rest }) => ({
      signature,
      txs,
      votes: cast,
      header: {
        ...rest,
        committee: 0,
        generation: 0,
        refs: named
          .filter((lane) => lane !== rest.lane)
          .sort((a, b) => a - b)
          .map((lane) => ({ lane, generation: 0, seq: rest.seq, digest })),
        ...contentsOf(txs, cast),
      },
    }));
}

export const checkpoints: fc.Arbitrary<Checkpoint> = fc.record({
  ledgerId: digests,
  committee: fc.constant(0),
  paramsDigest: digests,
  epoch: epochs,
  prev: digests,
  cut: digests,
  txRoot: digests,
  stateRoot: digests,
  acceptedCount: u32,
  rejectedCount: u32,
  timeMs: times,
});

export const certificates = certificatesOf(fc.uniqueArray(lanes, { maxLength: 5 }));

export function certificatesOf(signers: fc.Arbitrary<number[]>): fc.Arbitrary<Certificate> {
  return fc
    .record({ checkpoint: checkpoints, signers, signature: signatures })
    .map(({ checkpoint, signers: by, signature }) => ({
      checkpoint,
      signatures: by
        .toSorted((a, b) => a - b)
        .map((lane) => ({ lane, signature: signature.map((byte) => byte ^ lane) })),
    }));
}

export const messages = messagesOf({
  blobs: filledBytes(1, 60),
  frontiers: fc.array(u32, { maxLength: 7 }),
  wanted: fc.array(digests, { maxLength: 5 }),
  commits: fc.array(digests, { maxLength: 5 }),
  txs: fc.array(filledBytes(1, 60), { maxLength: 5 }),
});

export function messagesOf(parts: {
  readonly blobs: fc.Arbitrary<Uint8Array>;
  readonly frontiers: fc.Arbitrary<number[]>;
  readonly wanted: fc.Arbitrary<Digest[]>;
  readonly commits: fc.Arbitrary<Digest[]>;
  readonly txs: fc.Arbitrary<Uint8Array[]>;
}): fc.Arbitrary<PeerMessage> {
  const { blobs, frontiers, wanted, commits, txs } = parts;
  const after = fc.option(txids);
  return fc.oneof(
    fc.record({ kind: fc.constant('block' as const), bytes: blobs }),
    fc.record({
      kind: fc.constant('heads' as const),
      generation: u32,
      frontier: frontiers,
      yours: fc.option(blobs),
    }),
    fc.record({
      kind: fc.constant('want' as const),
      generation: u32,
      frontier: frontiers,
      digests: wanted,
    }),
    fc.record({ kind: fc.constant('decided' as const), generation: u32, commits }),
    fc.record({ kind: fc.constant('gone' as const), generation: u32, certificate: blobs }),
    fc.record({ kind: fc.constant('state' as const), epoch: u32, after }),
    fc.record({
      kind: fc.constant('page' as const),
      epoch: u32,
      after,
      next: after,
      bytes: blobs,
    }),
    fc.record({ kind: fc.constant('transactions' as const), txs }),
  );
}
