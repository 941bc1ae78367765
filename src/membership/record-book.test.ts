import '../std/polyfill.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { NETWORK_LIMITS } from '../types/limits.ts';
import { RecordBook } from './record-book.ts';
import { readRecord, sealRecord } from './records.ts';

const DOMAIN = '/test/peer-record';
const BURST = NETWORK_LIMITS.recordsBurst.value;
const SPACING_MS = NETWORK_LIMITS.recordSpacingMs.value;

/** The book of lane 0, and what tells it of records of the others. */
async function bookOfThree() {
  const keys = await Promise.all([0, 1, 2].map(() => generateKeyPair('secp256k1')));
  const ids = keys.map((key) => peerIdFromPrivateKey(key).toString());
  const laneOf = (id: string) => (ids.includes(id) ? ids.indexOf(id) : undefined);
  const clock = { ms: 0 };
  const book = new RecordBook(laneOf, 0, keys[0]!, DOMAIN, () => clock.ms);
  const tell = async (lane: number, seq: number, domain = DOMAIN) => {
    const learned = await book.learn(await sealRecord(keys[lane]!, domain, BigInt(seq), []));
    return learned.ok ? learned.value.kind : learned.error;
  };
  return { book, clock, laneOf, tell };
}

test('a member that seals record after record is heard in a burst, then now and then', async () => {
  const { book, clock, tell } = await bookOfThree();
  for (let seq = 1; seq <= BURST; seq += 1) assert.equal(await tell(1, seq), 'new');
  for (let seq = 1; seq <= 20; seq += 1) assert.equal(await tell(1, BURST + seq), 'known');
  assert.equal(book.get(1)?.seq, BigInt(BURST));
  assert.equal(await tell(2, 1), 'new');
  clock.ms += SPACING_MS;
  assert.equal(await tell(1, 1000), 'new');
  assert.equal(await tell(1, 1001), 'known');
});

test('records that others forge do not keep a member from being heard', async () => {
  const { tell } = await bookOfThree();
  for (let seq = 1; seq <= 2 * BURST; seq += 1) {
    assert.equal(await tell(1, seq, '/other'), 'record-bad-signature');
  }
  assert.equal(await tell(1, 1), 'new');
});

test('of what one member brings so many records are read, and none that is here', async () => {
  const { book, clock, tell } = await bookOfThree();
  await tell(1, 7);
  const [known] = book.all();
  const { recordReadsBurst, recordReadsPerSecond } = NETWORK_LIMITS;
  const tries = 2 * recordReadsBurst.value;
  const read = (teller: number) => {
    let count = 0;
    for (let n = 0; n < tries; n += 1) {
      assert.equal(book.reads(known!, teller), false);
      if (book.reads(Uint8Array.of(n, n >> 8), teller)) count += 1;
    }
    return count;
  };
  assert.equal(read(1), recordReadsBurst.value);
  assert.equal(read(2), recordReadsBurst.value);
  clock.ms += 1000;
  assert.equal(read(1), recordReadsPerSecond.value);
});

test('of addresses too many or too long a record has as many as the others take', async () => {
  const { book, laneOf } = await bookOfThree();
  const long = (number: number) => `/dns4/${`${number}`.repeat(200)}.example/tcp/4800`;
  for (const [address, taken] of [
    [(number: number) => `/ip4/10.0.0.${number}/tcp/4800`, NETWORK_LIMITS.recordAddressesMax.value],
    [long, 3],
  ] as const) {
    const addresses = Array.from({ length: 9 }, (_, number) => address(number));
    const { bytes } = await book.announce(0, addresses, 1);
    const read = readRecord(bytes, laneOf);
    assert.ok(read.ok, read.ok ? '' : read.error);
    assert.deepEqual(read.value.addresses, addresses.slice(0, taken));
  }
});
