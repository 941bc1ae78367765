import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { txidOf } from '../../src/codec/transaction.ts';
import { writeGenesisFile } from '../../src/node/folder/genesis-file.ts';
import { addressOf, bob, genesis, ledgerId, payment, signed } from '../api/fake-ledger.ts';
import { read, serving } from '../api/serve.ts';
import { althing } from '../cluster/processes.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';

async function answer(...args: string[]) {
  const { code, out, err } = await althing('--json', ...args);
  assert.equal(code, 0, err);
  return JSON.parse(out);
}

/** Those of all fields of a JSON value, however deep. */
function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(namesIn)];
}

const isCamelCase = (name: string) => /^[a-z][a-zA-Z0-9]*$/.test(name);

describe('answers with --json', { timeout: 600_000 }, () => {
  const served = serving();
  const body = payment(0);
  const txid = txidOf(body);
  const at = () => ['--url', served.api.url];

  before(() => served.node.settle(signed(body), txid));

  /** Files with a genesis, and with a certified checkpoint of the ledger that is served. */
  async function files(t: TestContext): Promise<{ trusted: string; certificate: string }> {
    const folder = temporaryFolder(t);
    const trusted = path.join(folder, 'genesis.json');
    const certificate = path.join(folder, 'certificate.json');
    writeGenesisFile(trusted, genesis);
    writeFileSync(certificate, JSON.stringify(await read(served.api, '/v1/checkpoints/1')));
    return { trusted, certificate };
  }

  it('name all fields in camelCase, also what REST has in snake_case', async (t) => {
    const { trusted, certificate } = await files(t);
    const status = await answer('status', ...at());
    const { submitted, finalClean } = status.counters;
    assert.deepEqual(
      [status.ledgerId, status.validatorsOnline, submitted, finalClean],
      [ledgerId, 3, 1, 3],
    );
    assert.equal(status.members.length, status.validators);
    for (const [lane, member] of status.members.entries()) {
      assert.deepEqual(Object.keys(member), ['lane', 'name', 'self', 'online']);
      assert.deepEqual([member.lane, member.self], [lane, lane === status.lane]);
    }
    const verified = await answer('verify', certificate, '--genesis', trusted);
    assert.deepEqual(
      [verified.ledgerId, verified.checkpoint.ledgerId, verified.checkpoint.acceptedCount],
      [ledgerId, ledgerId, 1],
    );
    const answers = [
      ...[status, verified],
      await answer('wallet', 'balance', addressOf(bob), ...at()),
      await answer('tx', 'status', txid, ...at()),
      await answer('genesis', 'show', trusted),
    ];
    const names = answers.flatMap(namesIn);
    assert.ok(names.length > 50);
    assert.deepEqual(
      names.filter((name) => !isCamelCase(name)),
      [],
    );
  });

  it('give a proof as REST does, for whoever checks it', async () => {
    const proof = await read(served.api, `/v1/transactions/${txid}/proof`);
    assert.deepEqual(await answer('tx', 'proof', txid, ...at()), proof);
  });
});
