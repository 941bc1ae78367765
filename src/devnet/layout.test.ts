import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/system/temporary-folder.ts';
import { writeValidatorFolder } from '../node/folder/validator-folder.ts';
import { OperatorError } from '../node/operator-error.ts';
import { devNetwork } from './dev-network.ts';
import { layOutDevnet, readDevnetState, removeDevnetState, writeDevnetState } from './layout.ts';

const NETWORK = { validators: 1, accounts: 1, seed: null, portBase: 27_000, settings: {} };

test('a reset begins a development network anew, with other arguments too', (t) => {
  const home = path.join(temporaryFolder(t), 'devnet');
  layOutDevnet({ ...NETWORK, home, reset: false });
  const ours = path.join(home, 'notes');
  const its = path.join(home, 'validator-0', 'data');
  for (const file of [ours, its]) writeFileSync(file, '');
  const other = { ...NETWORK, home, accounts: 2 };
  assert.throws(() => layOutDevnet({ ...other, reset: false }), /--reset/);
  assert.ok(existsSync(its));
  layOutDevnet({ ...other, reset: true });
  assert.ok(existsSync(ours));
  assert.ok(!existsSync(its));
});

test('the keys of another network are never thrown away, nor is that advised', (t) => {
  const home = temporaryFolder(t);
  layOutDevnet({ ...NETWORK, home, reset: false });
  const { genesis, validators } = devNetwork(2, 1, 'for use');
  const folder = path.join(home, 'validator-1');
  const secret = validators[1]!.secret;
  const content = { secret, faucetSecret: null, settings: {} };
  writeValidatorFolder({ ...content, folder, genesis: { ...genesis, addressPrefix: 'altht' } });
  const refusal = (error: unknown) =>
    error instanceof OperatorError &&
    /validator-1 is of the network .* choose another --home$/.test(error.message);
  assert.throws(() => layOutDevnet({ ...NETWORK, home, reset: true }), refusal);
  const key = readFileSync(path.join(folder, 'validator.key'), 'utf8').trim();
  assert.equal(key, Buffer.from(secret).toString('hex'));
  assert.ok(existsSync(path.join(home, 'validator-0', 'validator.key')));

  const first = path.join(temporaryFolder(t), 'net');
  const lone = { ...content, genesis: { ...genesis, addressPrefix: 'altht' } };
  writeValidatorFolder({ ...lone, folder: path.join(first, 'validator-0') });
  for (const reset of [true, false]) {
    assert.throws(
      () => layOutDevnet({ ...NETWORK, home: first, reset }),
      (error) => error instanceof OperatorError && !error.message.includes('--reset'),
    );
  }
});

test('who may not run in a folder leaves the state of who does', (t) => {
  const home = temporaryFolder(t);
  writeDevnetState(layOutDevnet({ ...NETWORK, home, reset: false }), []);
  const file = path.join(home, 'devnet.json');
  const own = readFileSync(file, 'utf8');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(own), pid: process.pid + 1 }));
  removeDevnetState(home);
  assert.equal(readDevnetState(home)?.pid, process.pid + 1);
  writeFileSync(file, own);
  removeDevnetState(home);
  assert.equal(readDevnetState(home), null);
});
