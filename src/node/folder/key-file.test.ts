import assert from 'node:assert/strict';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { toHex } from '../../codec/hex.ts';
import { generateKeyPair } from '../../crypto/keys.ts';
import { readKeyFile, writeKeyFile } from './key-file.ts';

describe('key files', () => {
  const folder = temporaryFolder({ after });

  it('D13: hold a secret that only their owner can read, and are never overwritten', () => {
    const file = path.join(folder, 'a.key');
    const pair = generateKeyPair();
    writeKeyFile(file, pair.secret);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(toHex(readKeyFile(file).secret), toHex(pair.secret));
    assert.throws(() => writeKeyFile(file, generateKeyPair().secret), /EEXIST/);
    chmodSync(file, 0o640);
    assert.throws(() => readKeyFile(file), /chmod 600/);
  });

  it('D13: are refused with a reason when they hold something else', () => {
    const file = path.join(folder, 'b.key');
    for (const text of ['', 'zz'.repeat(32), '00'.repeat(32), 'ff'.repeat(32), 'ab'.repeat(31)]) {
      writeFileSync(file, text, { mode: 0o600 });
      assert.throws(() => readKeyFile(file), /64 hex digits/, text);
    }
    assert.throws(() => readKeyFile(path.join(folder, 'absent')), /cannot be read/);
  });
});
