import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record';
import { multiaddr } from '@multiformats/multiaddr';
import { splitBatch } from '../../src/api/body/batch-body.ts';
import { joinRecords, splitRecords } from '../../src/membership/exchange.ts';
import { readRecord, sealRecord } from '../../src/membership/records.ts';
import { FrameParser, joinFrames } from '../../src/network/frames.ts';
import { parseBitcoinBlock } from '../../src/replay/recordings/bitcoin-block.ts';
import { parseBitcoinUndo } from '../../src/replay/recordings/bitcoin-undo.ts';
import { createPrng } from '../../src/std/prng.ts';
import { API_LIMITS, NETWORK_LIMITS } from '../../src/types/limits.ts';
import { bitcoinBlock, bitcoinUndo } from '../bitcoin.ts';
import { BINARY_MEMORY } from '../canonical-target.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { hold, labelOf, MEASURE_GRAIN, sameBytes, type Target } from '../target.ts';

const SAMPLES = 8;
/** Frames are small here, so that many of them, and ones that are too long, fit into an input. */
const FRAME_BYTES_MAX = 200;

function blobs(seed: number, lengthMax: number): Uint8Array[] {
  const random = createPrng(`blobs/${seed}`);
  return Array.from({ length: random.below(6) }, () => random.bytes(random.below(lengthMax + 1)));
}

const lists = (seed: number, join: (parts: Uint8Array[]) => Uint8Array, lengthMax: number) =>
  Array.from({ length: SAMPLES }, (_, n) => join(blobs(seed * SAMPLES + n, lengthMax)));

/** However the stream is cut into chunks, the same frames come out of it, and the same end. */
const frames: Target = {
  name: 'frames',
  samples: (seed) => lists(seed, joinFrames, FRAME_BYTES_MAX),
  check: (input) => {
    const whole = parsed([input]);
    const random = createPrng(input.length);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < input.length; ) {
      const end = at + 1 + random.below(random.pick([1, 3, 50, 500]));
      chunks.push(input.subarray(at, end));
      at = end;
    }
    const pieces = parsed(chunks);
    hold(pieces.end === whole.end, 'frames: another end when cut elsewhere');
    const again = joinFrames(pieces.frames);
    hold(sameBytes(again, joinFrames(whole.frames)), 'frames: others when cut elsewhere');
    hold(sameBytes(again, input.subarray(0, again.length)), 'frames: not what was sent');
    return whole.end;
  },
  decode: (input) => parsed([input]),
  mutate: (input, other, random) => mutateBytes(input, other, random),
  // A frame that is begun has its room at once: that of the longest one.
  memory: { fixed: MEASURE_GRAIN + FRAME_BYTES_MAX, perByte: 100 },
  lengthMax: 4096,
};

function parsed(chunks: readonly Uint8Array[]) {
  const parser = new FrameParser(FRAME_BYTES_MAX);
  const found: Uint8Array[] = [];
  for (const chunk of chunks) {
    parser.push(chunk);
    for (;;) {
      const next = parser.next();
      if (next.kind === 'partial') break;
      if (next.kind === 'too-long') return { frames: found, end: 'too-long' };
      found.push(next.bytes);
    }
  }
  return { frames: found, end: 'partial' };
}

const recordLists: Target = {
  name: 'record-list',
  samples: (seed) => lists(seed, joinRecords, 40),
  check: (input) => {
    const records = splitRecords(input);
    if (records === null) return 'refused';
    hold(sameBytes(joinRecords(records), input), 'record-list: two encodings of one list');
    return 'accepted';
  },
  decode: splitRecords,
  mutate: (input, other, random) => mutateBytes(input, other, random),
  // Two bytes make an empty record, and a view of it.
  memory: { fixed: MEASURE_GRAIN, perByte: 150 },
  lengthMax: 4096,
};

