import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../test/system/temporary-folder.ts';
import type { ProfilerAnswer, ProfilerOrder } from './preload.ts';
import { profileOf } from './read.ts';

const PRELOAD = new URL('./preload.js', import.meta.url).href;

/** Begins a thread with each byte that it reads, and tells when it runs. */
const PROGRAM = `
import { Worker } from 'node:worker_threads';
process.stdin.on('data', () => {
  const thread = new Worker(new URL('thread.mjs', import.meta.url));
  thread.on('message', () => process.stdout.write('.'));
});
`;
/** A file: what is preloaded is not for threads that are made of a text. */
const THREAD = `
import { parentPort } from 'node:worker_threads';
setInterval(() => {}, 1000);
parentPort.postMessage('here');
`;

function started(t: TestContext): ChildProcess {
  const folder = temporaryFolder(t);
  const program = path.join(folder, 'program.mjs');
  writeFileSync(program, PROGRAM);
  writeFileSync(path.join(folder, 'thread.mjs'), THREAD);
  const child = spawn(process.execPath, ['--import', PRELOAD, program], {
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

async function withThread(child: ChildProcess): Promise<void> {
  const begun = once(child.stdout!, 'data');
  child.stdin!.write('.');
  await begun;
}

async function ordered(child: ChildProcess, order: ProfilerOrder): Promise<ProfilerAnswer> {
  const ended = once(child, 'exit').then(() => assert.fail('it ended'));
  const answer = once(child, 'message').then(([first]) => first as ProfilerAnswer);
  child.send(order);
  ended.catch(() => undefined);
  return Promise.race([answer, ended]);
}

test('a profile has every thread, those that begin after it too', async (t) => {
  const [child, folder] = [started(t), temporaryFolder(t)];
  await withThread(child);
  await ordered(child, { kind: 'profile-start' });
  await withThread(child);
  const { files } = await ordered(child, { kind: 'profile-stop', folder });
  assert.equal(new Set(files).size, 3);
  for (const file of files) assert.doesNotThrow(() => profileOf(file));
});

test('a thread that begins between two profiles is in the second', async (t) => {
  const [child, folder] = [started(t), temporaryFolder(t)];
  await ordered(child, { kind: 'profile-start' });
  assert.equal((await ordered(child, { kind: 'profile-stop', folder })).files.length, 1);
  await withThread(child);
  await ordered(child, { kind: 'profile-start' });
  assert.equal((await ordered(child, { kind: 'profile-stop', folder })).files.length, 2);
});
