import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { hex8 } from '../../src/codec/hex.ts';
import type { Scanner, ScanOptions, Store, StoreEntry } from '../../src/replica/ports.ts';

export type StoreUnderTest = Store & Scanner & { flush(): Promise<void> };

export type StoreFixture = {
  readonly store: StoreUnderTest;
  close(): Promise<void>;
};

type Operation =
  | { readonly kind: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'get'; readonly key: string }
  /** Asked for and not awaited. */
  | { readonly kind: 'flush' }
  /** A flush that was asked for begins: what follows runs while it writes. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'settle' }
  | { readonly kind: 'scan'; readonly prefix: string; readonly options: ScanOptions };

/** What every store must do: any sequence of calls answers as a plain Map would. */
export function storeSuite(name: string, open: () => Promise<StoreFixture>): void {
  let fixture: StoreFixture;
  before(async () => {
    fixture = await open();
  });
  after(() => fixture.close());

  test(`${name}: random sequences answer as a Map does`, async () => {
    let round = 0;
    const property = fc.asyncProperty(
      fc.array(operation, { maxLength: 60, size: 'max' }),
      async (operations) => {
        // Each run has its own tables: the store is never empty, as in life.
        round += 1;
        await runAgainstModel(fixture.store, inRound(operations, round));
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });

  test(`${name}: a table is scanned in order, page by page, both ways`, async () => {
    const { store } = fixture;
    const keys = Array.from(
      { length: 50 },
      (_, index) => `y${(index * 5).toString(16).padStart(2, '0')}`,
    );
    for (const [index, key] of keys.entries()) {
      store.put(key, Uint8Array.of(index));
      if (index === 25) await store.flush();
    }
    const forward = await pages(store, 'y', { limit: 7 });
    assert.deepEqual(
      forward.map((entry) => entry.key),
      keys,
    );
    const backward = await pages(store, 'y', { limit: 7, reverse: true });
    assert.deepEqual(
      backward.map((entry) => entry.key),
      [...keys].reverse(),
    );
  });

  test(`${name}: a scan does not leave its prefix`, async () => {
    const { store } = fixture;
    for (const key of ['w', 'wff', 'wffff', 'x', 'x00', 'vff']) store.put(key, Uint8Array.of(1));
    await store.flush();
    const keys = async (prefix: string): Promise<string[]> =>
      (await store.scan(prefix, { limit: 100 })).map((entry) => entry.key);
    assert.deepEqual(await keys('w'), ['w', 'wff', 'wffff']);
    assert.deepEqual(await keys('wff'), ['wff', 'wffff']);
    assert.deepEqual(await keys('wffff'), ['wffff']);
    assert.deepEqual(await keys('wfe'), []);
  });

  test(`${name}: a scan goes on behind what was deleted and is not written yet`, async () => {
    const { store } = fixture;
    const keys = ['u00', 'u01', 'u02', 'u03', 'u04', 'u05', 'u06'];
    for (const key of keys) store.put(key, Uint8Array.of(1));
    await store.flush();
    for (const key of ['u00', 'u01', 'u05', 'u06']) store.delete(key);
    for (const reverse of [false, true]) {
      const found = await store.scan('u', { limit: 2, reverse });
      const left = ['u02', 'u03', 'u04'];
      assert.deepEqual(
        found.map((entry) => entry.key),
        (reverse ? left.reverse() : left).slice(0, 2),
      );
    }
  });

  test(`${name}: each hands over what a scan finds, until it is enough`, async () => {
    const { store } = fixture;
    const owner = (byte: string) => `a01${byte.repeat(32)}`;
    const coins = ['7f', '80'].flatMap((byte) => [0, 1, 2].map((at) => [owner(byte), at] as const));
    for (const [prefix, at] of coins) {
      store.put(prefix + hex8(at).padStart(68, '0'), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, at));
      if (at === 0) await store.flush();
    }
    const handed = async (prefix: string, max: number): Promise<number[]> => {
      const found: number[] = [];
      await store.each(prefix, (value) => found.push(value[7] as number) < max);
      return found;
    };
    assert.deepEqual(await handed(owner('7f'), 9), [0, 1, 2]);
    assert.deepEqual(await handed(owner('80'), 2), [0, 1]);
    assert.deepEqual(await handed(owner('81'), 9), []);
  });

  test(`${name}: an empty value is not an absent one`, async () => {
    const { store } = fixture;
    store.put('z01', new Uint8Array(0));
    assert.deepEqual(store.get('z01'), new Uint8Array(0));
    await store.flush();
    assert.deepEqual(store.get('z01'), new Uint8Array(0));
    assert.equal(store.get('z02'), undefined);
  });
}

async function pages(store: Scanner, prefix: string, options: ScanOptions): Promise<StoreEntry[]> {
  const all: StoreEntry[] = [];
  for (let page = await store.scan(prefix, options); page.length > 0; ) {
    all.push(...page);
    page = await store.scan(prefix, { ...options, after: page.at(-1)!.key });
  }
  return all;
}

/** Few, so that most are met again: of a table whose rows stay in the cache when they are written, and another. */
const tables = ['b', 'c'];
const suffixes = ['', '00', '7f', '80', 'ff', 'ffff'];
const key = fc.tuple(fc.constantFrom(...tables), fc.constantFrom(...suffixes)).map(joined);
/** Keys with half a byte at the end are read and written, not scanned. */
const anyKey = fc.tuple(key, fc.constantFrom('', '', '', '', '0', '8')).map(joined);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      key: anyKey,
      value: fc.uint8Array({ maxLength: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: anyKey }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('get' as const), key: anyKey }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'flush' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'begin' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'settle' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('scan' as const),
      prefix: key,
      options: fc.record(
        { after: key, limit: fc.integer({ min: 1, max: 8 }), reverse: fc.boolean() },
        { requiredKeys: ['limit'] },
      ),
    }),
  },
);

