import { checkpointDigest } from '../src/codec/checkpoint.ts';
import { createCommittee } from '../src/committee/committee.ts';
import { taggedHash, taggedHashPair } from '../src/crypto/hash.ts';
import { publicKeyOf } from '../src/crypto/secp256k1.ts';
import { unspentLeaf } from '../src/ledger/coins.ts';
import { outcomeRoot, proveOutcome } from '../src/ledger/outcomes.ts';
import type { Trust } from '../src/ledger/proofs.ts';
import { keyBit, stateLeafHash } from '../src/ledger/state-proof.ts';
import { defined } from '../src/std/assert.ts';
import { uint32Bytes } from '../src/std/bytes.ts';
import { runToEnd } from '../src/std/slices.ts';
import { type Digest, type LedgerId, type TxId, ZERO_DIGEST } from '../src/types/ids.ts';
import type { Certificate, Outcome, UnspentOutput } from '../src/types/ledger.ts';
import type { OutputProof, TransactionProof } from '../src/types/proof.ts';

/*
 * A small certified ledger. Exactly one checkpoint counts as signed, so whatever a changed proof claims
 * and the light client believes can be held against what is in the ledger.
 */
const EPOCH = 7;
const LEAVES = 6;

const digestOf = (label: string, n: number): Digest =>
  taggedHash('params', new TextEncoder().encode(label), uint32Bytes(n));
const txidOf = (n: number) => digestOf('txid', n) as string as TxId;
const lockOf = (n: number) => `01${digestOf('lock', n)}` as UnspentOutput['lock'];

export const unspentOf = new Map<TxId, readonly UnspentOutput[]>(
  Array.from({ length: LEAVES }, (_, n) => [
    txidOf(n),
    Array.from({ length: 1 + (n % 3) }, (__, index) => ({
      index: 2 * index,
      amount: 5n + BigInt(n * 10 + index),
      lock: lockOf(n),
    })),
  ]),
);

type Leaf = { readonly key: TxId; readonly value: Digest };
const leaves: Leaf[] = [...unspentOf]
  .map(([key, unspent]) => ({ key, value: unspentLeaf(EPOCH, unspent) }))
  .sort((a, b) => (a.key < b.key ? -1 : 1));

/** The root of a set of leaves, by its definition (ledger/state-proof). */
function rootOf(set: readonly Leaf[], depth: number): Digest {
  const [first, ...others] = set;
  if (first === undefined) return ZERO_DIGEST;
  if (others.length === 0) return stateLeafHash(first.key, first.value);
  const [left, right] = [0, 1].map((bit) => set.filter(({ key }) => keyBit(key, depth) === bit));
  return taggedHashPair(
    'state-node',
    rootOf(left ?? [], depth + 1),
    rootOf(right ?? [], depth + 1),
  );
}

function statePath(key: TxId): OutputProof['path'] {
  const siblings: Digest[] = [];
  let set: readonly Leaf[] = leaves;
  for (let depth = 0; set.length > 1; depth++) {
    const bit = keyBit(key, depth);
    siblings.push(
      rootOf(
        set.filter((leaf) => keyBit(leaf.key, depth) !== bit),
        depth + 1,
      ),
    );
    set = set.filter((leaf) => keyBit(leaf.key, depth) === bit);
  }
  return { key, siblings, leaf: set[0] ?? null };
}

export const outcomesOf = new Map<TxId, Outcome>(
  Array.from({ length: LEAVES }, (_, n): [TxId, Outcome] => {
    const txid = txidOf(n);
    if (n % 2 === 0) return [txid, { txid, accepted: true }];
    return [txid, { txid, accepted: false, reason: 'input-spent', winner: txidOf(n - 1) }];
  }),
);
const sorted = [...outcomesOf.values()].sort((a, b) => (a.txid < b.txid ? -1 : 1));

const ledgerId = digestOf('ledger', 0) as LedgerId;
const members = [1, 2, 3, 4].map((n) => {
  const secret = new Uint8Array(32).fill(n);
  return { name: `v${n}`, publicKey: Buffer.from(publicKeyOf(secret)).toString('hex') };
});

const certificate: Certificate = {
  checkpoint: {
    ledgerId,
    committee: 0,
    paramsDigest: digestOf('params', 0),
    epoch: EPOCH,
    prev: digestOf('prev', 0),
    cut: digestOf('cut', 0),
    txRoot: runToEnd(outcomeRoot(sorted)),
    stateRoot: rootOf(leaves, 0),
    acceptedCount: 3,
    rejectedCount: 3,
    timeMs: 1,
  },
  signatures: [0, 1, 2].map((lane) => ({ lane, signature: new Uint8Array(64).fill(lane + 1) })),
};

const signed = checkpointDigest(certificate.checkpoint);

export const trust: Trust = {
  ledgerId,
  committee: createCommittee(members),
  verifier: {
    backend: 'native',
    // Lane k has signed this checkpoint by 64 bytes of k + 1, and nothing else.
    verify: ({ digest, signature, publicKey }) => {
      const key = Buffer.from(publicKey).toString('hex');
      const lane = members.findIndex((member) => member.publicKey === key);
      return digest === signed && signature.every((byte) => byte === lane + 1);
    },
  } as Trust['verifier'],
};

export const outputProofs: OutputProof[] = [...unspentOf.keys(), txidOf(99), txidOf(98)].map(
  (txid) => ({
    certificate,
    txid,
    unspent: unspentOf.get(txid) ?? null,
    acceptedEpoch: unspentOf.has(txid) ? EPOCH : null,
    path: statePath(txid),
  }),
);

export const transactionProofs: TransactionProof[] = sorted.map((outcome) => ({
  certificate,
  outcome,
  path: defined(proveOutcome(sorted, outcome.txid), 'it is in the list'),
}));
