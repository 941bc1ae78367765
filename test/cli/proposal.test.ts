import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { DevnetState } from '../../src/devnet/layout.ts';
import { type Althing, althing, startDevnet } from '../cluster/processes.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { ends } from './ends.ts';

describe('payments of 2 of 3 owners, by the command line', { timeout: 600_000 }, () => {
  const folder = temporaryFolder({ after });
  const at = (name: string) => path.join(folder, name);
  const owners = ['a.key', 'b.key', 'c.key'].map(at) as [string, string, string];
  let devnet: Althing;
  let state: DevnetState;

  before(async () => {
    ({ process: devnet, state } = await startDevnet(at('net')));
  });
  after(() => devnet.kill());

  async function answer(...args: string[]) {
    const { code, out, err } = await althing('--json', ...args);
    assert.equal(code, 0, err);
    return JSON.parse(out);
  }

  const url = () => ['--url', state.validators[0]?.rest ?? ''];
  const trusted = () => ['--genesis', path.join(at('net'), 'validator-0', 'genesis.json')];
  const forCertain = ['--wait', 'checkpointed', '--timeout', '30000'];

  it('receive, propose, sign apart and pay', async () => {
    const keys: string[] = [];
    for (const file of owners) keys.push((await answer('key', 'new', file)).publicKey);
    const { address } = await answer('key', 'address', ...keys, '--threshold', '2');
    const turned = keys.toReversed();
    const same = await answer('key', 'address', ...turned, '--threshold', '2');
    assert.equal(same.address, address);
    await ends(2, /need a --threshold/, 'key', 'address', ...keys);
    await ends(2, /different public keys/, 'key', 'address', ...keys, '--threshold', '4');

    const { secret = '', address: payee = '' } = state.accounts[0] ?? {};
    const [, { address: other = '', balance = '' } = {}] = state.accounts;
    const payer = ['--secret', secret, ...url(), ...forCertain];
    const payees = [address, '3000', other, '7', address, '2000'];
    await answer('wallet', 'send', ...payees, '--fee', '5', ...payer);
    const balanceOf = async (one: string) =>
      (await answer('wallet', 'balance', one, ...url())).balance;
    assert.equal(await balanceOf(other), `${BigInt(balance) + 7n}`);
    assert.equal(await balanceOf(payee), `${BigInt(state.accounts[0]?.balance ?? 0) - 5012n}`);
    const file = at('payment.json');
    const who = ['--threshold', '2', ...keys.flatMap((key) => ['--public-key', key])];
    const propose = ['wallet', 'propose', payee, '1200', other, '1', ...who, ...url()];
    propose.push('--fee', '9', '--out');
    const { txid } = await answer(...propose, file);
    await ends(1, /EEXIST/, ...propose, file);

    const sign = (one: string, ...more: string[]) => ['wallet', 'sign', one, ...trusted(), ...more];
    const before = readFileSync(file, 'utf8');
    const shown = await answer(...sign(file));
    assert.equal(readFileSync(file, 'utf8'), before, 'showing signs nothing');
    const { validUntil, ...told } = shown;
    const paid = [
      { address: payee, amount: '1200' },
      { address: other, amount: '1' },
    ];
    const sums = { paid, change: '1790', fee: '9' };
    assert.deepEqual(told, { txid, payer: address, ...sums, threshold: 2, signatures: 0 });
    assert.ok(validUntil > 1_000_000);
    const text = (await althing(...sign(file))).out;
    assert.match(text, new RegExp(`pays +1200 to ${payee}\npays +1 to ${other}\nfee +9\n`));

    const [first, second] = owners;
    const copy = at('copy.json');
    copyFileSync(file, copy);
    const another = ['--txid', '0'.repeat(64)];
    await ends(4, /holds another payment/, ...sign(file, '--key', first, ...another));
    await ends(2, /whose\?/, ...sign(file, '--txid', txid));
    assert.equal(readFileSync(file, 'utf8'), before);
    const signs = await answer(...sign(file, '--key', first, '--txid', txid));
    assert.equal(signs.signatures, 1);
    await ends(4, /signed it already/, ...sign(file, '--key', first, '--txid', txid));
    await ends(4, /none of its owners/, ...sign(file, '--secret', secret, '--txid', txid));
    await ends(4, /witness-missing: 1 of 2/, 'wallet', 'submit', file, ...url());
    await answer(...sign(copy, '--key', second, '--txid', txid));

    const sent = await answer('wallet', 'submit', file, copy, ...url(), ...forCertain);
    assert.deepEqual([sent.txid, sent.state], [txid, 'checkpointed']);
    assert.equal(await balanceOf(address), '3790');
  });

  it('refuse a file that was changed, and one that is none', async () => {
    const changed = JSON.parse(readFileSync(at('payment.json'), 'utf8'));
    changed.outputs[0].amount = '1201';
    writeFileSync(at('changed.json'), JSON.stringify(changed));
    const sign = ['wallet', 'sign', at('changed.json'), ...trusted()];
    await ends(4, /changed\.json: bad-signature: signatures\[0\]/, ...sign);
    writeFileSync(at('none.json'), '{');
    await ends(1, /none\.json cannot be read/, 'wallet', 'submit', at('none.json'), ...url());
  });
});
