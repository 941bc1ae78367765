import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/system/temporary-folder.ts';
import { makeFolder } from './make-folder.ts';

test('a folder is made with those above it, once', (t) => {
  const folder = path.join(temporaryFolder(t), 'a', 'b', 'c');
  for (const _ of ['new', 'there']) makeFolder(folder);
  assert.ok(statSync(folder).isDirectory());
});

test('D16: where a file is, or none can be made, it ends with what the system says', (t) => {
  const file = path.join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  assert.throws(() => makeFolder(file), { code: 'EEXIST' });
  assert.throws(() => makeFolder(path.join(file, 'below')), { code: 'ENOTDIR' });
  if (!existsSync('/proc/self')) return;
  for (const place of ['/proc/none', '/proc/none/below']) {
    assert.throws(() => makeFolder(place), { code: 'ENOENT', path: '/proc/none' });
  }
});
