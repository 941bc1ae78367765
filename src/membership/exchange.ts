import type { Connection, Stream } from '@libp2p/interface';
import { NETWORK_LIMITS } from '../types/limits.ts';

const LENGTH_BYTES = 2;

/** A list of sealed records: each with its length of 2 bytes, big-endian, before it. */
export function joinRecords(records: readonly Uint8Array[]): Uint8Array {
  const total = records.reduce((sum, record) => sum + LENGTH_BYTES + record.length, 0);
  const joined = new Uint8Array(total);
  const view = new DataView(joined.buffer);
  let offset = 0;
  for (const record of records) {
    view.setUint16(offset, record.length);
    joined.set(record, offset + LENGTH_BYTES);
    offset += LENGTH_BYTES + record.length;
  }
  return joined;
}

/** null: the bytes do not end where a record ends. */
export function splitRecords(bytes: Uint8Array): Uint8Array[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: Uint8Array[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (bytes.length - offset < LENGTH_BYTES) return null;
    const end = offset + LENGTH_BYTES + view.getUint16(offset);
    if (end > bytes.length) return null;
    records.push(bytes.subarray(offset + LENGTH_BYTES, end));
    offset = end;
  }
  return records;
}

/** The longest list that a peer of a committee of this size may send. */
export function recordListBytesMax(members: number): number {
  return members * (LENGTH_BYTES + NETWORK_LIMITS.recordBytesMax.value);
}

/** Sends a list on a stream of its own. Rejects when the peer does not take it in time. */
export async function pushRecords(
  connection: Connection,
  protocol: string,
  records: readonly Uint8Array[],
): Promise<void> {
  const signal = AbortSignal.timeout(NETWORK_LIMITS.handshakeMs.value);
  const stream = await connection.newStream(protocol, { signal });
  // Whatever the peer does with its half, ours is gone then.
  const abort = (): void => stream.abort(new Error('timed out'));
  const timer = setTimeout(abort, NETWORK_LIMITS.handshakeMs.value);
  timer.unref();
  stream.addEventListener('close', () => clearTimeout(timer));
  stream.send(joinRecords(records));
  await stream.close({ signal });
}

export type ReadList =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-long' }
  /** The stream broke, or the peer took too long. */
  | { readonly kind: 'broken' };

/** All bytes that the peer sends until it closes its half. (The stream's own iterator misses a close that came first.) */
export function readList(stream: Stream, bytesMax: number): Promise<ReadList> {
  const { promise, resolve } = Promise.withResolvers<ReadList>();
  const chunks: Uint8Array[] = [];
  let total = 0;
  const timer = setTimeout(() => resolve({ kind: 'broken' }), NETWORK_LIMITS.handshakeMs.value);
  timer.unref();
  const finish = (): void => resolve({ kind: 'whole', bytes: Buffer.concat(chunks) });
  stream.addEventListener('end', finish);
  stream.addEventListener('close', () => resolve({ kind: 'broken' }));
  stream.addEventListener('message', ({ data }) => {
    total += data.byteLength;
    if (total > bytesMax) resolve({ kind: 'too-long' });
    else chunks.push(data.subarray());
  });
  if (stream.readableEnded) finish();
  return promise.finally(() => clearTimeout(timer));
}
