import fc from 'fast-check';
import { err, ok, type Result } from '../../src/std/result.ts';
import {
  decodeSavepoint,
  encodeSavepoint,
  type SavepointContent,
} from '../../src/storage/savepoint/savepoint-file.ts';
import { seal } from '../../src/storage/seal.ts';
import { decodeStopState, encodeStopState, type StopState } from '../../src/storage/stop-file.ts';
import type { LedgerId } from '../../src/types/ids.ts';
import { digests, filledBytes, lanes, u32 } from '../../test/codec/arbitraries.ts';
import { many, orLong } from '../../test/codec/long-arbitraries.ts';
import { canonicalTarget } from '../canonical-target.ts';
import type { Target } from '../target.ts';
import { LONG_BYTES } from './codec.ts';

/** Sealed files that a start continues from. A right seal is put under what was changed, too. */

const SEAL_BYTES = 32;
const u48 = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const names = fc.stringMatching(/^[\x20-\x7e]{0,40}$/);
const files = fc.record({ name: names, bytes: u48, sum: u32 }, { noNullPrototype: true });
const owners = {
  ledgerId: digests as fc.Arbitrary<string> as fc.Arbitrary<LedgerId>,
  lane: fc.option(lanes),
};

const savepoints: fc.Arbitrary<SavepointContent> = fc.record(
  {
    head: fc.record(
      { version: names, layout: u32, ...owners, blocks: u32, link: names },
      { noNullPrototype: true },
    ),
    manifestName: names,
    manifest: files,
    sieve: files,
    tables: orLong(fc.array(files, { maxLength: 3 }), many(files, 300)),
    state: filledBytes(0, 200),
  },
  { noNullPrototype: true },
);

const left = fc.record(
  { own: fc.boolean(), bytes: filledBytes(0, 200) },
  { noNullPrototype: true },
);
const stops: fc.Arbitrary<StopState> = fc.record(
  {
    ...owners,
    generation: u32,
    records: u32,
    link: digests.map((digest) => digest.slice(0, 32)),
    certificate: filledBytes(0, 200),
    left: orLong(fc.array(left, { maxLength: 3 }), many(left, 300)),
    pages: fc.record({ bytes: u48, digest: digests }, { noNullPrototype: true }),
  },
  { noNullPrototype: true },
);

export const sealedAgain = (input: Uint8Array) =>
  seal(input.subarray(0, Math.max(0, input.length - SEAL_BYTES)));

type Sealed<T> = {
  readonly name: string;
  readonly encode: (value: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => T | null;
  readonly values: fc.Arbitrary<T>;
};

function sealedTarget<T>({ decode, ...sealed }: Sealed<T>): Target {
  return canonicalTarget<T>({
    ...sealed,
    decode: (bytes): Result<T, string> => {
      const decoded = decode(bytes);
      return decoded === null ? err('refused') : ok(decoded);
    },
    repair: sealedAgain,
    lengthMax: LONG_BYTES,
    // Eleven bytes are the least that a file's entry takes, and five that a transaction does.
    memory: { fixed: 262_144, perByte: 200 },
  });
}

export const savepointTarget = (decode = decodeSavepoint): Target =>
  sealedTarget({ name: 'savepoint', encode: encodeSavepoint, decode, values: savepoints });

const stopState = sealedTarget({
  name: 'stop-state',
  encode: encodeStopState,
  decode: decodeStopState,
  values: stops,
});

export const START_TARGETS: readonly Target[] = [savepointTarget(), stopState];
