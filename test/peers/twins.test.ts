import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { committeeOf, Station, WATCHDOG } from './station.ts';

const committee = committeeOf(4);
/** First byte of a question to a connection that may belong to another process. */
const PROBE = 1;

/** v0, and v1 linked to it. */
async function start(t: TestContext): Promise<{ judge: Station; first: Station }> {
  const judge = await Station.start(t, 'v0', committee);
  const first = await Station.start(t, 'v1', committee);
  await first.dial(judge);
  await Promise.all([judge.until(() => judge.isLinked(1)), first.until(() => first.isLinked(0))]);
  return { judge, first };
}

describe('two processes with one key', WATCHDOG, () => {
  it('leaves the link to the first, and tells the second', async (t) => {
    const { judge, first } = await start(t);
    const second = await Station.start(t, 'v1', committee);
    await second.dial(judge);
    await second.until(() => second.count('twin', 'lane 0') > 0);
    assert.equal(second.isLinked(0), false);
    assert.equal(first.isLinked(0), true);
    assert.equal(judge.count('connected', 'lane 1'), 1);
    assert.equal(judge.count('disconnected', 'lane 1'), 0);
    assert.equal(first.count('twin'), 0);
  });

  it('lets the second in when the first is gone, also without a word', async (t) => {
    const { judge, first } = await start(t);
    await first.stop();
    const second = await Station.start(t, 'v1', committee);
    await second.dial(judge);
    await second.until(() => second.isLinked(0));
    assert.equal(second.count('twin'), 0);
  });

  it('takes one that answers nothing any more for gone', async (t) => {
    const { judge, first } = await start(t);
    // Its sockets are open and nobody is there: a process that hangs, or a machine without power.
    await first.host.node.unhandle(first.host.protocol('twins'));
    await first.host.node.handle(first.host.protocol('twins'), () => undefined);
    const second = await Station.start(t, 'v1', committee);
    await second.dial(judge);
    await second.until(() => second.isLinked(0));
    await judge.until(() => judge.count('connected', 'lane 1') === 2);
    assert.equal(second.count('twin'), 0);
  });

  it('takes a second connection of one process for what it is', async (t) => {
    const { judge, first } = await start(t);
    await first.host.node.dial(judge.host.node.getMultiaddrs(), { force: true });
    await judge.until(() => judge.count('connected', 'lane 1') === 2);
    assert.equal(first.count('twin'), 0);
    assert.equal(judge.count('twin'), 0);
  });

  it('probes no connection over which the same process has given its name', async (t) => {
    const { judge, first } = await start(t);
    const asked: number[] = [];
    await first.host.node.unhandle(first.host.protocol('twins'));
    // As after a cut of the network: what is asked over the old connection is not answered in time.
    await first.host.node.handle(first.host.protocol('twins'), (stream) => {
      stream.addEventListener('message', ({ data }) => void asked.push(data.subarray()[0] ?? -1));
    });
    await first.host.node.dial(judge.host.node.getMultiaddrs(), { force: true });
    await judge.until(() => judge.count('connected', 'lane 1') === 2);
    assert.ok(!asked.includes(PROBE), `asked ${asked}`);
  });

  it('does not care about observers with one identity', async (t) => {
    const { judge } = await start(t);
    const one = await Station.start(t, 'stranger', committee);
    const other = await Station.start(t, 'stranger', committee);
    await one.dial(judge);
    await one.until(() => one.isLinked(0));
    await other.dial(judge);
    await other.until(() => other.isLinked(0));
    assert.equal(one.count('twin') + other.count('twin'), 0);
  });

  it('survives rubbish on the stream for the question', async (t) => {
    const { judge, first } = await start(t);
    const [connection] = first.host.node.getConnections();
    for (const bytes of [new Uint8Array(0), new Uint8Array(5), new Uint8Array(500)]) {
      const stream = await connection!.newStream(first.host.protocol('twins'));
      // Nobody has to read it: the stream may be gone before it is written.
      try {
        stream.send(bytes);
        await stream.close();
      } catch {
        stream.abort(new Error('refused'));
      }
    }
    const second = await Station.start(t, 'v2', committee);
    await second.dial(judge);
    await second.until(() => second.isLinked(0));
    assert.equal(first.isLinked(0), true);
  });
});
