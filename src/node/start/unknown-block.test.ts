import '../../std/polyfill.ts';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { LoneReplica } from '../../../test/replica/lone-replica.ts';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { silentLogger } from '../log/logger.ts';
import { ReplicaHalt } from '../loop/driver.ts';
import { keepUnknownBlock, refuseUnknownBlock } from './unknown-block.ts';

const lone = new LoneReplica();
const { ledgerId } = lone.cluster;
const own = lone.block(0, { txs: [lone.pay(0)], header: { generation: 2 } });
const halted = { code: 'own-signature-unknown', detail: 'a peer has it' } as const;
const cause = new ReplicaHalt({ ...halted, ownBlock: own.bytes });
const owner = { ledgerId, lane: 0 };
const without = { knows: () => false, oldest: 2 };

describe('2.9: an own block that the journal lacks', () => {
  it('halts every start, until the journal has it or its generation is dropped', async (t) => {
    const file = path.join(temporaryFolder(t), 'unknown-block');
    await refuseUnknownBlock(file, owner, without);
    const knowing = {
      ...without,
      knows: ({ digest }: { digest: string }) => digest === own.digest,
    };
    for (const replica of [knowing, { ...without, oldest: 3 }]) {
      await keepUnknownBlock(file, cause, silentLogger());
      for (const _ of ['a start', 'the next one']) {
        const start = refuseUnknownBlock(file, owner, without);
        await assert.rejects(
          start,
          /own-signature-unknown: block 1 .* generation 2,.*newest folder/,
        );
      }
      await refuseUnknownBlock(file, owner, replica);
      assert.ok(!existsSync(file));
    }
  });

  it('halts as well where its file is torn, flipped, no file, or of another validator', async (t) => {
    const file = path.join(temporaryFolder(t), 'unknown-block');
    await keepUnknownBlock(file, cause, silentLogger());
    const bytes = readFileSync(file);
    const knowing = { knows: () => true, oldest: 2 };
    const why =
      /own-signature-unknown: .*not as it was written: put the newest folder in the place/;
    const flipped = bytes.map((byte, at) => (at === 99 ? byte ^ 1 : byte));
    for (const damaged of [bytes.subarray(0, -1), bytes.subarray(0, 9), Buffer.of(), flipped]) {
      writeFileSync(file, damaged);
      await assert.rejects(refuseUnknownBlock(file, owner, knowing), why);
    }
    writeFileSync(file, bytes);
    for (const other of [{ lane: 1 }, { lane: null }, { ledgerId: '00'.repeat(32) as never }]) {
      await assert.rejects(refuseUnknownBlock(file, { ...owner, ...other }, knowing), why);
    }
    await assert.rejects(refuseUnknownBlock(path.dirname(file), owner, knowing), why);
    assert.ok(existsSync(file));
  });

  it('is kept for no other failure, and one that cannot be kept is told', async (t) => {
    const file = path.join(temporaryFolder(t), 'unknown-block');
    const diverged = { code: 'state-diverged', detail: 'another root', ownBlock: null } as const;
    for (const other of [new Error('EIO'), new ReplicaHalt(diverged)]) {
      await keepUnknownBlock(file, other, silentLogger());
      assert.ok(!existsSync(file));
    }
    const log = silentLogger();
    const error = t.mock.method(log, 'error');
    await keepUnknownBlock(path.join(file, 'nowhere'), cause, log);
    assert.equal(error.mock.callCount(), 1);
  });
});
