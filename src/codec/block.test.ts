import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  votes as anyVote,
  type BlockParts,
  blockParts,
  byteString,
} from '../../test/codec/arbitraries.ts';
import { holdsCanonical } from '../../test/codec/canonical.ts';
import { taggedHash } from '../crypto/hash.ts';
import { keyLock, multiLock } from '../crypto/locks.ts';
import { publicKeyOf } from '../crypto/secp256k1.ts';
import { createSigner } from '../crypto/sign.ts';
import { defined } from '../std/assert.ts';
import { compareBytes, concatBytes } from '../std/bytes.ts';
import { ok } from '../std/result.ts';
import type { BlockHeader, Vote } from '../types/block.ts';
import type { Digest, TxId } from '../types/ids.ts';
import type { TransactionBody, Witness } from '../types/transaction.ts';
import {
  blockDigest,
  contentsOf,
  decodeBlock,
  encodeBlock,
  encodeHeader,
  inspectBlock,
  votesHash,
} from './block.ts';
import { decodeTransaction, encodeTransaction, txidOf } from './transaction.ts';

const of = (byte: string): Digest => byte.repeat(32) as Digest;

function encode({ header, signature, txs, votes }: BlockParts): Uint8Array {
  return encodeBlock(header, signature, txs, votes);
}

function answer(bytes: Uint8Array): string {
  const inspected = inspectBlock(bytes);
  return inspected.ok ? 'ok' : inspected.error.code;
}

test('P9, P10: a block has one encoding', () => {
  holdsCanonical(
    {
      encode,
      decode(bytes) {
        const decoded = decodeBlock(bytes);
        if (!decoded.ok) return decoded;
        const { header, signature, txs, votes } = decoded.value;
        return ok({ header, signature, txs, votes });
      },
    },
    blockParts,
    12,
  );
});

test('the digest is the hash of the header alone', () => {
  fc.assert(
    fc.property(blockParts, byteString(64), (parts, signature) => {
      const decoded = decodeBlock(encode({ ...parts, signature }));
      assert.ok(decoded.ok);
      assert.equal(decoded.value.digest, blockDigest(parts.header));
      assert.equal(decoded.value.digest, taggedHash('block', encodeHeader(parts.header)));
    }),
    { numRuns: 20 },
  );
});

test('digest and votesHash are those of the protocol', () => {
  const secrets = [1, 2, 3].map((value) => new Uint8Array(32).with(31, value));
  const keys = secrets.map(publicKeyOf);
  const sorted = [...keys].sort(compareBytes);
  const signers = secrets.map((secret) => createSigner(secret));
  const one = signers[0]!;
  const body: TransactionBody = {
    ledgerId: of('aa'),
    validUntil: 77,
    inputs: [
      { txid: of('11') as string as TxId, index: 0 },
      { txid: of('22') as string as TxId, index: 1023 },
    ],
    outputs: [
      { amount: 1n, lock: keyLock(one.publicKey) },
      { amount: 2n ** 63n + 5n, lock: multiLock(2, sorted) },
    ],
  };
  const txid = txidOf(body) as string as Digest;
  const signatures = sorted.flatMap((publicKey, index) => {
    const signer = signers[keys.indexOf(publicKey)]!;
    return signer === one ? [] : [{ index, signature: signer.sign(txid) }];
  });
  const witnesses: Witness[] = [
    { kind: 'key', publicKey: one.publicKey, signature: one.sign(txid) },
    { kind: 'multi', threshold: 2, publicKeys: sorted, signatures },
  ];
  const decoded = decodeTransaction(encodeTransaction(body, witnesses));
  const tx = defined(decoded.ok ? decoded.value : null, 'the transaction');
  const block = { lane: 0, generation: 0, seq: 3, digest: of('33') };
  const votes: Vote[] = [
    { kind: 'propose', epoch: 1, view: 0 },
    { kind: 'prepare', epoch: 1, view: 0, block },
    { kind: 'commit', epoch: 1, view: 0, block },
    { kind: 'viewchange', epoch: 2, view: 1 },
    { kind: 'checkpoint', epoch: 1, checkpoint: of('44'), signature: one.sign(of('44')) },
  ];
  const header: BlockHeader = {
    ledgerId: of('aa'),
    committee: 0,
    lane: 1,
    generation: 0,
    seq: 9,
    prev: of('55'),
    epoch: 2,
    timeMs: 1_700_000_000_123,
    refs: [block, { lane: 3, generation: 0, seq: 7, digest: of('66') }],
    ...contentsOf([tx], votes),
  };
  assert.equal(header.txRoot, '81dfb297b1738380ad28ae68d0f4943d3f5fd197ed1185533a04f709aa5f3a16');
  const digest = blockDigest(header);
  assert.equal(digest, '78ea764e61415bd2bfe4e6d11d8f5a30fd06783fce4babb24d2105d7257f507b');
  assert.equal(encodeBlock(header, one.sign(digest), [tx], votes).length, 1053);
});

