import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { concatBytes } from '../std/bytes.ts';
import type { Digest } from '../types/ids.ts';
import { DOMAINS, TAGS } from './domains.ts';
import { taggedHash, taggedHashDigest, taggedHashPair } from './hash.ts';

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('tags are those of the protocol, no two alike', () => {
  const tag = TAGS.transaction.toString('hex');
  assert.equal(tag, 'b4bff7e834e5c9087c6072f4f4747641f66914640c7693f1ee2fde4e13eabaf7');
  assert.equal(
    TAGS['epoch-seed'].toString('hex'),
    '385c633b67e4792dced62ab922b44411cabc85db4e53b09c4fa757149f0170d7',
  );
  assert.equal(new Set(DOMAINS.map((domain) => TAGS[domain].toString('hex'))).size, DOMAINS.length);
});

test('a tagged hash is the SHA-256 of tag and parts', () => {
  for (const length of [0, 1, 64, 250, 131_040, 131_041, 400_000]) {
    const data = new Uint8Array(length).fill(7);
    const expected = sha256(concatBytes(TAGS.block, data));
    assert.equal(taggedHash('block', data), expected);
    const middle = length >>> 1;
    assert.equal(taggedHash('block', data.slice(0, middle), data.slice(middle)), expected);
  }
});

test('a long hash leaves nothing behind in a short one', () => {
  const short = taggedHash('votes', Uint8Array.of(1));
  taggedHash('block', new Uint8Array(5000).fill(255));
  assert.equal(taggedHash('votes', Uint8Array.of(1)), short);
});

test('the fixed-size forms are the general one', () => {
  const [a, b] = ['ab'.repeat(32) as Digest, '01'.repeat(32) as Digest];
  const [x, y] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')];
  assert.equal(taggedHashPair('list-node', a, b), taggedHash('list-node', x, y));
  assert.notEqual(taggedHashPair('list-node', b, a), taggedHash('list-node', x, y));
  assert.equal(taggedHashDigest('list-leaf', a), taggedHash('list-leaf', x));
  assert.notEqual(taggedHash('list-leaf', x, y), taggedHash('list-node', x, y));
});
