import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import fc from 'fast-check';
import { filledBytes } from '../../test/codec/arbitraries.ts';
import { joinRecords, splitRecords } from './exchange.ts';
import { RecordBook } from './record-book.ts';
import { readRecord, sealRecord } from './records.ts';

const DOMAIN = '/althing/1/abababababababab/peer-record';
const HERE = '/ip4/127.0.0.1/tcp/5000';
const THERE = '/dns4/validator-1/tcp/5001';

function keyOf(name: string) {
  return privateKeyFromRaw(new Uint8Array(createHash('sha256').update(name).digest()));
}

const keys = ['v0', 'v1', 'v2'].map(keyOf);
const ids = keys.map((key) => peerIdFromPrivateKey(key).toString());

function laneOf(peerId: string): number | undefined {
  const lane = ids.indexOf(peerId);
  return lane === -1 ? undefined : lane;
}

function book(): RecordBook {
  return new RecordBook(laneOf, 0, keys[0]!, DOMAIN);
}

test('a sealed record says what was sealed', async () => {
  const bytes = await sealRecord(keys[1]!, DOMAIN, 7n, [HERE, THERE]);
  const read = readRecord(bytes, laneOf);
  assert.ok(read.ok);
  assert.deepEqual(
    { ...read.value, bytes: null },
    { lane: 1, seq: 7n, addresses: [HERE, THERE], bytes: null },
  );
});

test('a newer record of a member replaces an older one, never the other way round', async () => {
  const known = book();
  const older = await sealRecord(keys[1]!, DOMAIN, 7n, [HERE]);
  const newer = await sealRecord(keys[1]!, DOMAIN, 8n, [THERE]);
  const first = await known.learn(newer);
  assert.ok(first.ok && first.value.kind === 'new');
  const second = await known.learn(older);
  assert.ok(second.ok && second.value.kind === 'known');
  const again = await known.learn(newer);
  assert.ok(again.ok && again.value.kind === 'known');
  assert.deepEqual(known.get(1)?.addresses, [THERE]);
});

test('of two that come at once the newer stays, whatever is checked first', async () => {
  const known = book();
  const older = await sealRecord(keys[1]!, DOMAIN, 7n, [HERE]);
  const newer = await sealRecord(keys[1]!, DOMAIN, 8n, [THERE]);
  await Promise.all([known.learn(newer), known.learn(older)]);
  assert.equal(known.get(1)?.seq, 8n);
});

test('P20: only the key of the member itself counts', async () => {
  const known = book();
  const stranger = await sealRecord(keyOf('stranger'), DOMAIN, 1n, [HERE]);
  assert.deepEqual(await known.learn(stranger), { ok: false, error: 'record-not-of-a-member' });
  // The record of v1 in an envelope that v2 has signed, and v2's signature under v1's key.
  const own = await sealRecord(keys[1]!, DOMAIN, 1n, [HERE]);
  const other = await sealRecord(keys[2]!, DOMAIN, 1n, [HERE]);
  const forged = own.slice();
  forged.set(other.subarray(-64), forged.length - 64);
  assert.deepEqual(await known.learn(forged), { ok: false, error: 'record-bad-signature' });
  assert.equal(known.get(1), undefined);
});

test('a record for another ledger is refused', async () => {
  const foreign = await sealRecord(keys[1]!, '/althing/1/0000000000000000/peer-record', 1n, [HERE]);
  assert.deepEqual(await book().learn(foreign), { ok: false, error: 'record-bad-signature' });
});

test('P19, P20: too many addresses, other transports, too many bytes', async () => {
  const many = Array.from({ length: 9 }, (_, port) => `/ip4/127.0.0.1/tcp/${port + 1}`);
  const crowded = await sealRecord(keys[1]!, DOMAIN, 1n, many);
  assert.deepEqual(readRecord(crowded, laneOf), { ok: false, error: 'record-malformed' });
  const udp = await sealRecord(keys[1]!, DOMAIN, 1n, ['/ip4/127.0.0.1/udp/1/quic-v1']);
  assert.deepEqual(readRecord(udp, laneOf), { ok: false, error: 'record-malformed' });
  const long = await sealRecord(keys[1]!, DOMAIN, 1n, [`/dns4/${'x'.repeat(2000)}/tcp/1`]);
  assert.deepEqual(readRecord(long, laneOf), { ok: false, error: 'record-too-long' });
});

test('P9, P10: no bytes make reading throw, and no flipped bit is taken for the member’s word', async () => {
  const bytes = await sealRecord(keys[1]!, DOMAIN, 9n, [HERE]);
  for (let length = 0; length < bytes.length; length += 1) {
    assert.equal((await book().learn(bytes.subarray(0, length))).ok, false);
  }
  const random = fc.property(fc.uint8Array({ maxLength: 200 }), (junk) => {
    assert.equal(readRecord(junk, laneOf).ok, false);
  });
  fc.assert(random);
  for (let at = 0; at < bytes.length; at += 1) {
    const flipped = bytes.slice();
    flipped[at]! ^= 1 << (at % 8);
    const known = book();
    await known.learn(flipped);
    // Protobuf has room for bits that mean nothing; what is taken must say the same.
    const taken = known.get(1);
    if (taken) assert.deepEqual([taken.seq, taken.addresses], [9n, [HERE]]);
  }
});

test('our own record counts on from the highest that anybody has seen', async () => {
  const known = book();
  const first = await known.announce(0, [HERE], 1000);
  assert.equal(first.seq, 1000n);
  assert.equal((await known.announce(0, [THERE], 1000)).seq, 1001n);
  const earlierLife = await sealRecord(keys[0]!, DOMAIN, 5000n, [HERE]);
  const learned = await known.learn(earlierLife);
  assert.ok(learned.ok && learned.value.kind === 'own');
  assert.equal((await known.announce(0, [THERE], 1001)).seq, 5001n);
});

test('lists of records are cut where they were joined, or not at all', () => {
  // Longer ones, too, than one byte of a length can say.
  const property = fc.property(fc.array(filledBytes(0, 600), { maxLength: 8 }), (records) => {
    const joined = joinRecords(records);
    assert.deepEqual(splitRecords(joined), records);
    if (joined.length > 0) assert.notDeepEqual(splitRecords(joined.subarray(0, -1)), records);
  });
  fc.assert(property);
  assert.equal(splitRecords(Uint8Array.of(0)), null);
  assert.equal(splitRecords(Uint8Array.of(0, 2, 1)), null);
});
