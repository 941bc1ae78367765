import type { Connection, Stream } from '@libp2p/interface';
import { NETWORK_LIMITS } from '../types/limits.ts';

/** libp2p's. */
const IDENTIFY = '/ipfs/id/1.0.0';

/**
 * Names of protocols with this beginning that a peer says it speaks. libp2p's own identify asks whoever connects,
 * and keeps what he says, up to 80 kB of names and addresses: a second of work, and more with each of his streams.
 * Here nobody is asked but a member that has no block stream for us, and of its answer only the names are read.
 */
export async function spokenProtocols(connection: Connection, prefix: string): Promise<string[]> {
  const timeoutMs = NETWORK_LIMITS.handshakeMs.value;
  try {
    const stream = await connection.newStream(IDENTIFY, { signal: AbortSignal.timeout(timeoutMs) });
    const answer = await readSome(stream, NETWORK_LIMITS.identifyBytesMax.value, timeoutMs);
    stream.abort(new Error('read'));
    return namesIn(answer, prefix);
  } catch {
    return [];
  }
}

/** What comes until the peer ends it, until it is enough, or in time. */
function readSome(stream: Stream, bytesMax: number, timeoutMs: number): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  let bytes: Buffer = Buffer.alloc(0);
  const finish = (): void => resolve(bytes.subarray(0, bytesMax));
  const timer = setTimeout(finish, timeoutMs);
  timer.unref();
  stream.addEventListener('end', finish);
  stream.addEventListener('close', finish);
  stream.addEventListener('message', ({ data }) => {
    bytes = Buffer.concat([bytes, data.subarray()]);
    if (bytes.length >= bytesMax) finish();
  });
  return promise.finally(() => clearTimeout(timer));
}

/** In the answer, a message of protobuf, a name has its length before it. */
function namesIn(answer: Buffer, prefix: string): string[] {
  const names: string[] = [];
  for (let at = answer.indexOf(prefix); at > 0; at = answer.indexOf(prefix, at + 1)) {
    names.push(answer.toString('latin1', at, at + answer[at - 1]!));
  }
  return names;
}
