import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Althing, althing } from '../cluster/processes.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { ends } from './ends.ts';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** What `start` says of a folder that is not as it should be, and what it leaves alone. */
describe('althing start', { timeout: 600_000 }, () => {
  const folder = temporaryFolder({ after });
  const at = (...names: string[]) => path.join(folder, ...names);

  before(async () => {
    await ends(0, /--bootstrap/, 'genesis', 'new', '--out', at('net'), '--validators', '3');
    await ends(0, /^$/, 'key', 'new', at('a.key'));
  });

  it('O6: names a wrong setting, wherever it stands', async () => {
    const home = at('net', 'validator-0');
    await ends(7, /"--rest\.prt".*"--rest\.port"/, 'start', '--home', home, '--rest.prt', '1');
    await ends(7, /from 0 to 65535/, 'start', '--home', home, '--rest.port', '70000');
    const slow = ['start', '--home', home, '--log.level', 'silent', '--dev.linkDelayMs', '5'];
    await ends(7, /development networks only/, ...slow);
    await ends(7, /list of milliseconds/, ...slow.slice(0, -1), '5,-1');
    for (const name of ['p2p.listen', 'p2p.announce', 'p2p.bootstrap']) {
      await ends(7, new RegExp(`${name}: /x/y is not`), ...slow.slice(0, -2), `--${name}`, '/x/y');
    }
    await ends(7, /log\.file: .*ENOENT/, ...slow.slice(0, -2), '--log.file', 'absent/node.log');
    const nine = Array.from({ length: 9 }, (_, host) => `/ip4/10.0.0.${host}/tcp/4800`).join();
    await ends(7, /9 addresses, .* take 8/, ...slow.slice(0, -2), '--p2p.announce', nine);
    const inEnv = await new Althing(['start', '--home', home], { ALTHING_REST__PROT: '1' }).ended;
    assert.equal(inEnv.code, 7);
    assert.match(inEnv.err, /ALTHING_REST__PORT/);
    const dumped = await althing('start', '--home', home, '--dump-config', '--log.level', 'warn');
    assert.match(dumped.out, /level = "warn" # flag/);
    const asJson = await althing('start', '--home', home, '--dump-config', '--json');
    const { 'rest.port': port } = JSON.parse(asJson.out);
    assert.deepEqual(port, { value: 4600, origin: 'default' });
    writeFileSync(path.join(home, 'althing.toml'), 'version = 1\n[rest]\nhots = "x"\n');
    await ends(7, /"rest\.hots".*"rest\.host"/, 'start', '--home', home);
  });

  it('O6: takes a configuration that it cannot read for no absent one', async () => {
    const home = at('unread');
    mkdirSync(home);
    const file = path.join(home, 'althing.toml');
    const start = ['start', '--home', home, '--dump-config'];
    await ends(0, /^$/, ...start);
    mkdirSync(file);
    await ends(7, /althing\.toml cannot be read: EISDIR/, ...start);
    rmSync(file, { recursive: true });
    symlinkSync('gone', file);
    await ends(7, /althing\.toml cannot be read: ENOENT/, ...start);
    rmSync(file);
    writeFileSync(file, Buffer.from('version = 1\n[log]\nfile = "\xff"\n', 'latin1'));
    await ends(7, /althing\.toml cannot be read: .*encod/, ...start);
  });

  it('D5: writes no log over what a node has, and names the log that it cannot write', async () => {
    const home = at('net', 'validator-2');
    const start = ['start', '--home', home, '--rest.port', '0', '--metrics.port', '0'];
    start.push('--p2p.listen', '/ip4/127.0.0.1/tcp/0');
    const log = [...start, '--log.file'];
    const events = [...start, '--log.level', 'silent', '--events.file'];
    const files = ['althing.toml', 'genesis.json', 'validator.key'];
    const before = files.map((name) => readFileSync(path.join(home, name), 'utf8'));
    await ends(7, /log\.file: .*validator\.key is node\.key/, ...log, 'validator.key');
    await ends(7, /events\.file: .* is node\.genesis/, ...events, 'x/../genesis.json');
    await ends(7, /events\.file: .* is the configuration/, ...events, 'althing.toml');
    await ends(7, /log\.file: .* is the node's data/, ...log, 'data');
    await ends(7, /events\.file: .* is the node's data/, ...events, 'data/format.json');
    await ends(7, /events\.file: .* is log\.file/, ...log, 'one.log', '--events.file', 'one.log');
    assert.deepEqual(
      files.map((name) => readFileSync(path.join(home, name), 'utf8')),
      before,
    );
    assert.equal(existsSync(path.join(home, 'data')), false);
    await ends(7, /events\.file: .* cannot be written: EISDIR/, ...events, '.');
  });

  it('O6, D13: says what to do about a key of nobody, a missing genesis and a port in use', async () => {
    const home = at('net', 'validator-1');
    const start = ['start', '--home', home, '--log.level', 'silent'];
    const free = [
      '--rest.port',
      '0',
      '--metrics.port',
      '0',
      '--p2p.listen',
      '/ip4/127.0.0.1/tcp/0',
    ];
    await ends(7, /of no validator/, ...start, ...free, '--node.key', at('a.key'));
    const absent = [...start, ...free, '--node.genesis', at('absent.json')];
    await ends(7, /no genesis file .*"althing genesis new" writes .*--home/, ...absent);

    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const { port } = server.address() as { port: number };
    const taken = [...free, '--rest.port', String(port)];
    await ends(1, /is in use.*--rest\.port/, ...start, ...taken);
    const p2p = [...free, '--p2p.listen', `/ip4/127.0.0.1/tcp/${port}`];
    await ends(1, /is in use.*--p2p\.listen/, ...start, ...p2p);
    server.close();
    const elsewhere = [...free, '--rest.host', '203.0.113.1', '--log.file', 'node.log'];
    // By hand: not by a process that listens to it.
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...start, ...elsewhere]);
    assert.equal(status, 1);
    assert.match(String(stderr), /the log is .*node\.log\n.*cannot be listened on.*--rest\.host/);
  });

  it('says where a node listens that was started by hand and logs to a file', async () => {
    const free = [...['--rest.port', '0'], ...['--metrics.port', '0']];
    const start = ['start', '--home', at('net', 'validator-1'), ...free, '--log.file', 'node.log'];
    const args = [MAIN, ...start, '--p2p.listen', '/ip4/127.0.0.1/tcp/0'];
    const node = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    node.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('Ctrl-C')) node.kill('SIGINT');
    });
    const [code] = await once(node, 'close');
    assert.equal(code, 0, said);
    assert.match(said, /REST http:\/\/127\.0\.0\.1:\d+, metrics http:\S+; Ctrl-C stops it\n/);
  });

  it("observes in no validator's folder, and leaves it as it is", async () => {
    const home = at('net', 'validator-1');
    const data = path.join(home, 'data');
    const args = ['observe', '--once', '--from', 'http://127.0.0.1:9'];
    const genesis = ['--genesis', path.join(home, 'genesis.json')];
    const entries = () => readdirSync(home, { encoding: 'utf8', recursive: true });
    const before = entries();
    assert.ok(before.includes(path.join('data', 'journal')), 'it was started');
    await ends(7, /validator-1 belongs to a node .*--home/, ...args, '--home', home);
    await ends(7, /data belongs to a node/, ...args, ...genesis, '--home', data);
    assert.deepEqual(entries(), before);
    // Nobody answers there; the folder is taken.
    await ends(5, /nobody answers/, ...args, ...genesis, '--home', at('observer'));
    const fresh = at('net', 'validator-2');
    await ends(7, /it has validator\.key/, ...args, '--home', fresh);
  });
});
