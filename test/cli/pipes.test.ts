import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { EXIT } from '../../src/cli/exit-code.ts';
import { writeGenesisFile } from '../../src/node/folder/genesis-file.ts';
import { genesis } from '../api/fake-ledger.ts';
import { Althing, althing } from '../cluster/processes.ts';
import { projectFolder } from '../project/files.ts';
import { fullPipe } from '../system/full-pipe.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';

const PROGRAM = path.join(projectFolder, 'dist', 'src', 'main.js');
/** More than any pipe takes at once. */
const LENGTH_LEAST = 1_000_000;

/** A genesis whose outputs make a long answer of `genesis show`. */
function longGenesis(t: TestContext): string {
  const file = path.join(temporaryFolder(t), 'genesis.json');
  const [output] = genesis.outputs;
  writeGenesisFile(file, { ...genesis, outputs: Array(8_000).fill(output) });
  return file;
}

/** A pipe between two programs, as a shell makes it: a socket, which Node.js would make, takes more. */
function inShell(pipeline: string, file: string) {
  const script = `set -o pipefail; "$0" "$1" --json genesis show "$2" ${pipeline}`;
  return spawn('bash', ['-c', script, process.execPath, PROGRAM, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('a long answer into a pipe', { timeout: 60_000 }, () => {
  it('arrives whole, however late it is read', async (t) => {
    const shell = inShell('| { sleep 1; cat; }', longGenesis(t));
    const [answer, [code]] = await Promise.all([buffer(shell.stdout), once(shell, 'close')]);
    assert.equal(code, 0);
    assert.ok(answer.length > LENGTH_LEAST, `${answer.length} bytes`);
    assert.equal(JSON.parse(answer.toString()).genesis.outputs.length, 8_000);
  });

  it('ends without a word when nobody reads on', async (t) => {
    const shell = inShell('| head -c 10', longGenesis(t));
    const [answer, complaint, [code]] = await Promise.all([
      text(shell.stdout),
      text(shell.stderr),
      once(shell, 'close'),
    ]);
    assert.equal(answer.length, 10);
    assert.deepEqual([code, complaint], [141, '']);
  });
});

/** What starts the one validator of a new ledger. */
async function loneValidator(t: TestContext): Promise<string[]> {
  const folder = path.join(temporaryFolder(t), 'net');
  const made = await althing('genesis', 'new', '--out', folder, '--validators', '1');
  assert.equal(made.code, 0, made.err);
  const ports = ['--rest.port', '0', '--metrics.port', '0', '--p2p.listen', '/ip4/127.0.0.1/tcp/0'];
  return [PROGRAM, 'start', '--home', path.join(folder, 'validator-0'), ...ports];
}

it('D19: a validator goes on when nobody reads its standard error any more', {
  timeout: 60_000,
}, async (t) => {
  const start = await loneValidator(t);
  // It tells who started it what it does only where the log is a file.
  const script = 'set -o pipefail; "$0" "$@" --log.file /dev/stdout | cat';
  const shell = spawn('bash', ['-c', script, process.execPath, ...start], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(shell, 'close');
  shell.stderr.once('data', () => shell.stderr.destroy());
  let log = '';
  let isUp = false;
  for await (const lines of shell.stdout.setEncoding('utf8')) {
    log += lines;
    const [, rest] = /"rest":"([^"]+)/.exec(log) ?? [];
    const [, pid] = /"pid":(\d+)/.exec(log) ?? [];
    if (isUp || rest === undefined) continue;
    isUp = true;
    assert.equal((await fetch(`${rest}/livez`)).status, 200);
    process.kill(Number(pid), 'SIGTERM');
  }
  const [code] = await ended;
  assert.equal(code, 0, log);
});

it('D13: what a command makes nobody else may write to, whatever the umask is', (t) => {
  const folder = path.join(temporaryFolder(t), 'net');
  const script = 'umask 0; "$0" "$1" genesis new --out "$2" --validators 1';
  execFileSync('bash', ['-c', script, process.execPath, PROGRAM, folder], { stdio: 'ignore' });
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  assert.ok(files.length > 3, files.join());
  const open = files.filter((name) => (statSync(path.join(folder, name)).mode & 0o002) !== 0);
  assert.deepEqual(open, []);
});

it('O1: a validator opens no debugger for whoever sends SIGUSR1', {
  timeout: 60_000,
}, async (t) => {
  const [, ...start] = await loneValidator(t);
  const node = new Althing(start);
  t.after(() => node.kill());
  await node.lifeSign();
  node.child.kill('SIGUSR1');
  await node.said(/SIGUSR1/);
  node.child.kill('SIGTERM');
  const { code, err } = await node.ended;
  assert.equal(code, EXIT.ok);
  assert.doesNotMatch(err, /Debugger/);
});

it('D19: a validator goes on, and ends, when nobody empties the pipe of its log', {
  timeout: 60_000,
}, async (t) => {
  const start = await loneValidator(t);
  const { write: pipe } = fullPipe(t);
  const node = spawn(process.execPath, start, { stdio: ['ignore', pipe, 'ignore', 'ipc'] });
  t.after(() => node.kill('SIGKILL'));
  const ended = once(node, 'close');
  const [sign] = await Promise.race([once(node, 'message'), ended]);
  assert.deepEqual(sign, { kind: 'ready' });
  // The folder is in use: neither its log nor its standard error takes a word of that.
  const log = existsSync('/dev/full') ? ['--log.file', '/dev/full'] : [];
  const second = spawn(process.execPath, [...start, ...log], { stdio: ['ignore', pipe, pipe] });
  t.after(() => second.kill('SIGKILL'));
  assert.deepEqual(await once(second, 'close'), [EXIT.halted, null]);
  node.kill('SIGTERM');
  assert.deepEqual(await ended, [EXIT.ok, null]);
});
