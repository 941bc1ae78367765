import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeTransaction } from '../../src/codec/transaction.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import { type BlockPlan, forgeBlock } from '../../src/sim/byzantine/forge.ts';
import { defined } from '../../src/std/assert.ts';
import { type Block, refOf, type Vote } from '../../src/types/block.ts';
import type { Digest } from '../../src/types/ids.ts';
import { secrets } from '../replica/replica-cluster.ts';
import { AuditedFolders, flipped, LANE } from './folders.ts';

/** Journals whose checksums and hash chain are right, and whose blocks are not. */
describe('an audit of the blocks in a journal', { timeout: 300_000 }, () => {
  let folders: AuditedFolders;
  let blocks: readonly Block[];
  before(async () => {
    folders = new AuditedFolders();
    await folders.prepare();
    blocks = folders.blocks;
  });
  after(() => folders.remove());

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

  it('finds a flipped bit in a block although checksums and hash chain are right', async () => {
    const index = blocks.findIndex((block) => block.txs.length > 0);
    const bytes = folders.records[index] as Uint8Array;
    const { signature, txs } = blocks[index] as Block;
    const flip = (at: number) => folders.replaced(index, flipped(bytes, at));
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
    const report = await folders.audit(await folders.extended(carrier.bytes));
    assert.equal(report.findings[0]?.code, 'bad-signature');
    assert.match(report.findings[0]?.detail ?? '', /a transaction/);

    const vote: Vote = {
      kind: 'checkpoint',
      epoch: 10,
      checkpoint: newest(0).digest,
      signature: new Uint8Array(64).fill(7),
    };
    const forged = next(0, { votes: [vote] });
    const second = await folders.audit(await folders.extended(forged.bytes));
    assert.match(second.findings[0]?.detail ?? '', /a checkpoint/);
  });

  it('finds a missing block, one that stands twice, and two in the wrong order', async () => {
    const named = blocks.findIndex(({ digest }, at) =>
      blocks.slice(at + 1).some(({ header }) => header.refs.some((ref) => ref.digest === digest)),
    );
    await folders.finds('missing-block', /does not stand before it/, await folders.replaced(named));
    const twice = folders.records[9] as Uint8Array;
    await folders.finds('duplicate-block', /record 296/, await folders.extended(twice));
    const child = blocks.findIndex(({ header }) => header.seq === 2);
    const parent = blocks.findIndex(({ digest }) => digest === blocks[child]?.header.prev);
    const order = [...folders.records];
    [order[child], order[parent]] = [order[parent]!, order[child]!];
    await folders.finds('missing-block', /it names/, await folders.rewritten(order));
  });

  it('finds a block of another ledger', async () => {
    const ledgerId = 'ab'.repeat(32) as Digest;
    const stranger = next(0, { ledgerId });
    await folders.finds(
      'foreign-genesis',
      /record 296: wrong-ledger/,
      await folders.extended(stranger.bytes),
    );
  });

  it('finds what breaks the rules of admission, with a right signature', async () => {
    const early = next(LANE, { epoch: 3 });
    await folders.finds('inadmissible', /bad-epoch/, await folders.extended(early.bytes));
    const late = next(2, { timeMs: 0 });
    await folders.finds('inadmissible', /bad-time/, await folders.extended(late.bytes));
    const vote: Vote = { kind: 'commit', epoch: 11, view: 0, block: refOf(newest(3)) };
    await folders.finds(
      'inadmissible',
      /bad-vote/,
      await folders.extended(next(0, { votes: [vote] }).bytes),
    );
  });

  it('finds that the validator itself equivocated; of another one it takes note', async () => {
    const pair = (lane: number) => [
      next(lane),
      next(lane, { timeMs: newest(lane).header.timeMs + 1 }),
    ];
    const own = pair(LANE).map(({ bytes }) => bytes);
    await folders.finds('own-equivocation', /block 1\//, await folders.extended(...own));
    const other = pair(3).map(({ bytes }) => bytes);
    const { findings, notes, checked } = await folders.audit(await folders.extended(...other));
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
    await folders.finds('state-diverged', /a quorum signed another checkpoint/, folder);
  });
});
