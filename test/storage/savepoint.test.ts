import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createPrng } from '../../src/std/prng.ts';
import { setFailpointHook } from '../../src/storage/failpoint.ts';
import { StorageFault } from '../../src/storage/fault.ts';
import { StoreDamage } from '../../src/storage/level/level-faults.ts';
import type { LevelStore } from '../../src/storage/level/level-store.ts';
import { openLevelStore } from '../../src/storage/level/open-level-store.ts';
import { fileOf, isIntact } from '../../src/storage/savepoint/savepoint-file.ts';
import { SavepointFolder } from '../../src/storage/savepoint/savepoint-folder.ts';
import {
  misfitOf,
  type SavepointHead,
  type SavepointPlace,
} from '../../src/storage/savepoint/savepoint-head.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { LEDGER } from './journal-fixture.ts';
import { save } from './save.ts';

const HEAD: SavepointHead = {
  version: '1.2.3',
  layout: 4,
  ledgerId: LEDGER,
  lane: 2,
  blocks: 7,
  link: '0123456789abcdef0123456789abcdef',
};
const PLACE: SavepointPlace = { ...HEAD, blocks: 9, link: () => HEAD.link };
const TABLE = 'd';

async function store(folder: string, sieve?: Uint8Array): Promise<LevelStore> {
  const opened = await openLevelStore(folder, {
    wipe: sieve === undefined,
    ...(sieve && { sieve }),
  });
  assert(opened.ok, JSON.stringify(opened));
  return opened.value;
}

const key = (i: number): string => TABLE + i.toString(16).padStart(64, '0');
const value = (i: number, round: number): Uint8Array =>
  Uint8Array.from({ length: 300 }, (_, at) => (i * 131 + round * 17 + at * at) & 255);

async function contents(level: LevelStore): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let after: string | undefined; ; ) {
    const entries = await level.scan(TABLE, { limit: 1000, ...(after !== undefined && { after }) });
    for (const entry of entries) found.set(entry.key, Buffer.from(entry.value).toString('hex'));
    if (entries.length < 1000) return found;
    after = entries.at(-1)?.key;
  }
}

/** A store with some tables, and a savepoint of it. */
async function saved(context: TestContext) {
  const folder = temporaryFolder(context);
  const level = await store(path.join(folder, 'store'));
  for (let i = 0; i < 3000; i++) level.put(key(i), value(i, 0));
  const place = path.join(folder, 'savepoint');
  const state = Uint8Array.of(1, 2, 3);
  await save(level, new SavepointFolder(place), { head: HEAD, state });
  return { folder, place, level, state };
}

