import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { RestClient } from '../../src/client/rest-client.ts';
import { Wallet } from '../../src/client/wallet.ts';
import {
  decodeSavepoint,
  encodeSavepoint,
  fileOf,
} from '../../src/storage/savepoint/savepoint-file.ts';
import { Althing, startDevnet } from '../cluster/processes.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';

/**
 * Flips a bit behind these bytes in a table of a savepoint, which has the right sum of it then: the table was damaged
 * before it was summed.
 */
function damage(folder: string, bytes: Uint8Array): void {
  const place = path.join(folder, 'savepoint');
  const content = decodeSavepoint(readFileSync(place));
  assert.ok(content !== null);
  let flipped = 0;
  const tables = content.tables.map((table) => {
    const file = path.join(folder, table.name);
    const found = readFileSync(file);
    const at = found.indexOf(bytes);
    if (!table.name.endsWith('.ldb') || at < 0) return table;
    found[at + 9] = (found[at + 9] as number) ^ 1;
    writeFileSync(file, found);
    flipped += 1;
    return fileOf(table.name, found);
  });
  assert.equal(flipped, 1);
  writeFileSync(place, encodeSavepoint({ ...content, tables }));
}

test('a validator that meets damage in its store halts, whoever asked, and makes it anew at its next start', {
  timeout: 180_000,
}, async (t) => {
  const ends: (() => Promise<void>)[] = [];
  // Registered before the folder is: it goes when nobody writes to it any more.
  t.after(async () => {
    for (const end of ends) await end();
  });
  const { process: devnet, state } = await startDevnet(temporaryFolder(t), '--validators', '1');
  const [validator] = state.validators;
  const payer = Wallet.fromSecrets([Buffer.from(state.accounts[0]?.secret ?? '', 'hex')]);
  const payee = Wallet.fromSecrets([new Uint8Array(32).fill(7)]);
  assert.ok(validator !== undefined && payer.ok && payee.ok);
  const [lock] = payee.value.locks;
  let process = devnet;
  let client = new RestClient(validator.rest);
  ends.push(async () => {
    await process.kill();
    await client.close();
  });
  const { addressPrefix } = await client.params();
  const payees = [{ address: payee.value.address(addressPrefix), amount: 5n }];
  const sent = await payer.value.send(client, payees);
  assert.ok(sent.ok);
  const { txid } = sent.value;
  await client.transaction(txid, { level: 'checkpointed', timeoutMs: 30_000 });
  const before = await client.output(txid, 0);
  assert.equal(before.amount, 5n);
  devnet.child.kill('SIGINT');
  await devnet.ended;

  const start = async () => {
    process = new Althing(['start', '--home', validator.home, '--log.file', '']);
    assert.deepEqual(await process.lifeSign(), { kind: 'ready' });
    await client.close();
    client = new RestClient(validator.rest);
  };
  const savepoint = path.join(validator.home, 'data', 'savepoint');
  damage(savepoint, Buffer.from((lock as string).slice(2), 'hex'));
  await start();
  await assert.rejects(client.output(txid, 0));
  const { code, err } = await process.ended;
  assert.equal(code, 8, err);
  assert.match(err, /disk-error: the store cannot be read.*Start again/);
  assert.ok(!existsSync(savepoint), 'no later start goes on from it');

  await start();
  assert.deepEqual(await client.output(txid, 0), before);
});
