import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { RestClient } from '../../src/client/rest-client.ts';
import { readDevnetState } from '../../src/devnet/layout.ts';
import { RUNTIME_FLAGS } from '../../src/node/process/runtime-flags.ts';
import { Althing } from '../cluster/processes.ts';
import { projectFolder } from '../project/files.ts';

/** Apart from what `npm start` runs, so that it is of the sources as they are now. */
const FOLDER = 'dist/bundle-of-test';
const FINAL = { level: 'final', timeoutMs: 30_000 } as const;
const LEFT_OUT = ['algosdk', 'classic-level', 'secp256k1'];

describe('the bundle', () => {
  const folder = path.join(projectFolder, FOLDER);
  const home = mkdtempSync(path.join(tmpdir(), 'althing-bundle-'));

  before(() => {
    const script = path.join(projectFolder, 'scripts', 'bundle.mjs');
    const made = spawnSync(process.execPath, [script, FOLDER], { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    assert.equal(made.stderr, '');
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  });

  it('holds every package but those that bring compiled code, or may be absent', () => {
    const wanted = new Set<string>();
    for (const name of readdirSync(folder, { recursive: true }) as string[]) {
      if (!name.endsWith('.js')) continue;
      const text = readFileSync(path.join(folder, name), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
      // The outermost level of a chunk, and what it loads only when it is needed.
      for (const [, from = ''] of text.matchAll(
        /^(?:var \S+ = (?:__toESM\()?|.*\b__toESM\()require\("([^".][^"]*)"\)/gm,
      )) {
        if (!from.startsWith('node:')) wanted.add(from);
      }
    }
    const packages = [...wanted].filter((name) => !builtinModules.includes(name));
    assert.ok(packages.length > 0);
    assert.deepEqual(
      packages.filter((name) => !LEFT_OUT.includes(name)),
      [],
    );
  });

  /** What `seen` says of each chunk that a command has loaded. */
  function ofChunks(seen: string): unknown[] {
    const main = path.join(folder, 'main.js');
    const look = `process.argv.splice(1, 0, ${JSON.stringify(main)});
      const { loaded } = require(process.argv[1]);
      process.on('exit', () => console.log(JSON.stringify([...loaded.values()].map(${seen}))));`;
    const args = [...RUNTIME_FLAGS, '-e', look, '--', 'start', '--home', home, '--dump-config'];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const found = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as unknown[];
    assert.ok(found.length > 5);
    return found;
  }

  it('has what V8 compiled of it, which V8 takes', () => {
    const rejected = ofChunks('({ script }) => script.cachedDataRejected ?? null');
    assert.deepEqual(new Set(rejected), new Set([false]));
  });

  it('has chunks that export values, so that none asks a getter for what is of another', () => {
    const getters = ofChunks(`({ module: { exports } }) =>
      Object.values(Object.getOwnPropertyDescriptors(exports)).filter((one) => one.get).length`);
    assert.deepEqual(new Set(getters), new Set([0]));
  });

  it('runs without it as well, and with that of other flags', () => {
    const args = [path.join(folder, 'main.js'), '--version'];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const { version } = JSON.parse(readFileSync(path.join(projectFolder, 'package.json'), 'utf8'));
    assert.equal(stdout.trim(), version);
  });

  it('runs the simulator, whose seeds have a worker', () => {
    const args = [path.join(folder, 'main.js'), 'sim', '--kind', 'spark', '--seeds', '1'];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.match(stdout, /^1 runs, .*no violation$/m);
  });

  it('runs a network: peers, workers, REST with its document, a final payment', async () => {
    const args = ['devnet', '--home', home, '--port-base', '0'];
    const env = { ALTHING_VERIFY__MODE: 'workers' };
    const devnet = new Althing(args, env, path.join(folder, 'main.js'));
    await devnet.said(/Ctrl-C stops/);
    const state = readDevnetState(home);
    const rest = state?.validators[0]?.rest ?? '';
    const document = (await (await fetch(`${rest}/openapi.json`)).json()) as { paths: object };
    assert.ok(Object.keys(document.paths).length > 20);
    const client = new RestClient(rest);
    const { txid } = await client.faucet(state?.accounts[0]?.address ?? '', 5n);
    const { state: reached } = await client.transaction(txid, FINAL);
    assert.match(reached, /^(?:final|checkpointed)$/);
    await client.close();
    devnet.child.kill('SIGTERM');
    const { code } = await devnet.ended;
    assert.equal(code, 0);
  });

  it('shows a log that people can read where they look on', async () => {
    const lane = path.join(home, 'validator-0');
    const args = [
      'start',
      '--home',
      lane,
      '--log.file',
      '',
      '--p2p.listen',
      '/ip4/127.0.0.1/tcp/0',
    ];
    args.push('--rest.port', '0', '--metrics.port', '0');
    const env = { NODE_OPTIONS: '--import=data:text/javascript,process.stdout.isTTY=true' };
    const node = new Althing(args, env, path.join(folder, 'main.js'));
    await node.said(/^\[[\d:.]+\] INFO: node is up\n {4}lane: 0$/m);
    node.child.kill('SIGTERM');
    const { code } = await node.ended;
    assert.equal(code, 0);
  });
});
