import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messages } from '../../test/codec/arbitraries.ts';
import { holdsCanonical } from '../../test/codec/canonical.ts';
import type { Digest } from '../types/ids.ts';
import type { PeerMessage } from '../types/message.ts';
import { decodeMessage, encodeMessage } from './message.ts';

function accepted(message: PeerMessage): boolean {
  return decodeMessage(encodeMessage(message)).ok;
}

test('a message has one encoding', () => {
  holdsCanonical({ encode: encodeMessage, decode: decodeMessage }, messages);
});

test('P11: every list has its bound', () => {
  const digest = 'ab'.repeat(32) as Digest;
  const want = (lanes: number, digests: number): PeerMessage => ({
    kind: 'want',
    generation: 0,
    frontier: Array(lanes).fill(1),
    digests: Array(digests).fill(digest),
  });
  assert.equal(accepted(want(100, 1024)), true);
  assert.equal(accepted(want(101, 0)), false);
  assert.equal(accepted(want(4, 1025)), false);
  const block = (length: number): PeerMessage => ({ kind: 'block', bytes: new Uint8Array(length) });
  assert.equal(accepted(block(1_048_576)), true);
  assert.equal(accepted(block(1_048_577)), false);
  assert.equal(accepted(block(0)), false);
  const forward = (count: number, length: number): PeerMessage => ({
    kind: 'transactions',
    txs: Array(count).fill(new Uint8Array(length)),
  });
  assert.equal(accepted(forward(512, 10)), true);
  assert.equal(accepted(forward(513, 10)), false);
  assert.equal(accepted(forward(1, 100_001)), false);
  assert.equal(accepted(forward(20, 100_000)), false); // more than a frame
});

test('P8: an unknown kind is refused', () => {
  assert.equal(decodeMessage(Uint8Array.of(8)).ok, false);
  assert.equal(decodeMessage(new Uint8Array(0)).ok, false);
});
