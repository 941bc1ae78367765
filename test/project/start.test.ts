import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { projectFolder } from './files.ts';

const PARENT = pathToFileURL(path.join(projectFolder, 'scripts', 'parent.mjs')).href;

/** Like what npm starts: says "up", and "stopped" when it is told to stop. */
const PROGRAM = `
  const { stopWithParent } = await import('${PARENT}');
  stopWithParent(20);
  process.on('SIGTERM', () => { console.log('stopped'); process.exit(); });
  setInterval(() => {}, 1000);
  console.log('up');
`;

test('packages of a tool are no sources: a build does not depend on them', async (t) => {
  const prepare = pathToFileURL(path.join(projectFolder, 'scripts', 'prepare.mjs')).href;
  const { filesBelow } = (await import(prepare)) as { filesBelow(folder: string): string[] };
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, 'node_modules', 'tool'), { recursive: true });
  for (const name of ['own.ts', path.join('node_modules', 'tool', 'foreign.ts')]) {
    writeFileSync(path.join(folder, name), '');
  }
  assert.deepEqual(filesBelow(folder), [path.join(folder, 'own.ts')]);
});

test('what npm started stops when the shell between is stopped', async () => {
  // The second command keeps the shell from turning into the first.
  const shell = spawn('sh', ['-c', '"$NODE" --input-type=module -e "$PROGRAM"; true'], {
    env: { ...process.env, NODE: process.execPath, PROGRAM, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said === 'up\n') shell.kill('SIGTERM');
  });
  // The program holds the other end of the pipe.
  await once(shell.stdout, 'end');
  assert.equal(said, 'up\nstopped\n');
});
