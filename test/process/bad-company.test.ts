import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';

/** Rows O of the catalogue that need a process of their own around the code. */

const script = (name: string) => path.join(import.meta.dirname, `${name}.js`);
/** As many as its modules need while they load, and fewer than the sockets. */
const FILES = 200;
const SOCKETS = 400;

describe('a process in bad company', () => {
  it('O4: prototypes polluted before the start change no byte of a checkpoint', () => {
    const polluted =
      'Object.prototype.lane=7;Object.prototype.kind="x";Object.prototype.x=1;Array.prototype.y=2;';
    const run = (...flags: string[]) =>
      execFileSync(process.execPath, [...flags, script('outcome')], { encoding: 'utf8' });
    const clean = run();
    const [first, ...others] = clean.split('\n');
    assert.ok(first !== undefined && first.length > 300);
    for (const other of others) assert.equal(other, first);
    assert.equal(run('--import', `data:text/javascript,${encodeURIComponent(polluted)}`), clean);
  });

  it('O5: with few file descriptors it refuses connections, and answers when they are gone', async (t) => {
    const command = `ulimit -n ${FILES} && exec "${process.execPath}" "${script('few-files')}"`;
    const child = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'inherit'] });
    t.after(() => child.stdin.end());
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { hostname, port, href } = new URL(line.toString().trim());
    const sockets = Array.from({ length: SOCKETS }, () => connect(Number(port), hostname));
    for (const socket of sockets) socket.on('error', () => undefined);
    await Promise.all(
      sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])),
    );
    for (const socket of sockets) socket.destroy();
    const answer = await fetch(`${href}livez`, { headers: { connection: 'close' } });
    assert.equal(answer.status, 200);
    assert.equal(child.exitCode, null);
  });
});
