import fc from 'fast-check';
import { decodeOrdinals, encodeOrdinals } from '../../src/codec/ordinals.ts';
import { decodeNode, encodeNode } from '../../src/dag/node-record.ts';
import { decodeEntry, encodeEntry } from '../../src/dependency/entry-record.ts';
import {
  acceptedEpochOf,
  createRecord,
  leafContentAt,
  markSpent,
  readCoin,
  unspentAt,
} from '../../src/ledger/coin-record.ts';
import { decodeOutcomes, encodeOutcomes } from '../../src/ledger/outcome-record.ts';
import { StatePage } from '../../src/ledger/state-page.ts';
import { decodeManifest, encodeManifest, type Manifest } from '../../src/storage/runs/manifest.ts';
import type { Vote } from '../../src/types/block.ts';
import type { DagNode } from '../../src/types/dag.ts';
import type { Entry } from '../../src/types/entry.ts';
import type { TxId } from '../../src/types/ids.ts';
import { digests, LANES_MAX, lanes, outputs, txids, votes } from '../../test/codec/arbitraries.ts';
import { many, manyOutputs, manyVotes, orLong } from '../../test/codec/long-arbitraries.ts';
import { canonicalTarget } from '../canonical-target.ts';
import { stored } from '../stored.ts';
import { MEASURE_GRAIN, type Target } from '../target.ts';
import { LONG_BYTES, outcomes } from './codec.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const ordinal = fc.integer({ min: 0, max: 0x7fff_ffff });

const nodes = orLong(
  nodesOf(fc.array(ordinal, { maxLength: 5 }), fc.array(votes, { maxLength: 3 }), 3),
  nodesOf(many(ordinal, LANES_MAX), manyVotes, LANES_MAX),
);

function nodesOf(vector: fc.Arbitrary<number[]>, cast: fc.Arbitrary<Vote[]>, forksMax: number) {
  return fc
    .record(
      {
        id: ordinal,
        lane: lanes,
        seq: u32,
        digest: digests,
        prev: ordinal,
        refs: vector,
        epoch: u32,
        timeMs: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
        payloads: u32,
        txCount: fc.integer({ min: 0, max: 0xffff }),
        stance: fc.record({
          epoch: u32,
          view: u32,
          checkpointed: u32,
          proposed: fc.boolean(),
          prepared: fc.boolean(),
          committed: fc.boolean(),
          ended: fc.boolean(),
        }),
        tips: vector,
        frontier: vector,
        certified: vector,
        settled: vector,
        forks: fc.uniqueArray(fc.tuple(lanes, vector), {
          maxLength: forksMax,
          size: 'max',
          selector: ([lane]) => lane,
        }),
        votes: cast,
      },
      { noNullPrototype: true },
    )
    .map((node) => ({
      ...node,
      tips: Int32Array.from(node.tips),
      frontier: Int32Array.from(node.frontier),
      certified: Int32Array.from(node.certified),
      settled: Int32Array.from(node.settled),
      forks: new Map(node.forks),
    }));
}

const copies = fc.record({ block: u32, index: fc.integer({ min: 0, max: 0xffff }) });

const entries: fc.Arbitrary<Entry> = fc
  .record({
    outcome: outcomes,
    path: fc.constantFrom('clean' as const, 'contested' as const),
    epoch: u32,
    cutEpoch: u32,
    copies: orLong(fc.array(copies, { maxLength: 3 }), many(copies, LANES_MAX)),
  })
  .map(({ outcome, epoch, ...rest }) => ({
    ...rest,
    txid: outcome.txid,
    tx: null,
    seenMs: 0,
    tracking: null,
    early: null,
    ledger: { outcome, epoch },
  }));

/** The txid is the key of the entry in the store; the outcome repeats it. */
function entryOf(bytes: Uint8Array): Entry {
  const txid = Buffer.from(bytes.subarray(0, 32)).toString('hex') as TxId;
  return decodeEntry(txid, bytes);
}

/** A page as bytes; what it decodes to is seen through its public face. */
type Page = { readonly bytes: Uint8Array };

function pageOf(bytes: Uint8Array): Page {
  const page = new StatePage();
  page.reset(bytes);
  page.hashUp();
  const again = page.encode().slice();
  return { bytes: again };
}