function joined(parts: readonly string[]): string {
  return parts.join('');
}

/** Puts the round's number behind the table's letter of every key. */
function inRound(operations: readonly Operation[], round: number): Operation[] {
  const move = (text: string): string =>
    text[0] + round.toString(16).padStart(8, '0') + text.slice(1);
  return operations.map((step) => {
    if ('key' in step) return { ...step, key: move(step.key) };
    if (step.kind !== 'scan') return step;
    const { after: cursor, ...options } = step.options;
    const moved = cursor === undefined ? options : { ...options, after: move(cursor) };
    return { kind: 'scan', prefix: move(step.prefix), options: moved };
  });
}

async function runAgainstModel(
  store: StoreUnderTest,
  operations: readonly Operation[],
): Promise<void> {
  const model = new Map<string, Uint8Array>();
  const flushes: Promise<void>[] = [];
  for (const step of operations) {
    switch (step.kind) {
      case 'put':
        store.put(step.key, step.value);
        model.set(step.key, step.value);
        break;
      case 'delete':
        store.delete(step.key);
        model.delete(step.key);
        break;
      case 'get':
        assert.deepEqual(store.get(step.key), model.get(step.key));
        break;
      case 'flush':
        flushes.push(store.flush());
        break;
      case 'begin':
        await Promise.resolve();
        break;
      case 'settle':
        await Promise.all(flushes.splice(0));
        break;
      case 'scan':
        assert.deepEqual(await store.scan(step.prefix, step.options), scanModel(model, step));
        break;
    }
  }
  await Promise.all([...flushes, store.flush()]);
  for (const step of operations) {
    if ('key' in step) assert.deepEqual(store.get(step.key), model.get(step.key));
  }
}

function scanModel(
  model: ReadonlyMap<string, Uint8Array>,
  { prefix, options }: { readonly prefix: string; readonly options: ScanOptions },
): StoreEntry[] {
  const { after: cursor, reverse, limit } = options;
  const sorted = [...model].map(([name, value]) => ({ key: name, value }));
  sorted.sort((a, b) => (a.key < b.key ? -1 : 1));
  if (reverse === true) sorted.reverse();
  return sorted
    .filter((entry) => entry.key.startsWith(prefix) && entry.key.length % 2 === 1)
    .filter(
      (entry) =>
        cursor === undefined || (reverse === true ? entry.key < cursor : entry.key > cursor),
    )
    .slice(0, limit);
}
