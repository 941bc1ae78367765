import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { writeGenesisFile } from '../../src/node/folder/genesis-file.ts';
import { newestBlocks } from '../../src/picture/newest-blocks.ts';
import type { Scene } from '../../src/picture/scene.ts';
import type { TxId } from '../../src/types/ids.ts';
import { AuditedFolders } from '../audit/folders.ts';
import { althing } from '../cluster/processes.ts';
import { pageIn, withoutBrowser } from '../process/browser.ts';

describe('althing draw', { timeout: 300_000 }, () => {
  let folders: AuditedFolders;
  let genesis: string;
  let page: string;
  before(async () => {
    folders = new AuditedFolders();
    await folders.prepare();
    const home = path.dirname(folders.whole);
    [genesis, page] = [path.join(home, 'g.json'), path.join(home, 'page.html')];
    writeGenesisFile(genesis, folders.chain.cluster.genesis);
  });
  after(() => folders.remove());

  const draw = (folder: string, ...options: readonly string[]) =>
    althing('--json', 'draw', folder, '--genesis', genesis, '--out', page, ...options);

  it('writes a page of the newest blocks that needs nothing else', async () => {
    const { code, out, err } = await draw(folders.whole, '--blocks', '90');
    assert.equal(code, 0, err);
    const said = JSON.parse(out);
    const { squares, ways } = sceneIn(page);
    assert.deepEqual([said.file, said.blocks, said.payments], [page, 90, ways.length]);
    const newest = folders.blocks.slice(-90);
    assert.deepEqual(
      squares.map(({ digest }) => digest),
      newest.map(({ digest }) => digest),
    );
    const text = readFileSync(page, 'utf8');
    assert.equal(text.match(/<g class="block/g)?.length, 90);
    assert.doesNotMatch(text, /<link|src=|@import/);
  });

  it('draws the blocks around a payment, whatever segment it is in', async () => {
    const folder = await folders.rewritten(folders.records, 4096);
    const at = folders.blocks.findIndex(({ txs }) => txs.length > 0);
    const txid = folders.blocks[at]?.txs[0]?.txid as TxId;
    const around = await newestBlocks(folder, { blocks: 40, payments: 5000 }, txid);
    assert.ok(around.length > 20);
    assert.ok(around.some(({ txs }) => txs.some((tx) => tx.txid === txid)));
    const { code, out } = await draw(folder, '--blocks', '40', '--payment', txid);
    assert.equal(code, 0);
    assert.equal(JSON.parse(out).final > 0, true);
    const { shown, ways } = sceneIn(page);
    assert.equal(shown, txid);
    assert.ok(ways.find((way) => way.txid === txid)?.final != null);
  });

  it('draws fewer blocks where they carry too many payments, and never without the wanted one', async () => {
    const carriers = folders.blocks.filter(({ txs }) => txs.length > 0);
    const txid = carriers.at(-1)?.txs[0]?.txid as TxId;
    const read = (payments: number) =>
      newestBlocks(folders.whole, { blocks: 2000, payments }, txid);
    assert.equal((await read(5000)).length, folders.blocks.length);
    for (const payments of [3, 1, 0]) {
      const blocks = await read(payments);
      assert.ok(blocks.some(({ txs }) => txs.some((tx) => tx.txid === txid)));
      const carried = blocks.flatMap(({ txs }) => txs).length;
      assert.ok(carried <= Math.max(payments, carriers.at(-1)?.txs.length ?? 0), `${carried}`);
    }
  });

  it('says where the journal is damaged', async () => {
    const folder = folders.copy();
    const [segment] = readdirSync(path.join(folder, 'journal'));
    const file = path.join(folder, 'journal', segment as string);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
    const { code, err } = await draw(folder);
    assert.equal(code, 1);
    assert.match(err, /journal-corrupt: .*record \d+ at byte/);
  });

  it('says what is not there, and what is no txid', async () => {
    const missing = await draw(folders.whole, '--payment', 'ab'.repeat(32));
    assert.equal(missing.code, 3);
    assert.match(missing.err, /no block that carries abab/);
    assert.equal((await draw(folders.whole, '--payment', 'AB')).code, 2);
    assert.equal((await draw(folders.whole, '--blocks', '0')).code, 2);
    assert.equal((await draw(path.join(folders.whole, 'journal'))).code, 1);
  });

  it('runs in a browser, and tells the way of the payment', {
    skip: withoutBrowser,
  }, async () => {
    assert.equal((await draw(folders.whole, '--blocks', '120')).code, 0);
    const shown = await pageIn(pathToFileURL(page).href);
    assert.match(shown, /<section id="told"><p>Payment [0-9a-f]{64} is carried by \d\/\d+/);
    assert.match(shown, /class="block full[^"]* carries/);
  });
});

function sceneIn(page: string): Scene & { readonly shown: TxId | null } {
  const [, json] = /id="scene">(.*?)<\/script>/s.exec(readFileSync(page, 'utf8')) ?? [];
  return JSON.parse(json ?? '');
}