const pages: fc.Arbitrary<Page> = fc
  .uniqueArray(fc.record({ slot: fc.integer({ min: 0, max: 15 }), key: txids, hash: digests }), {
    minLength: 1,
    maxLength: 16,
    size: 'max',
    selector: ({ slot }) => slot,
  })
  .map((slots) => {
    const page = new StatePage();
    page.reset(undefined);
    for (const { slot, key, hash } of slots) page.setLeaf(slot, key, hash);
    page.hashUp();
    return { bytes: page.encode().slice() };
  });

/** Everything that is ever read of a coin record. */
type Coins = { readonly bytes: Uint8Array };

function coinsOf(bytes: Uint8Array): Coins {
  acceptedEpochOf(bytes);
  for (const index of [0, 1, 2, 1023, 0xffff]) readCoin(bytes, index);
  for (const epoch of [0, 1, 0xffff_ffff]) {
    unspentAt(bytes, epoch);
    leafContentAt(bytes, epoch);
  }
  return { bytes };
}

const coinRecords: fc.Arbitrary<Coins> = fc
  .record({
    made: orLong(fc.array(outputs, { minLength: 1, maxLength: 4 }), manyOutputs),
    epoch: u32,
    spent: fc.option(fc.tuple(txids, fc.integer({ min: 1, max: 0xffff_ffff }))),
  })
  .map(({ made, epoch, spent }) => {
    const bytes = createRecord(made, epoch);
    if (spent !== null) markSpent(bytes, 0, spent[0], spent[1]);
    return { bytes: new Uint8Array(bytes) };
  });

const manifests: fc.Arbitrary<Manifest> = fc
  .record({
    runs: fc.uniqueArray(
      fc.record(
        { number: ordinal, records: fc.integer({ min: 1, max: 2 ** 48 - 1 }) },
        { noNullPrototype: true },
      ),
      { maxLength: 300, size: 'large', selector: ({ number }) => number },
    ),
    unused: fc.integer({ min: 1, max: 0xffff }),
  })
  .map(({ runs, unused }) => ({
    next: Math.max(0, ...runs.map(({ number }) => number)) + unused,
    runs,
  }));

/** No run twice, none without records, and none whose file a later one would be written over. */
function isSound({ next, runs }: Manifest): boolean {
  const numbers = new Set(runs.map(({ number }) => number));
  const isRun = ({ number, records }: Manifest['runs'][number]) => number < next && records > 0;
  return numbers.size === runs.length && runs.every(isRun);
}

const bytesOf = ({ bytes }: { readonly bytes: Uint8Array }) => bytes;

export const RECORD_TARGETS: readonly Target[] = [
  canonicalTarget({
    name: 'node-record',
    isCanonical: false,
    decode: stored(decodeNode),
    encode: (node) => encodeNode(node as DagNode),
    values: nodes as fc.Arbitrary<DagNode>,
    lengthMax: LONG_BYTES,
  }),
  canonicalTarget({
    name: 'entry-record',
    isCanonical: false,
    decode: stored(entryOf),
    encode: encodeEntry,
    values: entries,
  }),
  canonicalTarget({
    name: 'outcome-record',
    decode: stored(decodeOutcomes),
    encode: encodeOutcomes,
    values: orLong(fc.array(outcomes, { maxLength: 5 }), many(outcomes, 2000)),
    lengthMax: LONG_BYTES,
  }),
  canonicalTarget({
    name: 'ordinals',
    decode: stored(decodeOrdinals),
    encode: encodeOrdinals,
    values: orLong(fc.array(u32, { maxLength: 8 }), many(u32, 5000)),
    lengthMax: LONG_BYTES,
  }),
  canonicalTarget({ name: 'state-page', decode: stored(pageOf), encode: bytesOf, values: pages }),
  canonicalTarget({
    name: 'coin-record',
    decode: stored(coinsOf),
    encode: bytesOf,
    values: coinRecords,
    lengthMax: LONG_BYTES,
    // Three epochs and both forms of what is unspent are looked at.
    memory: { fixed: MEASURE_GRAIN, perByte: 120 },
  }),
  canonicalTarget({
    name: 'runs-manifest',
    decode: stored(decodeManifest),
    encode: encodeManifest,
    values: manifests,
    lengthMax: LONG_BYTES,
    accepted: isSound,
    // A run of ten bytes becomes an object, and a number that is looked for among the others.
    memory: { fixed: MEASURE_GRAIN, perByte: 100 },
  }),
];
