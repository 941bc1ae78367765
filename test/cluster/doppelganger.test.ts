import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { RestClient } from '../../src/client/rest-client.ts';
import { Wallet } from '../../src/client/wallet.ts';
import { encodeEvidence } from '../../src/codec/evidence.ts';
import type { DevnetState } from '../../src/devnet/layout.ts';
import { Althing, type Ended, startDevnet } from './processes.ts';

/** Two processes with one validator's key, and folders that are not the newest: real ones, on loopback. */
describe('a validator key that runs twice', { timeout: 300_000 }, () => {
  const home = mkdtempSync(path.join(tmpdir(), 'althing-twin-'));
  let devnet: Althing;
  let state: DevnetState;
  let clients: RestClient[] = [];
  let account = 0;
  /** Folders of validator 3 as they were at some time. */
  const copyOf = (name: string) => path.join(home, name);

  before(async () => {
    ({ process: devnet, state } = await startDevnet(path.join(home, 'net')));
    clients = state.validators.map(({ rest }) => new RestClient(rest));
  });
  after(async () => {
    await devnet.kill();
    await Promise.all(clients.map((client) => client.close()));
    rmSync(home, { recursive: true, force: true });
  });

  /** Pays through one validator, and asks another one. */
  async function pays(lane: number): Promise<void> {
    const from = state.accounts[account++];
    const to = state.accounts.at(-1);
    const wallet = Wallet.fromSecrets([Buffer.from(from?.secret ?? '', 'hex')]);
    assert.ok(wallet.ok);
    const payees = [{ address: to?.address ?? '', amount: 10n }];
    const sent = await wallet.value.send(clients[lane]!, payees);
    assert.ok(sent.ok, sent.ok ? '' : sent.error.detail);
    const wait = { level: 'checkpointed', timeoutMs: 30_000 } as const;
    const { state: reached } = await clients[(lane + 1) % 3]!.transaction(sent.value.txid, wait);
    assert.equal(reached, 'checkpointed');
  }

  function copy(name: string): string {
    const folder = copyOf(name);
    cpSync(state.validators[3]?.home ?? '', folder, { recursive: true });
    return folder;
  }

  /** The same key and folder elsewhere. */
  function second(folder: string): Althing {
    const ports = ['--rest.port', '0', '--metrics.port', '0'];
    return new Althing([
      'start',
      '--home',
      folder,
      '--p2p.listen',
      '/ip4/127.0.0.1/tcp/0',
      ...ports,
    ]);
  }

  /** Hears of nobody. */
  function alone(folder: string): Althing {
    rmSync(path.join(folder, 'peers'), { force: true });
    const place = '/ip4/127.0.0.1/tcp';
    const nobody = ['--p2p.bootstrap', `${place}/1`, '--p2p.listen', `${place}/0`];
    const ports = ['--rest.port', '0', '--metrics.port', '0'];
    return new Althing(['start', '--home', folder, ...nobody, ...ports, '--log.file', '']);
  }

  function assertHalted({ code, err }: Ended, why: RegExp): void {
    assert.equal(code, 8, err);
    assert.match(err, why);
    assert.match(err, /nothing is signed any more/);
  }

  /** Nobody has seen two blocks with one seq. */
  async function assertNoEvidence(): Promise<void> {
    for (const client of clients.slice(0, 3)) {
      const found = await client.evidence();
      assert.deepEqual(found.map(encodeEvidence), []);
    }
  }

  it('O7: halts the second process with a copy of the newest folder, before it signs', async () => {
    await pays(3);
    // The network is silent now: the copy lacks nothing, and no block could give it away.
    const twin = second(copy('current'));
    assertHalted(await twin.ended, /key-in-use/);
    await pays(3);
    await pays(0);
    await assertNoEvidence();
  });

  it('D11, O7: halts an old folder and an empty one when the running process is gone', async () => {
    const newest = copyOf('newest');
    process.kill(state.validators[3]?.pid ?? 0, 'SIGKILL');
    await devnet.complained(/validator-3 is gone/);
    copy('newest');
    cpSync(newest, copyOf('newest-too'), { recursive: true });
    cpSync(newest, copyOf('empty'), { recursive: true });
    rmSync(path.join(copyOf('empty'), 'data'), { recursive: true });
    // The copy of before lacks what validator 3 has signed since.
    for (const folder of ['current', 'empty']) {
      assertHalted(await second(copyOf(folder)).ended, /own-signature-unknown/);
    }
    await assertNoEvidence();
  });

  it('D11: halts that folder again with no peer in reach, until the newest is brought back', async () => {
    const folder = copyOf('current');
    const again = alone(folder);
    const up = again.said(/node is up/).then(() => again.child.kill('SIGTERM'));
    assertHalted(await again.ended, /own-signature-unknown.*which halted this folder before/s);
    await assert.rejects(up, /ended early/);

    const [data, aside] = [path.join(folder, 'data'), copyOf('unknown-block')];
    renameSync(path.join(data, 'unknown-block'), aside);
    rmSync(data, { recursive: true });
    cpSync(path.join(copyOf('newest'), 'data'), data, { recursive: true });
    renameSync(aside, path.join(data, 'unknown-block'));
    const back = alone(folder);
    await back.said(/node is up/);
    assert.ok(!existsSync(path.join(data, 'unknown-block')));
    back.child.kill('SIGTERM');
    assert.equal((await back.ended).code, 0);
  });

  it('lets at most one of two go on that start at once from the newest folder', async () => {
    const both = [second(copyOf('newest')), second(copyOf('newest-too'))];
    const first = await Promise.race(both.map((each) => each.ended));
    assertHalted(first, /key-in-use|own-signature-unknown/);
    await pays(1);
    await assertNoEvidence();
    for (const each of both) each.child.kill('SIGTERM');
    await Promise.all(both.map((each) => each.ended));
  });
});
