import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AuditOptions, AuditReport } from '../src/audit/audit.ts';
import { FINDINGS, type FindingCode } from '../src/audit/findings.ts';
import { decodeBlock } from '../src/codec/block.ts';
import { decodeTransaction } from '../src/codec/transaction.ts';
import { createSigner } from '../src/crypto/sign.ts';
import { type BlockPlan, forgeBlock } from '../src/sim/forge.ts';
import { defined } from '../src/std/assert.ts';
import { isRunName } from '../src/storage/runs/run.ts';
import { type Block, refOf, type Vote } from '../src/types/block.ts';
import type { Digest } from '../src/types/ids.ts';
import { AuditedFolders, fingerprint, LANE } from './audit/folders.ts';
import { certify } from './certified-chain.ts';
import { readProjectFile } from './project.ts';
import { secrets } from './replica-cluster.ts';

describe('an audit of a data folder', { timeout: 300_000 }, () => {
  let folders: AuditedFolders;
  let blocks: readonly Block[];
  before(async () => {
    folders = new AuditedFolders();
    await folders.prepare();
    blocks = folders.records.map(decoded);
  });
  after(() => folders.remove());

  /** The audit finds this, and nothing else. */
  async function finds(
    code: FindingCode,
    detail: RegExp,
    folder: string,
    options: Partial<AuditOptions> = {},
  ): Promise<AuditReport> {
    const report = await folders.audit(folder, options);
    assert.notEqual(report.wrong, 0, 'nothing was found');
    const codes = new Set(report.findings.map((finding) => finding.code));
    assert.deepEqual([...codes], [code], JSON.stringify(report.findings));
    const text = report.findings.map((finding) => `${finding.where}: ${finding.detail}`).join('\n');
    assert.match(text, detail);
    return report;
  }

  /** The journal without this record, or with others in its place. */
  function replaced(index: number, ...others: readonly Uint8Array[]): Promise<string> {
    const { records } = folders;
    return folders.rewritten([...records.slice(0, index), ...others, ...records.slice(index + 1)]);
  }

  const extended = (...others: readonly Uint8Array[]) =>
    folders.rewritten([...folders.records, ...others]);

  /** A block of the lane after its newest one, with its real key. */
  function next(lane: number, change: Partial<BlockPlan> = {}): Block {
    const tip = newest(lane);
    const { ledgerId, epoch, timeMs } = tip.header;
    const plan = { ledgerId, lane, seq: tip.header.seq + 1, prev: tip.digest, epoch, timeMs };
    const words = { ...plan, refs: [], txs: [], votes: [], ...change };
    return forgeBlock(words, createSigner(secrets[lane] as Uint8Array));
  }

  function newest(lane: number): Block {
    return defined(
      blocks.findLast(({ header }) => header.lane === lane),
      'every lane has blocks',
    );
  }

  it('finds nothing wrong with what a node left, says what it checked, and writes nothing', async () => {
    const before = fingerprint(folders.whole);
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

  it('finds a flipped bit on the disk', async () => {
    const folder = folders.copy();
    const file = path.join(folder, 'journal', '0000000001.segment');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 4;
    writeFileSync(file, bytes);
    await finds('journal-damaged', /record \d+ at byte \d+/, folder);
  });

  it('finds a flipped bit in a block although checksums and hash chain are right', async () => {
    const index = blocks.findIndex((block) => block.txs.length > 0);
    const bytes = folders.records[index] as Uint8Array;
    const { signature, txs } = blocks[index] as Block;
    const flip = (at: number) => replaced(index, flipped(bytes, at));
    const codes = [];
    for (const at of [0, 3, 88, signature.byteOffset - bytes.byteOffset, bytes.length - 5]) {
      const report = await folders.audit(await flip(at), { withStore: false });
      codes.push(report.findings[0]?.code);
      assert.match(report.findings[0]?.where ?? '', new RegExp(`record ${index + 1}\\b`));
    }
    assert.ok(txs.length > 0);
    assert.deepEqual(codes, [
      'bad-block',
      'foreign-genesis',
      'bad-signature',
      'bad-signature',
      'bad-block',
    ]);
  });

  it('finds wrong signatures of transactions and of checkpoints in blocks that are signed rightly', async () => {
    const index = blocks.findIndex((block) => block.txs.length > 0);
    const { txs } = blocks[index] as Block;
    const [tx] = txs;
    assert.ok(tx);
    const witness = tx.witnesses[0];
    assert.ok(witness?.kind === 'key');
    const at = witness.signature.byteOffset - tx.bytes.byteOffset + 40;
    const wrong = decodeTransaction(flipped(tx.bytes, at));
    assert.ok(wrong.ok);
    const carrier = next(0, { txs: [wrong.value] });
    const report = await folders.audit(await extended(carrier.bytes));
    assert.equal(report.findings[0]?.code, 'bad-signature');
    assert.match(report.findings[0]?.detail ?? '', /a transaction/);

    const vote: Vote = {
      ...{ kind: 'checkpoint', epoch: 10, checkpoint: newest(0).digest },
      signature: new Uint8Array(64).fill(7),
    };
    const forged = next(0, { votes: [vote] });
    const second = await folders.audit(await extended(forged.bytes));
    assert.match(second.findings[0]?.detail ?? '', /a checkpoint/);
  });

  it('finds a missing block, one that stands twice, and two in the wrong order', async () => {
    const named = blocks.findIndex(({ digest }, at) =>
      blocks.slice(at + 1).some(({ header }) => header.refs.some((ref) => ref.digest === digest)),
    );
    await finds('missing-block', /does not stand before it/, await replaced(named));
    const twice = folders.records[9] as Uint8Array;
    await finds('duplicate-block', /record 296/, await extended(twice));
    const child = blocks.findIndex(({ header }) => header.seq === 2);
    const parent = blocks.findIndex(({ digest }) => digest === blocks[child]?.header.prev);
    const order = [...folders.records];
    [order[child], order[parent]] = [order[parent]!, order[child]!];
    await finds('missing-block', /it names/, await folders.rewritten(order));
  });

  it('finds a foreign genesis, and a block of another ledger', async () => {
    const genesis = { ...folders.chain.cluster.genesis, name: 'another' };
    await finds('foreign-genesis', /format\.json.*\n.*segment/, folders.whole, { genesis });
    const ledgerId = 'ab'.repeat(32) as Digest;
    const stranger = next(0, { ledgerId });
    await finds('foreign-genesis', /record 296: wrong-ledger/, await extended(stranger.bytes));
    const folder = folders.copy();
    const marker = path.join(folder, 'format.json');
    const text = readFileSync(marker, 'utf8');
    writeFileSync(marker, text.replace(/"publicKey": "../, '"publicKey": "ff'));
    await finds('foreign-genesis', /another key/, folder);
    rmSync(marker);
    const { findings } = await folders.audit(folder);
    assert.equal(findings[0]?.code, 'folder-damaged');
  });

  it('D11: finds that a journal was cut off, and takes an unfinished write for what it is', async () => {
    const { records } = folders;
    const shorter = await folders.rewritten(records.slice(0, 200));
    await finds('store-ahead', /checkpoints, 0000000a/, shorter);
    const known = [folders.chain.certificateOf(10)];
    const options = { withStore: false, known };
    await finds('checkpoint-missing', /epoch 10: the folder leads to epoch/, shorter, options);

    const torn = folders.copy();
    const file = path.join(torn, 'journal', '0000000001.segment');
    truncateSync(file, statSync(file).size - 10);
    const { findings, notes, checked } = await folders.audit(torn);
    assert.equal(checked.blocks, records.length - 1);
    assert.deepEqual(findings, []);
    assert.match(notes.join('\n'), /unfinished write/);
    appendFileSync(file, new Uint8Array(100).fill(9));
    await finds('journal-damaged', /checksum/, torn);
  });

  it('finds a missing segment at every place', async () => {
    const folder = await folders.rewritten(folders.records, 30_000);
    const journal = path.join(folder, 'journal');
    const names = readdirSync(journal).sort();
    assert.ok(names.length > 3);
    for (const name of [names[0], names[2], names.at(-1)]) {
      const copy = path.join(path.dirname(folder), `without-${name}`);
      cpSync(folder, copy, { recursive: true });
      rmSync(path.join(copy, 'journal', name ?? ''));
      await finds('journal-damaged', /missing/, copy, { withStore: false });
    }
    const report = await folders.audit(folder);
    assert.deepEqual(report.findings, []);
    assert.equal(report.checked.segments, names.length);
  });

  it('finds what breaks the rules of admission, with a right signature', async () => {
    const early = next(LANE, { epoch: 3 });
    await finds('inadmissible', /bad-epoch/, await extended(early.bytes));
    const late = next(2, { timeMs: 0 });
    await finds('inadmissible', /bad-time/, await extended(late.bytes));
    const vote: Vote = { kind: 'commit', epoch: 11, view: 0, block: refOf(newest(3)) };
    await finds('inadmissible', /bad-vote/, await extended(next(0, { votes: [vote] }).bytes));
  });

  it('finds that the validator itself equivocated; of another one it takes note', async () => {
    const pair = (lane: number) => [
      next(lane),
      next(lane, { timeMs: newest(lane).header.timeMs + 1 }),
    ];
    const own = pair(LANE).map(({ bytes }) => bytes);
    await finds('own-equivocation', /block 1\//, await extended(...own));
    const other = pair(3).map(({ bytes }) => bytes);
    const { findings, notes, checked } = await folders.audit(await extended(...other));
    assert.deepEqual(findings, []);
    assert.equal(checked.equivocations, 1);
    assert.match(notes.join('\n'), /validator 3 signed two blocks/);
  });

  it('finds that a quorum signed another checkpoint than the blocks give', async () => {
    const signed = blocks.findIndex(({ votes }) =>
      votes.some((vote) => vote.kind === 'checkpoint'),
    );
    const cut = blocks.slice(0, signed);
    const tip = (lane: number) => cut.findLast(({ header }) => header.lane === lane) as Block;
    const liars = [0, 2, 3].map((lane) => {
      const { ledgerId, seq, timeMs } = tip(lane).header;
      const checkpoint = 'cd'.repeat(32) as Digest;
      const signer = createSigner(secrets[lane] as Uint8Array);
      const votes: Vote[] = [
        { kind: 'checkpoint', epoch: 1, checkpoint, signature: signer.sign(checkpoint) },
      ];
      const refs = [0, 1, 2, 3].filter((other) => other !== lane).map((other) => refOf(tip(other)));
      const plan = { ledgerId, lane, seq: seq + 1, prev: tip(lane).digest, epoch: 1, timeMs };
      return forgeBlock({ ...plan, refs, txs: [], votes }, signer).bytes;
    });
    const folder = await folders.rewritten([...folders.records.slice(0, signed), ...liars]);
    await finds('state-diverged', /a quorum signed another checkpoint/, folder);
  });

  it('D4, D6: finds a changed coin, outcome, certificate, place or page in the store', async () => {
    const flip = (at: number) => (value: Uint8Array) => flipped(value, at);
    for (const [table, at, name] of [
      ['c', 10, /coins/],
      ['c', 60, /coins/],
      ['o', 8, /epoch outcomes/],
      ['k', 40, /checkpoints/],
      ['k', 230, /checkpoints/],
      ['t', 1, /transactions/],
      ['n', 9, /state tree/],
    ] as const) {
      await finds('store-damaged', name, await folders.withEntry(table, flip(at)));
    }
    const owned = await folders.withOwned(flip(7));
    await finds('store-damaged', /unspent outputs by owner/, owned);
  });

  it('D6: finds a flipped bit in a run', async () => {
    const folder = folders.copy();
    const store = path.join(folder, 'store');
    const run = path.join(store, defined(readdirSync(store).find(isRunName), 'a run'));
    writeFileSync(run, flipped(readFileSync(run), 100));
    await finds('store-damaged', /is damaged at byte 0/, folder);
  });

  it('D12: takes a store that is behind for what it is, and still finds a coin changed in it', async () => {
    const behind = await folders.behind(150);
    const { findings, notes } = await folders.audit(behind);
    assert.deepEqual(findings, []);
    assert.match(notes.join('\n'), /killed, or runs now/);
    const changed = await folders.withEntry('c', (value) => flipped(value, 10), behind);
    await finds('store-damaged', /coins/, changed);
  });

  it('holds the folder against checkpoints from elsewhere, and refuses forged ones', async () => {
    const right = folders.chain.certificateOf(4);
    const { findings } = await folders.audit(folders.whole, { known: [right] });
    assert.deepEqual(findings, []);
    const other = { ...right.checkpoint, stateRoot: 'ee'.repeat(32) as Digest };
    const known = [certify(other)];
    await finds('checkpoint-differs', /epoch 4/, folders.whole, { known, withStore: false });
    const few = [certify(other, [0, 1])];
    const report = await folders.audit(folders.whole, { known: few, trustKnown: true });
    assert.equal(report.findings[0]?.code, 'bad-certificate');
    assert.equal(report.from, 0);
  });

  it('documents every finding', () => {
    const rows = readProjectFile('docs/AUDIT.md').matchAll(/^\| `([^`]+)` \| (.+) \|$/gm);
    assert.deepEqual(Object.fromEntries([...rows].map(([, code, text]) => [code, text])), FINDINGS);
  });

  it('begins at a trusted checkpoint: what its cut commits to needs no signature check', async () => {
    const known = [folders.chain.certificateOf(6)];
    const options = { known, trustKnown: true };
    const report = await folders.audit(folders.whole, options);
    assert.deepEqual(report.findings, []);
    assert.equal(report.from, 6);
    const { checked } = report;
    assert.ok(checked.vouchedBlocks > 100);
    assert.equal(checked.vouchedBlocks + checked.blockSignatures, blocks.length);
    assert.equal(checked.admitted, blocks.length);
    // Its content is bound by the digest of the cut: a changed block is not below it any more.
    const changed = flipped(folders.records[5] as Uint8Array, 80);
    const { findings } = await folders.audit(await replaced(5, changed), options);
    assert.equal(findings[0]?.code, 'bad-signature');
  });
});

function decoded(bytes: Uint8Array): Block {
  const block = decodeBlock(bytes);
  assert.ok(block.ok);
  return block.value;
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1;
  return copy;
}
