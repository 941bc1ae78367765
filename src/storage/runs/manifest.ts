import { assert } from '../../std/assert.ts';
import { encodeKey } from '../level/level-key.ts';

/*
 * The one row of table 'r' in LevelDB says which runs there are: the number of the next one u32, then of
 * each its number u32 and how many records it has u48.
 */
export const RUNS_ROW = Buffer.from(encodeKey('r00'));

export type Manifest = {
  /** Every run that will be is numbered from here on. */
  readonly next: number;
  readonly runs: readonly { readonly number: number; readonly records: number }[];
};

const HEAD_BYTES = 4;
const RUN_BYTES = 10;
const NOT_OURS = 'the store returns what was put';

export function encodeManifest({ next, runs }: Manifest): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + runs.length * RUN_BYTES);
  bytes.writeUInt32BE(next, 0);
  for (const [i, { number, records }] of runs.entries()) {
    const at = HEAD_BYTES + i * RUN_BYTES;
    bytes.writeUInt32BE(number, at);
    bytes.writeUIntBE(records, at + 4, 6);
  }
  return bytes;
}

export function decodeManifest(stored: Uint8Array): Manifest {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
  const count = (bytes.length - HEAD_BYTES) / RUN_BYTES;
  assert(Number.isInteger(count) && count >= 0, NOT_OURS);
  const runs = Array.from({ length: count }, (_, i) => {
    const at = HEAD_BYTES + i * RUN_BYTES;
    return { number: bytes.readUInt32BE(at), records: bytes.readUIntBE(at + 4, 6) };
  });
  const next = bytes.readUInt32BE(0);
  const isRun = ({ number, records }: Manifest['runs'][number]) => number < next && records > 0;
  const numbers = new Set(runs.map(({ number }) => number));
  assert(numbers.size === count && runs.every(isRun), NOT_OURS);
  return { next, runs };
}
