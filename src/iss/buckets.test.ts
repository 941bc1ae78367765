import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { taggedHash } from '../crypto/hash.ts';
import { type Digest, outpointKey, type TxId } from '../types/ids.ts';
import { type Input, inputOf } from '../types/transaction.ts';
import { Buckets, epochSeed, reproposeAtMs, smallestInput } from './buckets.ts';

const SEED = epochSeed('ab'.repeat(32) as Digest);

function input(n: number): Input {
  const txid = taggedHash('genesis-transaction', Uint8Array.of(n >> 8, n)) as string as TxId;
  return inputOf(outpointKey(txid, n % 7));
}

/** Few txids and indexes, so that many inputs differ in the index alone. */
const someInputs = fc.uniqueArray(
  fc
    .tuple(fc.nat(2), fc.constantFrom(0, 1, 9, 10, 15, 16, 255, 256, 1023))
    .map(([n, index]) => inputOf(outpointKey(input(n).txid, index))),
  { minLength: 1, maxLength: 16, size: 'max', selector: ({ key }) => key },
);

const committees = fc.integer({ min: 1, max: 100 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    owners: fc.subarray(Array.from({ length: n }, (_, lane) => lane)),
  }),
);

describe('buckets', () => {
  it('puts transactions that share their smallest input into one bucket', () => {
    const buckets = new Buckets(3, SEED, [0, 1, 2, 3], 4);
    const inputs = [input(1), input(2), input(3)];
    const smallest = smallestInput({ inputs });
    assert.equal(smallestInput({ inputs: inputs.toReversed() }), smallest);
    assert.ok(inputs.every(({ txid }) => smallest.slice(0, 64) <= txid));
    const rival = inputs.filter(({ txid }) => smallest.startsWith(txid));
    assert.equal(buckets.bucketOf({ inputs: rival }), buckets.bucketOf({ inputs }));
  });

  it('spreads transactions over all buckets and lanes, otherwise with every seed', () => {
    const counts = (seed: Digest) => {
      const buckets = new Buckets(1, seed, [0, 1, 2, 3], 4);
      const perLane = [0, 0, 0, 0];
      for (let n = 0; n < 4000; n += 1) {
        const lane = buckets.owner(buckets.bucketOf({ inputs: [input(n)] }));
        perLane[lane] = (perLane[lane] ?? 0) + 1;
      }
      return perLane;
    };
    const first = counts(SEED);
    for (const count of first) assert.ok(count > 850 && count < 1150, `${first}`);
    assert.notDeepEqual(counts(epochSeed('cd'.repeat(32) as Digest)), first);
  });

  it('moves every bucket to the next owner with every epoch', () => {
    const owners = [0, 2, 3];
    for (let bucket = 0; bucket < 64; bucket += 1) {
      const turns = [1, 2, 3].map((epoch) => new Buckets(epoch, SEED, owners, 4).owner(bucket));
      assert.deepEqual(turns.toSorted(), owners);
    }
  });

  it('gives lanes without blocks in the last cut no bucket, and all lanes some when there are none', () => {
    const some = new Buckets(5, SEED, [1, 3], 4);
    const none = new Buckets(5, SEED, [], 4);
    const owned = (buckets: Buckets) =>
      new Set(Array.from({ length: buckets.count }, (_, bucket) => buckets.owner(bucket)));
    assert.deepEqual([...owned(some)].toSorted(), [1, 3]);
    assert.deepEqual([...owned(none)].toSorted(), [0, 1, 2, 3]);
  });

  it('is the smallest input hashed with the seed, in whatever order the inputs stand', () => {
    fc.assert(
      fc.property(someInputs, fc.nat(16), fc.integer({ min: 1, max: 100 }), (drawn, turn, n) => {
        const inputs = [...drawn.slice(turn), ...drawn.slice(0, turn)];
        const [smallest = ''] = drawn.map(({ key }) => key).sort();
        assert.equal(smallestInput({ inputs }), smallest);
        const hashed = taggedHash('bucket', Buffer.from(SEED + smallest, 'hex'));
        const bucket = new Buckets(1, SEED, [], n).bucketOf({ inputs });
        assert.equal(BigInt(bucket), BigInt(`0x${hashed.slice(0, 8)}`) % BigInt(16 * n));
      }),
    );
  });

  it('ranks all lanes of a committee differently: owners by when their turn comes, then the others', () => {
    fc.assert(
      fc.property(committees, fc.nat(0xffff_ffff), fc.nat(1599), ({ n, owners }, epoch, drawn) => {
        const buckets = new Buckets(epoch, SEED, owners, n);
        const bucket = drawn % buckets.count;
        const ranks = Array.from({ length: n }, (_, lane) => buckets.rank(bucket, lane));
        assert.equal(new Set(ranks).size, n);
        const turns = owners.length || n;
        ranks.forEach((rank, lane) => {
          assert.equal(rank < turns, owners.length === 0 || owners.includes(lane));
          if (rank >= turns) return;
          assert.equal(new Buckets(epoch + rank, SEED, owners, n).owner(bucket), lane);
        });
      }),
    );
  });

  it('B20: staggers proposing again by rank', () => {
    assert.deepEqual(
      [0, 1, 2].map((rank) => reproposeAtMs(100, rank, 2000)),
      [2100, 4100, 6100],
    );
  });
});
