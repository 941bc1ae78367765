import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { toHex } from '../codec/hex.ts';
import { generateKeyPair } from '../crypto/keys.ts';
import type { Params } from '../types/genesis.ts';
import type { Config } from './config.ts';
import { DEFAULT_PARAMS, writeGenesisFile } from './genesis-file.ts';
import { readIdentity } from './identity.ts';

test('a genesis with generations is refused: journal and store know none', (t) => {
  const home = mkdtempSync(path.join(tmpdir(), 'althing-identity-'));
  t.after(() => rmSync(home, { recursive: true }));
  const publicKey = toHex(generateKeyPair().publicKey);
  const read = (name: string, params: Partial<Params>) => {
    writeGenesisFile(path.join(home, name), {
      format: 1,
      name: 'generations',
      addressPrefix: 'althdev',
      committee: [{ name: 'one', publicKey }],
      params: { ...DEFAULT_PARAMS, ...params },
      outputs: [],
    });
    return readIdentity(home, { genesis: name, key: '' } as Config);
  };
  assert.equal(read('one.json', {}).lane, null);
  assert.throws(
    () => read('many.json', { generationEpochs: 100 }),
    /generationEpochs of .*many\.json is 100/,
  );
});
