import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FINDINGS } from '../../src/audit/findings.ts';
import type { Digest } from '../../src/types/ids.ts';
import { readProjectFile } from '../project/files.ts';
import { certify } from '../state-sync/certified-chain.ts';
import { AuditedFolders, fingerprint, flipped } from './folders.ts';

describe('an audit of a data folder', { timeout: 300_000 }, () => {
  let folders: AuditedFolders;
  before(async () => {
    folders = new AuditedFolders();
    await folders.prepare();
  });
  after(() => folders.remove());

  it('finds nothing wrong with what a node left, says what it checked, and writes nothing', async () => {
    const before = fingerprint(folders.whole);
    const { blocks } = folders;
    const report = await folders.audit(folders.whole, { definedBlocks: 80 });
    assert.deepEqual(report.findings, []);
    assert.deepEqual(report.notes, []);
    assert.equal(fingerprint(folders.whole), before);
    const { checked, certified } = report;
    const votes = blocks.flatMap((block) => block.votes);
    assert.equal(checked.blocks, blocks.length);
    assert.equal(checked.admitted, blocks.length);
    assert.equal(checked.blockSignatures, blocks.length);
    assert.equal(
      checked.checkpointVotes,
      votes.filter((vote) => vote.kind === 'checkpoint').length,
    );
    assert.equal(checked.transactions, 25);
    assert.equal(checked.witnesses, 25);
    assert.deepEqual([checked.final, checked.rejected], [20, 5]);
    assert.equal(certified, folders.chain.stable);
    assert.deepEqual([checked.cuts, checked.certificates, checked.ledgers], Array(3).fill(10));
    assert.equal(checked.outcomes, 25);
    assert.ok(checked.stateRoots > 0 && checked.storeEntries > 100);
    assert.equal(checked.definedBlocks, 80);
    assert.ok(checked.definedCuts > 1 && checked.definedTransactions > 4);
  });

  it('finds a foreign genesis, and a folder of another key', async () => {
    const genesis = { ...folders.chain.cluster.genesis, name: 'another' };
    await folders.finds('foreign-genesis', /format\.json.*\n.*segment/, folders.whole, { genesis });
    const folder = folders.copy();
    const marker = path.join(folder, 'format.json');
    const text = readFileSync(marker, 'utf8');
    writeFileSync(marker, text.replace(/"publicKey": "../, '"publicKey": "ff'));
    await folders.finds('foreign-genesis', /another key/, folder);
    rmSync(marker);
    const { findings } = await folders.audit(folder);
    assert.equal(findings[0]?.code, 'folder-damaged');
  });

  it('holds the folder against checkpoints from elsewhere, and refuses forged ones', async () => {
    const right = folders.chain.certificateOf(4);
    const { findings } = await folders.audit(folders.whole, { known: [right] });
    assert.deepEqual(findings, []);
    const other = { ...right.checkpoint, stateRoot: 'ee'.repeat(32) as Digest };
    const known = [certify(other)];
    await folders.finds('checkpoint-differs', /epoch 4/, folders.whole, {
      known,
      withStore: false,
    });
    const few = [certify(other, [0, 1])];
    const report = await folders.audit(folders.whole, { known: few, trustKnown: true });
    assert.equal(report.findings[0]?.code, 'bad-certificate');
    assert.equal(report.from, 0);
  });

  it('begins at a trusted checkpoint: what its cut commits to needs no signature check', async () => {
    const known = [folders.chain.certificateOf(6)];
    const options = { known, trustKnown: true };
    const report = await folders.audit(folders.whole, options);
    assert.deepEqual(report.findings, []);
    assert.equal(report.from, 6);
    const { checked } = report;
    assert.ok(checked.vouchedBlocks > 100);
    assert.equal(checked.vouchedBlocks + checked.blockSignatures, folders.records.length);
    assert.equal(checked.admitted, folders.records.length);
    // Its content is bound by the digest of the cut: a changed block is not below it any more.
    const changed = flipped(folders.records[5] as Uint8Array, 80);
    const { findings } = await folders.audit(await folders.replaced(5, changed), options);
    assert.equal(findings[0]?.code, 'bad-signature');
  });

  it('documents every finding', () => {
    const rows = readProjectFile('docs/AUDIT.md').matchAll(/^\| `([^`]+)` \| (.+) \|$/gm);
    assert.deepEqual(Object.fromEntries([...rows].map(([, code, text]) => [code, text])), FINDINGS);
  });
});
