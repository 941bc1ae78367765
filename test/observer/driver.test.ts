import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { encodeEpochLedger, encodeSnapshotPage } from '../../src/codec/snapshot.ts';
import { COIN_TABLE } from '../../src/ledger/coins.ts';
import type { ObserverData } from '../../src/node/observer/observer-data.ts';
import type { Provider } from '../../src/node/observer/providers.ts';
import { scanState } from '../../src/node/observer/state-scan.ts';
import { STATE_LAYOUT } from '../../src/replica/savepoint.ts';
import { LAYOUT_KEY } from '../../src/storage/layout.ts';
import type { TxId } from '../../src/types/ids.ts';
import { OBSERVER_LIMITS } from '../../src/types/limits.ts';
import { CertifiedChain } from '../state-sync/certified-chain.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { LEAVES_PER_PAGE, Observing, runToIdle } from './observing.ts';

describe('the driver of an observer', () => {
  let chain: CertifiedChain;
  let observing: Observing;
  let home: string;
  let data: ObserverData;
  let notes: string[];

  before(() => {
    chain = new CertifiedChain();
  });

  beforeEach(async () => {
    observing = new Observing(chain);
    ({ home, notes } = observing);
    data = await observing.open();
  });

  afterEach(() => observing.end());

  const open = (folder: string) => observing.open(folder);
  const close = (one: ObserverData) => observing.close(one);
  const provider = (name: string, newest: number, differs?: Partial<Provider>) =>
    observing.provider(name, newest, differs);
  const observe = (all: readonly Provider[], into = data) => observing.observe(all, into);
  const run = runToIdle;

  async function holds(epoch: number, into = data): Promise<void> {
    const { stateRoot } = await scanState(into.store, epoch);
    assert.equal(stateRoot, chain.certificateOf(epoch).checkpoint.stateRoot);
  }

  const down = (): Promise<never> => Promise.reject(new Error('no answer'));
  const unreachable = { latest: down, page: down, ledger: down };

  it('installs the newest state in pages, follows, and goes on in its folder', async () => {
    const { observer } = observe([provider('old', 2), provider('new', 4)]);
    assert.equal(await observer.resume(), null);
    assert.deepEqual(await run(observer), ['installed 4 new', 'idle']);
    await holds(4);
    const more = observe([provider('old', 2), provider('newer', 6)]).observer;
    assert.equal((await more.resume())?.checkpoint.epoch, 4);
    assert.deepEqual(await run(more), ['followed 5 newer', 'followed 6 newer', 'idle']);
    await holds(6);
    await close(data);
    const again = await open(home);
    const { observer: reopened } = observe([provider('any', 7)], again);
    assert.equal((await reopened.resume())?.checkpoint.epoch, 6);
    assert.deepEqual(await run(reopened), ['followed 7 any', 'idle']);
    assert.deepEqual(notes, []);
  });

  it('takes a snapshot from another one where one takes too long, and gives that one more time at its next turn', async () => {
    const slow = provider('slow', 3);
    let pages = 0;
    const trickling: Provider = {
      ...slow,
      page: (epoch, after) => {
        pages += 1;
        observing.nowMs += OBSERVER_LIMITS.snapshotMs.value;
        return slow.page(epoch, after);
      },
    };
    const { observer } = observe([trickling, provider('quick', 2)]);
    await observer.resume();
    assert.equal((await observer.step()).kind, 'installed');
    assert.equal(observer.checkpoint?.epoch, 2);
    assert.equal(pages, 2, 'no third one was asked for');
    assert.match(notes.join(), /slow: its snapshot takes too long/);
    await data.wipe();
    const alone = observe([trickling]).observer;
    const counts: number[] = [];
    while (alone.checkpoint === null && counts.length < 9) {
      pages = 0;
      await alone.step();
      counts.push(pages);
    }
    const all = Math.ceil(chain.pagesOf(3).flat().length / LEAVES_PER_PAGE);
    assert.deepEqual(counts, [2, 3, 5, 9, 17].filter((count) => count < all).concat(all));
  });

  it('has one epoch on disk at any time', async (t) => {
    const { observer } = observe([provider('a', 5)]);
    await observer.resume();
    const copies = temporaryFolder(t);
    for (let epoch = 5; epoch <= 8; epoch++) {
      const { observer: next } = observe([provider('a', epoch)]);
      await next.resume();
      await run(next);
      // What a process leaves that is killed here.
      const copy = path.join(copies, String(epoch));
      cpSync(home, copy, { recursive: true });
      const left = await open(copy);
      const { observer: found } = observe([], left);
      assert.equal((await found.resume())?.checkpoint.epoch, epoch);
      await close(left);
    }
    assert.deepEqual(notes, []);
  });

  it('leaves who lies about a state, and does not ask it again', async () => {
    let asked = 0;
    const honest = provider('honest', 3);
    const liar = provider('liar', 5, {
      page: async (epoch, after) => {
        asked += 1;
        const { next } = await honest.page(epoch, after);
        const leaves = chain.pagesOf(epoch).flat().slice(0, LEAVES_PER_PAGE);
        const all = after === null ? leaves : [];
        const raised = all.map((leaf) => ({
          ...leaf,
          unspent: leaf.unspent.map((output) => ({ ...output, amount: output.amount + 1n })),
        }));
        return { bytes: encodeSnapshotPage(raised), next };
      },
    });
    const { observer } = observe([liar, honest]);
    await observer.resume();
    assert.deepEqual(await run(observer), ['installed 3 honest', 'idle']);
    await holds(3);
    assert.match(notes.join(), /liar lies: snapshot of epoch 5: the outputs miss the stateRoot/);
    const before = asked;
    await run(observer);
    assert.equal(asked, before);
  });

  it('gives up pages that do not advance, or are none', async () => {
    const stuck = provider('stuck', 5);
    const { observer } = observe([
      provider('stuck', 5, { page: async (epoch) => ({ ...(await stuck.page(epoch, null)) }) }),
      provider('endless', 5, {
        page: async () => ({ bytes: encodeSnapshotPage([]), next: 'ab'.repeat(32) as TxId }),
      }),
      provider('noise', 4, { page: async () => ({ bytes: new Uint8Array(9), next: null }) }),
      provider('honest', 3),
    ]);
    await observer.resume();
    assert.deepEqual(await run(observer), ['installed 3 honest', 'idle']);
    assert.match(notes.join(), /stuck lies: .*ascending/);
    assert.match(notes.join(), /endless lies: .*do not advance/);
    assert.match(notes.join(), /noise lies: snapshot of epoch 4/);
  });

  it('goes on with others when one fails in the middle', async () => {
    const honest = provider('honest', 5);
    const failing = provider('failing', 5, {
      page: (epoch, after) => (after === null ? honest.page(epoch, after) : down()),
      ledger: down,
    });
    const { observer } = observe([provider('down', 5, unreachable), failing, honest]);
    await observer.resume();
    assert.deepEqual(await run(observer), ['installed 5 honest', 'idle']);
    await holds(5);
    const next = observe([
      failing,
      provider('down', 6, unreachable),
      provider('honest', 6),
    ]).observer;
    await next.resume();
    assert.deepEqual(await run(next), ['followed 6 honest', 'idle']);
    const nobody = observe([provider('down', 6, unreachable)]).observer;
    await nobody.resume();
    assert.deepEqual(await run(nobody), ['unreachable']);
  });

  it('P16, D20: leaves who lies about a ledger, and says so when nobody is left', async () => {
    const liar = (name: string) =>
      provider(name, 6, {
        ledger: async (epoch) => encodeEpochLedger({ ...chain.ledgerOf(epoch), fees: [] }),
      });
    const start = observe([provider('first', 3)]).observer;
    await start.resume();
    await run(start);
    const { observer } = observe([liar('liar'), provider('honest', 5)]);
    await observer.resume();
    assert.deepEqual(await run(observer), ['followed 4 honest', 'followed 5 honest', 'idle']);
    const alone = observe([liar('x'), liar('y')]);
    await alone.observer.resume();
    assert.equal(alone.providers.exhausted, null);
    await alone.observer.step();
    assert.match(alone.providers.exhausted ?? '', /y lies: ledger of epoch 6.*stateRoot/);
    await holds(5);
  });

  it('D12: holds a stored state against its certificate, and begins again if it is another', async () => {
    const { observer } = observe([provider('a', 4)]);
    await observer.resume();
    await run(observer);
    const [entry] = await data.store.scan(COIN_TABLE, { limit: 1 });
    assert(entry);
    data.store.delete(entry.key);
    await data.store.flush();
    const { observer: again } = observe([provider('a', 6)]);
    assert.equal(await again.resume(), null);
    assert.match(notes.join(), /damaged/);
    assert.deepEqual(await run(again), ['installed 6 a', 'idle']);
    await holds(6);
  });

  it('begins again where another build has kept its tables otherwise', async () => {
    const { observer } = observe([provider('a', 4)]);
    await observer.resume();
    await run(observer);
    data.store.put(LAYOUT_KEY, Uint8Array.of(STATE_LAYOUT - 1));
    await close(data);
    const again = await open(home);
    const { observer: next } = observe([provider('b', 6)], again);
    assert.equal(await next.resume(), null);
    assert.deepEqual(await run(next), ['installed 6 b', 'idle']);
    await holds(6, again);
  });

  it('D6: begins again where its store is damaged, wherever a bit of it flipped, and blames nobody', async () => {
    await run(observe([provider('a', 4)]).observer);
    // What is in the log of a store that is opened becomes a table.
    await close(data);
    await close(await open(home));
    const stored = path.join(home, 'follower', 'store');
    let begunAgain = 0;
    for (const name of readdirSync(stored)) {
      const whole = readFileSync(path.join(stored, name));
      const places = name.endsWith('.ldb') ? 64 : Math.min(1, whole.length);
      for (let place = 0; place < places; place += 1) {
        const at = Math.floor(((place + 0.5) * whole.length) / places);
        const copy = path.join(home, `copy-${name}-${place}`);
        cpSync(path.join(home, 'follower'), path.join(copy, 'follower'), { recursive: true });
        const bytes = whole.with(at, (whole[at] as number) ^ (1 << (place % 8)));
        writeFileSync(path.join(copy, 'follower', 'store', name), bytes);
        const again = await open(copy);
        const { observer: next } = observe([provider('b', 6)], again);
        if ((await next.resume()) === null) begunAgain += 1;
        await run(next);
        await holds(6, again);
        await close(again);
      }
    }
    assert.ok(begunAgain > 20, `${begunAgain}`);
    assert.doesNotMatch(notes.join(), /lies/);
    data = await open(home);
  });

  it('D17: throws the beginning of a snapshot away', async () => {
    let pages = 0;
    const honest = provider('a', 4);
    const cut = provider('a', 4, {
      page: (epoch, after) => (pages++ < 2 ? honest.page(epoch, after) : new Promise(() => {})),
    });
    const { observer } = observe([cut]);
    await observer.resume();
    void observer.step();
    while (pages < 3) await new Promise((resolve) => setImmediate(resolve));
    const copy = path.join(home, 'copy');
    cpSync(path.join(home, 'follower'), path.join(copy, 'follower'), { recursive: true });
    const left = await open(copy);
    assert.equal((await left.store.scan(COIN_TABLE, { limit: 100 })).length, 2 * LEAVES_PER_PAGE);
    const { observer: next } = observe([provider('b', 3)], left);
    assert.equal(await next.resume(), null);
    assert.deepEqual(await run(next), ['installed 3 b', 'idle']);
    await holds(3, left);
  });
});
