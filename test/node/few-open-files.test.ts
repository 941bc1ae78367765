import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { clientConnectionsMax } from '../../src/node/process/open-files.ts';
import { althing } from '../cluster/processes.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
/** As many as modules need while they load. A node would come up, and lose the last one to whoever connects. */
const TOO_FEW = 360;
const FEW = 450;
const SOCKETS = 600;

describe('a validator that may open few files', { timeout: 120_000 }, () => {
  const folder = temporaryFolder({ after });
  const home = path.join(folder, 'net', 'validator-0');
  before(async () => {
    const made = await althing('genesis', 'new', '--out', path.join(folder, 'net'));
    assert.equal(made.code, 0, made.err);
  });

  function start(files: number): ChildProcess {
    const ports = ['--rest.port', '0', '--metrics.port', '0', '--p2p.listen'];
    const args = [MAIN, 'start', '--home', home, ...ports, '/ip4/127.0.0.1/tcp/0'];
    const command = `ulimit -n ${files} && exec "$0" "$@"`;
    return spawn('sh', ['-c', command, process.execPath, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  it('O5: does not begin with too few', async (t) => {
    const child = start(TOO_FEW);
    t.after(() => child.kill());
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('node is up')) child.kill();
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 7, said);
    assert.match(said, /may have 360 files and connections open, .*ulimit -n/);
  });

  it('O5: takes fewer connections of clients, and keeps the other files', async (t) => {
    const child = start(FEW);
    t.after(() => child.kill());
    const { hostname, port } = await restOf(child);
    const ends = Array.from({ length: SOCKETS }, () => lastWords(Number(port), hostname));
    const heard = (await Promise.all(ends)).filter((text) => text.startsWith('HTTP/1.1 408'));
    assert.equal(heard.length, clientConnectionsMax(4, 1, FEW));
  });
});

async function restOf(child: ChildProcess): Promise<URL> {
  let said = '';
  for await (const text of child.stdout?.setEncoding('utf8') ?? []) {
    said += text;
    const [url] = /(?<="rest":")[^"]+/.exec(said) ?? [];
    if (url !== undefined) return new URL(url);
  }
  throw new Error(`it ended: ${said}`);
}

/** What a client hears that begins a request and never ends it. */
async function lastWords(port: number, host: string): Promise<string> {
  const socket = connect(port, host);
  let text = '';
  socket.on('error', () => undefined);
  socket.on('data', (data) => (text += data));
  socket.write('GET /livez HTTP/1.1\r\n');
  await once(socket, 'close');
  return text;
}
