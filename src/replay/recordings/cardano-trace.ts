import { blake2b } from '@noble/hashes/blake2.js';
import { err, type Result } from '../../std/result.ts';
import type { Trace } from '../trace/trace.ts';
import { ByteCursorError } from './byte-cursor.ts';
import { type CborItem, CborReader } from './cbor.ts';
import { Recording } from './recording.ts';

/** Of the wrapper around a block; Byron's blocks have another form. */
const SHELLEY = 2n;
const SLOT_MS = 1000;
const HEX_DIGITS_OF_SEED = 64;

type Counts = { byron: number; invalid: number; assets: number };

/**
 * The payments of a chunk of Cardano's immutable database: a sequence of [era, block]. Kept: the
 * dependency graph, the order and the slots as times, fan-in and fan-out, owners (one per address),
 * amounts and fees in lovelace, sizes of body and witnesses. Not kept: scripts, datums, other assets,
 * withdrawals, deposits and certificates; inputs from earlier chunks get owners and amounts as needed.
 * Blocks of the Byron era and transactions whose scripts failed are left out and counted.
 */
export function traceOfCardanoChunk(
  bytes: Uint8Array,
  source: Trace['source'],
): Result<Trace, string> {
  const recording = new Recording();
  const counts: Counts = { byron: 0, invalid: 0, assets: 0 };
  let first: bigint | null = null;
  let seed = '';
  try {
    const reader = new CborReader(bytes);
    while (!reader.isAtEnd) {
      const [era, block] = list(reader.next());
      if (block === undefined || number(era) < SHELLEY) {
        counts.byron += 1;
        continue;
      }
      const { slot, id } = addBlock(recording, block, first, counts);
      first ??= slot;
      seed ||= id;
    }
  } catch (error) {
    if (error instanceof ByteCursorError) return err(`not a Cardano chunk: ${error.message}`);
    throw error;
  }
  const { byron, invalid, assets } = counts;
  const notes = [
    ...(source.notes ?? []),
    'owners and amounts of inputs from earlier chunks are made up; scripts are not kept',
    `${byron} blocks of Byron left out, ${invalid} transactions whose scripts failed left out, ${assets} outputs with other assets kept as lovelace`,
    recording.note('data'),
  ];
  const name = `cardano-${seed.slice(0, 16)}`;
  return recording.finish({
    name,
    seed: seed || '0'.repeat(HEX_DIGITS_OF_SEED),
    source: { ...source, notes },
  });
}

function addBlock(
  recording: Recording,
  block: CborItem,
  first: bigint | null,
  counts: Counts,
): { slot: bigint; id: string } {
  const [header, bodies, witnesses, , failed] = list(block);
  const slot = number(list(list(header)[0])[1]);
  const atMs = Number(slot - (first ?? slot)) * SLOT_MS;
  const isFailed = new Set(failed === undefined ? [] : list(failed).map(number));
  for (const [at, body] of list(bodies).entries()) {
    if (isFailed.has(BigInt(at))) {
      counts.invalid += 1;
      continue;
    }
    const witnessBytes = list(witnesses)[at]?.bytes.length ?? 0;
    const inputs = list(field(body, 0n)).map((input) => {
      const [txid, index] = list(input);
      return { txid: hex(bytesOf(txid)), index: Number(number(index)) };
    });
    const outputs = list(field(body, 1n)).map((output) => outputOf(output, counts));
    const fee = number(field(body, 2n));
    const bytes = body.bytes.length + witnessBytes;
    recording.add({ txid: digest(body.bytes), inputs, outputs, bytes, fee, atMs }, null);
  }
  return { slot, id: digest(header?.bytes ?? new Uint8Array(0)) };
}

/** [address, value, …] until Alonzo, {0: address, 1: value, …} since; value: lovelace, or [lovelace, assets]. */
function outputOf(output: CborItem, counts: Counts): { value: bigint; script: Uint8Array } {
  const isMap =
    typeof output.value === 'object' && output.value !== null && 'pairs' in output.value;
  const [address, value] = isMap ? [field(output, 0n), field(output, 1n)] : list(output);
  if (typeof value?.value === 'bigint') return { value: value.value, script: bytesOf(address) };
  counts.assets += 1;
  return { value: number(list(value)[0]), script: bytesOf(address) };
}

function list(item: CborItem | undefined): readonly CborItem[] {
  const value = item?.value;
  if (typeof value === 'object' && value !== null && 'items' in value) return value.items;
  throw new ByteCursorError('no list where one must be');
}

function field(item: CborItem, key: bigint): CborItem {
  const { value } = item;
  const pairs = typeof value === 'object' && value !== null && 'pairs' in value ? value.pairs : [];
  const found = pairs.find(([name]) => name.value === key);
  if (found === undefined) throw new ByteCursorError(`no field ${key} where one must be`);
  return found[1];
}

function number(item: CborItem | undefined): bigint {
  if (typeof item?.value === 'bigint') return item.value;
  throw new ByteCursorError('no number where one must be');
}

function bytesOf(item: CborItem | undefined): Uint8Array {
  if (item?.value instanceof Uint8Array) return item.value;
  throw new ByteCursorError('no bytes where they must be');
}

function digest(bytes: Uint8Array): string {
  return hex(blake2b(bytes, { dkLen: 32 }));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
