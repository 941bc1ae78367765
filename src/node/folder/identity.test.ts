import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { encodeGenesisJson } from '../../codec/genesis.ts';
import { toHex } from '../../codec/hex.ts';
import { generateKeyPair } from '../../crypto/keys.ts';
import type { Genesis } from '../../types/genesis.ts';
import type { Lock } from '../../types/ids.ts';
import { DATA_FOLDER } from '../start/data.ts';
import type { Config } from './config.ts';
import { DEFAULT_PARAMS, LISTED_MAX, writeGenesisFile } from './genesis-file.ts';
import { readIdentity, rememberGenesis } from './identity.ts';

/** A folder with a genesis file, of so many outputs, in which a node starts. */
function place(t: TestContext) {
  const home = temporaryFolder(t);
  const config = { genesis: 'genesis.json', key: '' } as Config;
  mkdirSync(path.join(home, DATA_FOLDER));
  const publicKey = toHex(generateKeyPair().publicKey);
  const file = path.join(home, config.genesis);
  const genesis = (count: number): Genesis => {
    const lock = `01${'7'.repeat(64)}` as Lock;
    return {
      format: 1,
      name: 'large',
      addressPrefix: 'althdev',
      params: DEFAULT_PARAMS,
      committee: [{ name: 'one', publicKey }],
      outputs: Array.from({ length: count }, (_, i) => ({ amount: BigInt(i + 1), lock })),
    };
  };
  return {
    file,
    memory: path.join(home, DATA_FOLDER, 'genesis-known.json'),
    genesis,
    write: (count: number) => writeGenesisFile(file, genesis(count)),
    start: () => {
      const identity = readIdentity(home, config);
      rememberGenesis(home, config, identity);
      return identity;
    },
  };
}

test('a large genesis is read whole once: then its bytes are compared, and any doubt means to read it again', (t) => {
  const { memory, write, start } = place(t);
  write(LISTED_MAX + 1);
  const first = start();
  assert.equal(first.isRecalled, false);
  const second = start();
  assert.equal(second.isRecalled, true);
  assert.equal(second.ledgerId, first.ledgerId);
  assert.deepEqual({ ...second.genesis, outputs: [] }, { ...first.genesis, outputs: [] });
  assert.equal(second.genesis.outputs.length, LISTED_MAX + 1);
  const outputs = [...first.genesis.outputs];
  assert.deepEqual([...second.genesis.outputs], outputs);

  const text = readFileSync(memory, 'utf8');
  for (const wrong of [text.replace(first.ledgerId, 'f'.repeat(64)), text.slice(0, 40), '{}']) {
    writeFileSync(memory, wrong);
    const again = start();
    assert.equal(again.isRecalled, false, wrong);
    assert.equal(again.ledgerId, first.ledgerId);
  }
  write(LISTED_MAX + 2);
  const other = start();
  assert.equal(other.isRecalled, false);
  assert.notEqual(other.ledgerId, first.ledgerId);
  assert.equal(start().ledgerId, other.ledgerId);
  write(LISTED_MAX);
  assert.equal(start().isRecalled, false);
  assert.equal(start().isRecalled, false);
});

test('outputs of a large genesis that were let go are read from its file; few ones stay', (t) => {
  const { file, write, start } = place(t);
  write(LISTED_MAX + 1);
  const large = start();
  const before = [...large.genesis.outputs];
  large.letGoOutputs();
  assert.equal(large.genesis.outputs.length, LISTED_MAX + 1);
  assert.deepEqual([...large.genesis.outputs], before);

  write(LISTED_MAX);
  const small = start();
  small.letGoOutputs();
  rmSync(file);
  assert.equal([...small.genesis.outputs].length, LISTED_MAX);
  assert.throws(() => [...large.genesis.outputs], /ENOENT/);
});

test('a large genesis that is one JSON value starts a second time, too', (t) => {
  const { file, genesis, start } = place(t);
  const large = genesis(LISTED_MAX + 1);
  for (const text of [
    JSON.stringify(encodeGenesisJson(large)),
    JSON.stringify(encodeGenesisJson(large), null, 1),
  ]) {
    writeFileSync(file, text);
    const first = start();
    const second = start();
    assert.equal(second.isRecalled, true);
    assert.equal(second.ledgerId, first.ledgerId);
    assert.deepEqual([...second.genesis.outputs], [...large.outputs]);
  }
});