const batches: Target = {
  name: 'batch-body',
  samples: (seed) => lists(seed, joinFrames, 60),
  check: (input) => {
    const parts = splitBatch(input);
    if (!parts.ok) return labelOf(parts.error.detail);
    hold(parts.value.length <= API_LIMITS.batchTxsMax.value, 'batch-body: too many parts');
    hold(sameBytes(joinFrames(parts.value), input), 'batch-body: two encodings of one batch');
    return 'accepted';
  },
  decode: splitBatch,
  mutate: (input, other, random) => mutateBytes(input, other, random),
  memory: BINARY_MEMORY,
  lengthMax: 4096,
};

const DOMAIN = 'fuzz';
const keys = [1, 2, 3].map((n) => privateKeyFromRaw(new Uint8Array(32).fill(n)));
const laneOfPeer = new Map(keys.map((key, lane) => [peerIdFromPrivateKey(key).toString(), lane]));
const sealed = await Promise.all(
  keys.flatMap((key, n) =>
    [0, 1, 8].map((count) => {
      const addresses = Array.from({ length: count }, (_, i) => `/ip4/10.0.0.${i}/tcp/${4600 + n}`);
      return sealRecord(key, DOMAIN, BigInt(n) * 1_000_000n, addresses);
    }),
  ),
);

/** Their envelope is libp2p's: nothing canonical is asked of it, only that its reader never throws. */
const peerRecords: Target = {
  name: 'peer-record',
  samples: () => sealed,
  check: (input) => {
    const read = readRecord(input, (peerId) => laneOfPeer.get(peerId));
    if (!read.ok) return read.error;
    const { addresses, lane, seq } = read.value;
    hold(addresses.length <= NETWORK_LIMITS.recordAddressesMax.value, 'peer-record: addresses');
    hold(lane < keys.length && seq >= 0n, 'peer-record: lane or seq');
    for (const address of addresses) multiaddr(address);
    return `accepted ${addresses.length}`;
  },
  decode: (input) => readRecord(input, (peerId) => laneOfPeer.get(peerId)),
  mutate: (input, other, random) => mutateBytes(input, other, random),
  repair: resealed,
  // Multiaddrs are kept as parts, texts and bytes at once.
  memory: { fixed: MEASURE_GRAIN, perByte: 1000 },
  lengthMax: NETWORK_LIMITS.recordBytesMax.value + 1,
};

/** The changed envelope's payload under lane 0's key again: lengths of the outer form are right. */
function resealed(input: Uint8Array): Uint8Array {
  try {
    const envelope = RecordEnvelope.createFromProtobuf(input);
    const { publicKey } = RecordEnvelope.createFromProtobuf(sealed[0] as Uint8Array);
    return new RecordEnvelope({
      publicKey,
      payloadType: PeerRecord.CODEC,
      payload: envelope.payload,
      signature: new Uint8Array(64),
    }).marshal();
  } catch {
    return input;
  }
}

/** Foreign files, read by the operator's own command: no more is asked than that nothing is thrown. */
const bitcoin: readonly Target[] = [
  {
    name: 'bitcoin-block',
    samples: () => [bitcoinBlock],
    check: (input) => answerOf(parseBitcoinBlock(input)),
    decode: parseBitcoinBlock,
    mutate: (input, other, random) => mutateBytes(input, other, random),
    memory: { fixed: MEASURE_GRAIN, perByte: 150 },
    lengthMax: 8192,
  },
  {
    name: 'bitcoin-undo',
    samples: () => [bitcoinUndo],
    check: (input) => answerOf(parseBitcoinUndo(input, 2)),
    decode: (input) => parseBitcoinUndo(input, 2),
    mutate: (input, other, random) => mutateBytes(input, other, random),
    memory: { fixed: MEASURE_GRAIN, perByte: 150 },
    lengthMax: 8192,
  },
];

function answerOf(result: { ok: true } | { ok: false; error: string }): string {
  return result.ok ? 'accepted' : labelOf(result.error);
}

export const STREAM_TARGETS: readonly Target[] = [
  frames,
  recordLists,
  batches,
  peerRecords,
  ...bitcoin,
];
