import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import type { ObserverData } from '../../src/node/observer/observer-data.ts';
import type { Provider } from '../../src/node/observer/providers.ts';
import { CertifiedChain } from '../state-sync/certified-chain.ts';
import { Observing, runToIdle } from './observing.ts';

describe('an observer whose providers are slow on purpose', () => {
  let chain: CertifiedChain;
  let observing: Observing;
  let data: ObserverData;

  before(() => {
    chain = new CertifiedChain();
  });

  beforeEach(async () => {
    observing = new Observing(chain);
    data = await observing.open();
  });

  afterEach(() => observing.end());

  const observe = (all: readonly Provider[]) => observing.observe(all, data);

  it('waits for nobody who withholds an answer while others have one', async () => {
    observing.patience = Promise.resolve();
    const never = (): Promise<never> => new Promise(() => {});
    const silent = { latest: never, ledger: never };
    const start = observe([
      observing.provider('silent', 3, silent),
      observing.provider('quick', 3),
    ]).observer;
    await start.resume();
    assert.deepEqual(await runToIdle(start), ['installed 3 quick', 'idle']);
    const { observer } = observe([
      ...['a', 'b', 'c'].map((name) => observing.provider(name, 6, silent)),
      observing.provider('quick', 5),
    ]);
    await observer.resume();
    assert.deepEqual(await runToIdle(observer), ['followed 4 quick', 'followed 5 quick', 'idle']);
    assert.deepEqual(observing.notes, []);
  });

  it('gives up a snapshot that nobody wants any more, and takes none from others', async () => {
    const right = observing.provider('slow', 3);
    let pages = 0;
    const page: Provider['page'] = (epoch, after) => {
      pages += 1;
      observing.stop.abort();
      return right.page(epoch, after);
    };
    const { observer } = observe([{ ...right, page }, observing.provider('quick', 3)]);
    await observer.resume();
    assert.deepEqual(await observer.step(), { kind: 'unreachable' });
    assert.equal(pages, 1);
    assert.equal(observer.checkpoint, null);
  });

  it('leaves one that is always slower than another, though never silent', async () => {
    const start = observe([observing.provider('any', 6)]).observer;
    await start.resume();
    await runToIdle(start);
    const right = observing.provider('slow', 9);
    const slow = observing.provider('slow', 9, {
      ledger: async (epoch, signal) => {
        for (let turns = 0; turns < 100; turns++) await new Promise(setImmediate);
        return right.ledger(epoch, signal);
      },
    });
    const { observer } = observe([slow, observing.provider('quick', 9)]);
    await observer.resume();
    const steps = await runToIdle(observer);
    assert.deepEqual(steps, ['followed 7 slow', 'followed 8 quick', 'followed 9 quick', 'idle']);
  });
});
