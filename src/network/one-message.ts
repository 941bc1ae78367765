import type { Stream } from '@libp2p/interface';

/** The one message of a side, of exactly so many bytes; rejects, and resets the stream, when it does not come or is longer. */
export function readMessage(
  stream: Stream,
  length: number,
  timeoutMs: number,
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  let bytes = new Uint8Array(0);
  const fail = (why: string) => {
    const error = new Error(why);
    stream.abort(error);
    reject(error);
  };
  const timer = setTimeout(() => fail('no message in time'), timeoutMs);
  timer.unref();
  stream.addEventListener('close', () => reject(new Error('the stream was closed')));
  stream.addEventListener('message', ({ data }) => {
    bytes = Buffer.concat([bytes, data.subarray()]);
    if (bytes.length > length) fail('too long a message');
    else if (bytes.length === length) resolve(bytes);
  });
  return promise.finally(() => clearTimeout(timer));
}
