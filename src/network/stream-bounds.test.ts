import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { Uint8ArrayList } from 'uint8arraylist';
import { boundStream, type Frame } from './stream-bounds.ts';
import { Tolls } from './tolls.ts';

test('what is kept does not keep the message that it came in', () => {
  const meter = new Tolls(() => true).secured('somebody', {}, new Socket());
  const message = new Uint8Array(65_000);
  const kept: Record<string, number> = {};
  for (const [protocol, readStatus] of [
    ['/small', 'readable'],
    ['/blocks', 'paused'],
    ['/blocks', 'readable'],
  ] as const) {
    const handleData = ({ data }: Frame): void => {
      kept[`${protocol} ${readStatus}`] = data?.subarray().buffer.byteLength ?? 0;
    };
    const stream = { direction: 'inbound' as const, protocol, readStatus, handleData };
    boundStream(stream, meter, '/blocks');
    const header = { streamID: 1, flag: 0, length: 1 };
    stream.handleData({ header, data: new Uint8ArrayList(message.subarray(7, 8)) });
  }
  // What is read at once is not copied.
  assert.deepEqual(kept, { '/small readable': 1, '/blocks paused': 1, '/blocks readable': 65_000 });
});
