import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readSettings, toConfig } from '../../src/node/folder/config.ts';
import { readIdentity } from '../../src/node/folder/identity.ts';
import { althing } from '../cluster/processes.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';

/** Validators of several owners: nobody but its owner ever has a key. */
describe('a genesis of public keys', { timeout: 120_000 }, () => {
  it('is one folder for all, in which each validator puts a key of its own', async (t) => {
    const folder = temporaryFolder(t);
    const at = (...names: string[]) => path.join(folder, ...names);
    const names = ['oslo', 'bergen', 'hamar', 'moss'];
    const publicKeys: string[] = [];
    for (const name of names) {
      const made = await althing('key', 'new', at(`${name}.key`), '--json');
      publicKeys.push(JSON.parse(made.out).publicKey);
    }
    const members = names.flatMap((name, lane) => ['--member', `${name}=${publicKeys[lane]}`]);
    const made = await althing('genesis', 'new', '--out', at('net'), ...members, '--json');
    assert.equal(made.code, 0, made.err);
    assert.match(made.err, /each validator puts its own there, as validator\.key/);
    assert.match(made.err, /no validator knows where another is/);
    assert.deepEqual(readdirSync(at('net')).sort(), ['althing.toml', 'genesis.json']);
    const { validators, sharedChecks } = JSON.parse(made.out);
    assert.deepEqual([validators, sharedChecks], [4, true]);

    const shown = await althing('genesis', 'show', at('net', 'genesis.json'));
    for (const [lane, name] of names.entries()) {
      assert.match(shown.out, new RegExp(`^lane ${lane} +${publicKeys[lane]}  ${name}$`, 'm'));
      cpSync(at('net'), at(name), { recursive: true });
      cpSync(at(`${name}.key`), at(name, 'validator.key'));
      assert.equal(identityAt(at(name)).lane, lane);
    }
    assert.equal(new Set(names.map((name) => identityAt(at(name)).ledgerId)).size, 1);
  });

  it('refuses what is no public key, or one key twice', async (t) => {
    const out = path.join(temporaryFolder(t), 'net');
    const key = `02${'79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'}`;
    const refusals: [RegExp, string[]][] = [
      [/committee\[0\]\.name/, [key]],
      [/committee\[0\]\.publicKey: not a compressed/, ['a=02']],
      [/committee\[1\]\.publicKey: another member has this key/, [`a=${key}`, `b=${key}`]],
      [/committee\[1\]\.name: another member has this name/, [`a=${key}`, `a=${key}`]],
    ];
    for (const [complaint, members] of refusals) {
      const words = members.flatMap((member) => ['--member', member]);
      const end = await althing('genesis', 'new', '--out', out, ...words);
      assert.equal(end.code, 2, members.join(' '));
      assert.match(end.err, complaint);
    }
    const both = ['--member', `a=${key}`, '--validators', '4'];
    const end = await althing('genesis', 'new', '--out', out, ...both);
    assert.match(end.err, /cannot be used with/);
    assert.equal(existsSync(out), false);
  });
});

function identityAt(home: string) {
  const settings = readSettings({ env: {}, flags: {} });
  assert.ok(settings.ok);
  return readIdentity(home, toConfig(settings.value));
}
