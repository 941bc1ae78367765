import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageStream } from '@libp2p/interface';
import { boundedYamux } from './muxer.ts';
import { silentLog } from './silent-log.ts';

/** A connection that the peer has left: what it sent before is still read, and nothing can be sent. */
class Left extends EventTarget {
  readonly log = silentLog.forComponent('test');
  readonly direction = 'inbound';
  readonly aborted: string[] = [];

  send(): boolean {
    throw new Error('closed');
  }

  abort({ message }: Error): void {
    this.aborted.push(message);
  }
}

test('a malformed frame of a peer that has left ends its connection, and throws nothing', async (t) => {
  const thrown: unknown[] = [];
  const note = (error: unknown) => void thrown.push(error);
  process.on('uncaughtException', note);
  t.after(() => process.off('uncaughtException', note));
  const connection = new Left();
  const factory = boundedYamux()();
  factory.createStreamMuxer(connection as unknown as MessageStream);
  const data = new Uint8Array(12).fill(255);
  connection.dispatchEvent(Object.assign(new Event('message'), { data }));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(thrown, []);
  assert.ok(connection.aborted.length > 0);
});
