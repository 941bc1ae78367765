import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { MessageStream, StreamMuxer } from '@libp2p/interface';
import type { Uint8ArrayList } from 'uint8arraylist';
import { NETWORK_LIMITS } from '../types/limits.ts';
import { boundedYamux } from './muxer.ts';
import { silentLog } from './silent-log.ts';
import { Tolls } from './tolls.ts';

/** A connection on which a peer sends, and that may be gone: what came before is still read then. */
class Fake extends EventTarget {
  readonly log = silentLog.forComponent('test');
  readonly direction = 'inbound';
  readonly aborted: string[] = [];
  readonly #isGone: boolean;

  constructor(isGone: boolean) {
    super();
    this.#isGone = isGone;
  }

  send(): boolean {
    if (this.#isGone) throw new Error('closed');
    return true;
  }

  abort({ message }: Error): void {
    this.aborted.push(message);
  }

  comes(data: Uint8Array): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
}

function muxed(t: TestContext, isGone: boolean): { connection: Fake; muxer: StreamMuxer } {
  // Nothing is counted in these tests: time does not pass, and there is enough.
  const tolls = new Tolls(() => true);
  const connection = new Fake(isGone);
  tolls.secured('somebody', connection, new Socket());
  const muxer = boundedYamux(tolls, '/blocks')().createStreamMuxer(
    connection as unknown as MessageStream,
  );
  // It would look after its connection for ever.
  t.after(() => muxer.abort(new Error('the test is over')));
  return { connection, muxer };
}

/** Pieces of a frame that is not whole. */
function heldPieces(muxer: StreamMuxer): number {
  const { decoder } = muxer as unknown as { decoder: { buffer: Uint8ArrayList } };
  return [...decoder.buffer].length;
}

test('a malformed frame of a peer that has left ends its connection, and throws nothing', async (t) => {
  const thrown: unknown[] = [];
  const note = (error: unknown) => void thrown.push(error);
  process.on('uncaughtException', note);
  t.after(() => process.off('uncaughtException', note));
  const { connection } = muxed(t, true);
  connection.comes(new Uint8Array(12).fill(255));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(thrown, []);
  assert.ok(connection.aborted.length > 0);
});

test('a frame that comes byte by byte is not kept byte by byte', (t) => {
  const { connection, muxer } = muxed(t, false);
  // Data of a stream, announced as longer than what comes.
  connection.comes(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0));
  const most = NETWORK_LIMITS.framePiecesMax.value;
  for (let n = 0; n < 5 * most; n += 1) {
    connection.comes(Uint8Array.of(n));
    assert.ok(heldPieces(muxer) <= most);
  }
  assert.deepEqual(connection.aborted, []);
});