test('no votes have a hash as any other list of them: that of its encoding', () => {
  assert.equal(votesHash([]), taggedHash('votes', Uint8Array.of(0)));
});

test('votesHash covers the order and the signature', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyVote, { minLength: 2, maxLength: 4, selector: JSON.stringify }),
      (cast) => {
        assert.notEqual(votesHash([...cast].reverse()), votesHash(cast));
        assert.notEqual(votesHash(cast.slice(1)), votesHash(cast));
      },
    ),
    { numRuns: 30 },
  );
});

const sample = fc.sample(
  blockParts.filter(({ txs, votes }) => txs.length > 1 && votes.length > 0),
  { numRuns: 1, seed: 7 },
)[0] as BlockParts;

function withHeader(change: Partial<BlockHeader>): string {
  return answer(encode({ ...sample, header: { ...sample.header, ...change } }));
}

test('P10: a body that is not what the header says is refused', () => {
  const { header, txs, votes } = sample;
  assert.equal(withHeader({}), 'ok');
  assert.equal(withHeader({ txRoot: of('01') }), 'bad-root');
  assert.equal(withHeader({ votesHash: of('01') }), 'bad-root');
  assert.equal(withHeader({ txBytes: header.txBytes + 1 }), 'malformed');
  assert.equal(withHeader({ txCount: 2049 }), 'malformed');
  assert.notEqual(withHeader({ txCount: header.txCount + 1 }), 'ok');
  assert.notEqual(withHeader({ txCount: header.txCount - 1 }), 'ok');
  assert.equal(answer(encode({ ...sample, txs: [...txs].reverse() })), 'bad-root');
  assert.equal(answer(encode({ ...sample, votes: votes.slice(1) })), 'bad-root');
});

test('P12: header fields have their bounds', () => {
  const ref = { lane: 5, generation: 0, seq: 1, digest: of('01') };
  assert.equal(withHeader({ lane: 9, refs: [ref] }), 'ok');
  assert.equal(withHeader({ lane: 5, refs: [ref] }), 'malformed');
  assert.equal(withHeader({ lane: 9, refs: [ref, ref] }), 'malformed');
  assert.equal(withHeader({ lane: 9, refs: [ref, { ...ref, lane: 4 }] }), 'malformed');
  assert.equal(withHeader({ lane: 9, refs: [{ ...ref, seq: 0 }] }), 'malformed');
  assert.equal(withHeader({ lane: 9, refs: [{ ...ref, lane: 100 }] }), 'malformed');
  assert.equal(withHeader({ lane: 100 }), 'malformed');
  assert.equal(withHeader({ committee: 1 }), 'malformed');
  assert.equal(withHeader({ seq: 0 }), 'malformed');
  const bytes = encode(sample);
  assert.equal(answer(bytes.with(0, 2)), 'malformed');
  assert.equal(answer(concatBytes(bytes, Uint8Array.of(0))), 'malformed');
  assert.equal(answer(new Uint8Array(1_048_577)), 'malformed');
});

test('a transaction that is wrong in itself makes the block bad', () => {
  const tx = sample.txs[0]!;
  const free = encodeTransaction(
    { ...tx, outputs: [{ amount: 0n, lock: tx.outputs[0]!.lock }] },
    tx.witnesses,
  );
  const txs = [{ ...tx, bytes: free }];
  const header = { ...sample.header, ...contentsOf(txs, sample.votes) };
  assert.equal(answer(encode({ ...sample, header, txs })), 'bad-transaction');
});

test('as many votes as allowed, not one more', () => {
  const vote: Vote = { kind: 'viewchange', epoch: 1, view: 1 };
  const cast = (count: number): string => {
    const votes = Array<Vote>(count).fill(vote);
    const header = { ...sample.header, ...contentsOf(sample.txs, votes) };
    return answer(encode({ ...sample, header, votes }));
  };
  assert.equal(cast(64), 'ok');
  assert.equal(cast(65), 'malformed');
});

test('votes are for epochs from 1 and blocks that can be', () => {
  const block = { lane: 1, generation: 0, seq: 1, digest: of('01') };
  const cast = (...votes: Vote[]): string => {
    const header = { ...sample.header, ...contentsOf(sample.txs, votes) };
    return answer(encode({ ...sample, header, votes }));
  };
  const vote: Vote = { kind: 'prepare', epoch: 1, view: 0, block };
  assert.equal(cast(vote), 'ok');
  assert.equal(cast({ ...vote, epoch: 0 }), 'malformed');
  assert.equal(cast({ kind: 'propose', epoch: 0, view: 0 }), 'malformed');
  assert.equal(cast({ ...vote, block: { ...block, seq: 0 } }), 'malformed');
  assert.equal(cast({ kind: 'end', epoch: 1 }), 'ok');
  assert.equal(cast({ kind: 'end', epoch: 0 }), 'malformed');
  assert.equal(cast({ ...vote, block: { ...block, lane: 100 } }), 'malformed');
});