describe('a savepoint on disk', () => {
  it('gives back the store as it was, whatever happens to the store afterwards', async (t) => {
    const folder = temporaryFolder(t);
    const level = await store(path.join(folder, 'store'));
    const place = new SavepointFolder(path.join(folder, 'savepoint'));
    const random = createPrng('savepoints');
    const expected = new Map<string, string>();
    // Enough for compactions, which run beside the savepoints and remove tables.
    for (let round = 0; round < 12; round++) {
      for (let n = 0; n < 4000; n++) {
        const i = random.below(20_000);
        const bytes = value(i, round);
        level.put(key(i), bytes);
        expected.set(key(i), Buffer.from(bytes).toString('hex'));
      }
      if (round % 3 === 1) await level.flush();
      const state = Uint8Array.of(round);
      const head = { ...HEAD, blocks: round };
      const taken = save(level, place, { head, state }, async () => {
        if (round % 4 < 2) await level.flush();
      });
      // These come too late for it, and are not lost.
      level.put(key(20_000 + round), value(round, round));
      await taken;
      const found = await new SavepointFolder(path.join(folder, 'savepoint')).read({
        ...PLACE,
        blocks: round,
      });
      assert(found.ok, JSON.stringify(found));
      assert.deepEqual([...found.value.state], [round]);
      if (round % 4 !== 3) {
        expected.set(key(20_000 + round), Buffer.from(value(round, round)).toString('hex'));
        continue;
      }
      const other = path.join(folder, 'other');
      const sieve = await place.unpack(found.value, other);
      const again = await store(other, sieve);
      assert.deepEqual(await contents(again), new Map([...expected].sort()));
      assert.equal(again.get(key(30_000)), undefined);
      await again.close();
      expected.set(key(20_000 + round), Buffer.from(value(round, round)).toString('hex'));
    }
    await level.close();
    const tables = readdirSync(path.join(folder, 'savepoint')).filter((name) => /ldb$/.test(name));
    assert.ok(tables.length > 1, 'there were several tables');
  });

  it('reads and links only the tables that are new', async (t) => {
    const { folder, level, state } = await saved(t);
    const place = new SavepointFolder(path.join(folder, 'savepoint'));
    const found = await place.read(PLACE);
    assert(found.ok);
    await place.unpack(found.value, path.join(folder, 'next'));
    await level.close();
    const next = await store(path.join(folder, 'next'), new Uint8Array(8));
    next.put(key(5000), value(5000, 1));
    const cost = await save(next, place, { head: HEAD, state });
    assert.ok(cost.readBytes > 0 && cost.readBytes < 2000, String(cost.readBytes));
    await next.close();
  });

  it('is refused when any file of it is damaged, cut off or missing', async (t) => {
    const { place, level } = await saved(t);
    await level.close();
    const random = createPrng('damage');
    const folder = new SavepointFolder(place);
    assert((await folder.read(PLACE)).ok);
    for (const name of readdirSync(place)) {
      const file = path.join(place, name);
      const whole = readFileSync(file);
      for (let i = 0; i < 8; i++) {
        const bytes = Buffer.from(whole);
        const at = random.below(bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
        writeFileSync(file, bytes);
        assert.deepEqual(await folder.read(PLACE), { ok: false, error: 'damaged' }, name);
      }
      writeFileSync(file, whole);
      truncateSync(file, statSync(file).size - 1);
      assert.deepEqual(await folder.read(PLACE), { ok: false, error: 'damaged' }, name);
      rmSync(file);
      const error = name === 'savepoint' ? 'missing' : 'damaged';
      assert.deepEqual(await folder.read(PLACE), { ok: false, error }, name);
      writeFileSync(file, whole);
    }
    assert((await folder.read(PLACE)).ok);
  });

  it('is read again while it counts, and a file that is not as it was written is damage', async (t) => {
    const { place, level, state } = await saved(t);
    for (let i = 0; i < 9000; i++) level.put(key(i), crypto.getRandomValues(new Uint8Array(300)));
    const folder = new SavepointFolder(place);
    await save(level, folder, { head: HEAD, state });
    await level.close();
    const again = async () => {
      let bytes = 0;
      for await (const read of folder.readAgain()) bytes += read;
      return bytes;
    };
    const tables = readdirSync(place).filter((name) => !/savepoint|manifest|sieve/.test(name));
    const lengths = tables.map((name) => statSync(path.join(place, name)).size);
    assert.ok(Math.max(...lengths) > 2 ** 20, 'more than a piece');
    const all = lengths.reduce((sum, length) => sum + length, 0);
    assert.equal(await again(), all);
    for (const name of tables) {
      const file = path.join(place, name);
      const whole = readFileSync(file);
      const bytes = Buffer.from(whole);
      bytes[bytes.length - 1] = 255 & ~(bytes.at(-1) as number);
      writeFileSync(file, bytes);
      await assert.rejects(again, StoreDamage);
      rmSync(file);
      await assert.rejects(again, StorageFault);
      writeFileSync(file, whole);
    }
    const reading = folder.readAgain();
    await reading.next();
    await folder.clear();
    for await (const read of reading) assert.ok(read < all, 'the file that was open alone');
    assert.equal(await again(), 0);
  });

  it('has every byte of a file looked at, however many are read at a time', async (t) => {
    const folder = temporaryFolder(t);
    const level = await store(path.join(folder, 'store'));
    const place = new SavepointFolder(path.join(folder, 'savepoint'));
    // As much as is read at a time, less and more, and several times as much.
    const files = [-1, 0, 1, 4_194_305].map((more, i) => ({
      name: `00000${i}.pages`,
      bytes: 4_194_304 + more,
    }));
    for (const { name, bytes } of files) {
      writeFileSync(path.join(folder, 'store', name), new Uint8Array(bytes).fill(7));
    }
    const { linked, sieve } = await level.still(async (from, sieve) => {
      const beside = { ...from, files: [...from.files, ...files] };
      return { linked: await place.link(beside), sieve };
    });
    await place.write(linked, { head: HEAD, state: Uint8Array.of(1), sieve });
    await level.close();
    assert((await place.read(PLACE)).ok);
    for (const { name, bytes } of files) {
      const file = path.join(folder, 'savepoint', name);
      const whole = readFileSync(file);
      for (const at of [0, 4_194_302, bytes - 1]) {
        const damaged = Buffer.from(whole);
        damaged[at] = 8;
        writeFileSync(file, damaged);
        assert.equal((await place.read(PLACE)).ok, false, `${name} ${at}`);
      }
      writeFileSync(file, whole);
    }
  });

  it('knows a file by its length too: bytes with the CRC-32 of none are not none', () => {
    const nothing = fileOf('a', new Uint8Array());
    assert(isIntact(nothing, new Uint8Array()));
    assert(!isIntact(nothing, Buffer.from('9d0ad96d', 'hex')));
  });

  it('is the one before when writing the next ended anywhere', async (t) => {
    const { place, level, state } = await saved(t);
    for (let i = 0; i < 100; i++) level.put(key(i), value(i, 2));
    const names = new Set(readdirSync(place));
    const failing = new SavepointFolder(place);
    const head = { ...HEAD, blocks: 8 };
    const tooLong = { ...head, version: 'x'.repeat(300) };
    const left = path.join(place, '..', 'left');
    setFailpointHook(() => cpSync(place, left, { recursive: true }));
    await assert.rejects(save(level, failing, { head: tooLong, state }));
    setFailpointHook(null);
    // Tables that LevelDB removes later would stay for as long as savepoints fail.
    assert.deepEqual(new Set(readdirSync(place)), names, 'a failure leaves nothing over');
    assert.ok(readdirSync(left).length > names.size, 'the end of the process does');
    const folder = new SavepointFolder(left);
    const found = await folder.read(PLACE);
    assert(found.ok);
    assert.equal(found.value.head.blocks, HEAD.blocks);
    const other = path.join(place, '..', 'other');
    const again = await store(other, await folder.unpack(found.value, other));
    assert.equal(Buffer.from(again.get(key(5))!).equals(value(5, 0)), true);
    assert.deepEqual(new Set(readdirSync(left)), names);
    await again.close();
    await level.close();
  });

  it('is not there at all when the first one fails', async (t) => {
    const folder = temporaryFolder(t);
    const level = await store(path.join(folder, 'store'));
    level.put(key(1), value(1, 0));
    const place = path.join(folder, 'savepoint');
    const head = { ...HEAD, version: 'x'.repeat(300) };
    const state = Uint8Array.of(1);
    await assert.rejects(save(level, new SavepointFolder(place), { head, state }));
    assert.ok(!existsSync(place));
    await level.close();
  });

  it('goes away as a whole', async (t) => {
    const { place, level } = await saved(t);
    await level.close();
    await new SavepointFolder(place).clear();
    assert.equal(existsSync(place), false);
    assert.deepEqual(await new SavepointFolder(place).read(PLACE), { ok: false, error: 'missing' });
  });

  it('counts only for this program, this node and a journal that begins with it', () => {
    assert.equal(misfitOf(HEAD, PLACE), null);
    assert.equal(misfitOf(HEAD, { ...PLACE, version: '1.2.4' }), 'other-version');
    assert.equal(misfitOf(HEAD, { ...PLACE, layout: 5 }), 'other-version');
    assert.equal(misfitOf(HEAD, { ...PLACE, lane: null }), 'other-node');
    assert.equal(misfitOf(HEAD, { ...PLACE, ledgerId: 'cd'.repeat(32) as never }), 'other-node');
    assert.equal(misfitOf(HEAD, { ...PLACE, blocks: 6 }), 'ahead-of-journal');
    assert.equal(misfitOf(HEAD, { ...PLACE, link: () => '00' }), 'other-journal');
  });
});
