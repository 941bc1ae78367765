import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writeGenesisFile } from '../../src/node/folder/genesis-file.ts';
import { AuditedFolders } from '../audit/folders.ts';
import { althing } from '../cluster/processes.ts';

describe('althing audit', { timeout: 300_000 }, () => {
  let folders: AuditedFolders;
  before(async () => {
    folders = new AuditedFolders();
    await folders.prepare();
  });
  after(() => folders.remove());

  it('accuses no node that runs of what it wrote after the journal was read', async () => {
    const cut = await folders.rewritten(folders.records.slice(0, 200));
    const file = path.join(cut, 'journal', '0000000001.segment');
    const { wrong, notes } = await folders.audit(cut, {
      progress: (phase) => {
        if (phase === 'store') appendFileSync(file, 'more');
      },
    });
    assert.equal(wrong, 0);
    assert.match(notes.join(), /the node runs: its store is not compared/);
  });

  it('reports, and ends with a code of its own when something is wrong', async () => {
    const genesis = path.join(path.dirname(folders.whole), 'g.json');
    writeGenesisFile(genesis, folders.chain.cluster.genesis);
    const right = await althing('--json', 'audit', folders.whole, '--genesis', genesis);
    assert.equal(right.code, 0, right.err);
    assert.equal(JSON.parse(right.out).checked.blocks, folders.records.length);
    const cut = await folders.rewritten(folders.records.slice(0, 200));
    const wrong = await althing('audit', cut, '--genesis', genesis);
    assert.equal(wrong.code, 4, wrong.err);
    assert.match(wrong.out, /store-ahead: [^\n]*\n\d+ findings/);
    assert.equal((await althing('audit', folders.whole, '--trust')).code, 2);
    assert.equal((await althing('audit', genesis)).code, 1);
  });
});
