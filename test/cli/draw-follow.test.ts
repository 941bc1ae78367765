import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { writeGenesisFile } from '../../src/node/folder/genesis-file.ts';
import { JournalTail } from '../../src/picture/journal-tail.ts';
import { pageOf } from '../../src/picture/page.ts';
import { sceneOf } from '../../src/picture/scene.ts';
import { servePictures } from '../../src/picture/serve.ts';
import { sketchSetting } from '../../src/sim/reference/sketch.ts';
import { StorageFault } from '../../src/storage/fault.ts';
import { createJournal, Journal } from '../../src/storage/journal/journal.ts';
import type { Block } from '../../src/types/block.ts';
import { AuditedFolders, LANE } from '../audit/folders.ts';
import { Althing } from '../cluster/processes.ts';
import { pageIn, withoutBrowser } from '../process/browser.ts';

const MOST = { blocks: 30, payments: 5000 };
const SEGMENT_BYTES = 4096;

describe('althing draw --follow', { timeout: 300_000 }, () => {
  let folders: AuditedFolders;
  let genesis: string;
  before(async () => {
    folders = new AuditedFolders();
    await folders.prepare();
    genesis = path.join(path.dirname(folders.whole), 'g.json');
    writeGenesisFile(genesis, folders.chain.cluster.genesis);
  });
  after(() => folders.remove());

  /** A data folder whose journal is still being written, and what writes it. */
  async function writing() {
    const data = folders.copy();
    const folder = path.join(data, 'journal');
    rmSync(folder, { recursive: true });
    const identity = { ledgerId: folders.chain.cluster.ledgerId, lane: LANE };
    await createJournal(folder, identity);
    const opened = await Journal.open(folder, identity, { segmentBytes: SEGMENT_BYTES });
    assert.ok(opened.ok);
    const journal = opened.value;
    let count = 0;
    const write = async (records: number): Promise<void> => {
      for (const end = count + records; count < end; count++)
        await journal.append([folders.records[count] as Uint8Array]);
    };
    const newest = () => folders.blocks.slice(0, count).slice(-MOST.blocks);
    const segments = () => readdirSync(folder).filter((name) => name.endsWith('.segment'));
    return { data, folder, journal, write, newest, segments };
  }

  const digests = (blocks: readonly { readonly digest: string }[]) =>
    blocks.map(({ digest }) => digest);

  it('reads what has come since, over the ends of segments', async () => {
    const { data, journal, write, newest, segments } = await writing();
    const tail = new JournalTail(data, MOST);
    assert.deepEqual(await tail.look(), []);
    for (const records of [1, 0, 5, 40, 1, 60]) {
      await write(records);
      // Whoever asks meanwhile is told the same.
      const [one, other] = await Promise.all([tail.look(), tail.look()]);
      assert.deepEqual(digests(one), digests(newest()));
      assert.deepEqual(digests(other), digests(newest()));
    }
    assert.ok(segments().length > 3);
    await journal.close();
  });

  it('waits for the end of a record that is being written, and says what is damaged', async () => {
    const { data, folder, journal, write, newest, segments } = await writing();
    await write(3);
    await journal.close();
    const file = path.join(folder, segments().at(-1) as string);
    const bytes = readFileSync(file);
    truncateSync(file, bytes.length - 9);
    const tail = new JournalTail(data, MOST);
    assert.deepEqual(digests(await tail.look()), digests(newest().slice(0, -1)));
    writeFileSync(file, bytes);
    assert.deepEqual(digests(await tail.look()), digests(newest()));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    await assert.rejects(new JournalTail(data, MOST).look(), StorageFault);
  });

  /** The command, and where its page is. */
  async function following(t: TestContext, data: string) {
    const args = ['draw', data, '--genesis', genesis, '--follow', '--blocks', `${MOST.blocks}`];
    const command = new Althing(args);
    t.after(() => command.kill());
    const [url = ''] = /http:\S+/.exec(await command.said(/shows the newest/)) ?? [];
    return { command, url };
  }

  it('serves the page until it is stopped, and says when there is a newer block', async (t) => {
    const { data, journal, write, newest } = await writing();
    await write(40);
    const { command, url } = await following(t, data);
    assert.equal(new URL(url).hostname, '127.0.0.1');
    const page = await fetch(url);
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.equal((await page.text()).match(/<g class="block/g)?.length, MOST.blocks);
    const { digest } = newest().at(-1) as Block;
    const asked = async (what: string) => (await fetch(url + what)).status;
    assert.equal(await asked(`newer?than=${digest}`), 204);
    await write(1);
    assert.equal(await asked(`newer?than=${digest}`), 200);
    assert.equal(await asked('else'), 404);
    command.child.kill('SIGINT');
    const { code, err } = await command.ended;
    assert.deepEqual([code, err], [0, '']);
    await journal.close();
  });

  it('loads itself anew in a browser when there is a newer block', {
    skip: withoutBrowser,
  }, async (t) => {
    const scene = sceneOf([], sketchSetting(4));
    const ledgerId = folders.chain.cluster.ledgerId;
    let draws = 0;
    const served = await servePictures({
      async draw() {
        draws += 1;
        return pageOf(scene, { ledgerId, payment: null, follows: true });
      },
      isNewer: async () => draws < 3,
    });
    t.after(() => served.close());
    assert.match(await pageIn(served.url, 10_000), /Newest blocks as they come/);
    assert.equal(draws, 3);
  });

  it('follows no payment', async () => {
    const payment = 'ab'.repeat(32);
    const { code, err } = await new Althing([
      'draw',
      folders.whole,
      '--follow',
      '--payment',
      payment,
    ]).ended;
    assert.equal(code, 2);
    assert.match(err, /--follow shows the newest blocks/);
  });
});
