import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RestClient } from '../../src/client/rest-client.ts';
import { Wallet } from '../../src/client/wallet.ts';
import type { DevnetState } from '../../src/devnet/layout.ts';
import type { TxId } from '../../src/types/ids.ts';
import { Althing, althing, startDevnet } from './processes.ts';

const CHECKPOINTED = { level: 'checkpointed', timeoutMs: 30_000 } as const;
const AWAY = 3;
/** The generation kept, the current one, and one that is about to go. */
const SEGMENTS_MAX = 3;

describe('a network that drops generations', { timeout: 580_000 }, () => {
  const home = mkdtempSync(path.join(tmpdir(), 'althing-pruned-'));
  const folderOf = (lane: number) => path.join(home, `validator-${lane}`);
  let devnet: Althing;
  let returned: Althing | null = null;
  let state: DevnetState;
  let clients: RestClient[] = [];
  let wallet: Wallet;
  /** The first payment. */
  let first = '' as TxId;

  before(async () => {
    const options = ['--generation-epochs', '1', '--generations-kept', '1', '--no-shared-checks'];
    ({ process: devnet, state } = await startDevnet(home, ...options));
    clients = state.validators.map(({ rest }) => new RestClient(rest));
    const made = Wallet.fromSecrets([Buffer.from(state.accounts[0]?.secret ?? '', 'hex')]);
    assert.ok(made.ok);
    wallet = made.value;
  });

  after(async () => {
    for (const each of [devnet, returned]) {
      await each?.kill();
    }
    await Promise.all(clients.map((client) => client.close()));
    rmSync(home, { recursive: true, force: true });
  });

  /** Each ends an epoch, and that a generation. Returns the txids. */
  async function pay(count: number, through: readonly number[]): Promise<TxId[]> {
    const payees = [{ address: state.accounts[1]?.address ?? '', amount: 1n }];
    const txids: TxId[] = [];
    for (let i = 0; i < count; i++) {
      const client = clients[through[i % through.length] as number] as RestClient;
      const paid = await wallet.send(client, payees, { wait: CHECKPOINTED });
      assert.ok(paid.ok);
      assert.equal(paid.value.state, 'checkpointed');
      txids.push(paid.value.txid);
    }
    return txids;
  }

  const stable = async (lane: number) => (await clients[lane]?.status())?.epochs.stable ?? 0;
  const segments = (lane: number) => readdirSync(path.join(folderOf(lane), 'data', 'journal'));
  const states = (lane: number) =>
    readdirSync(path.join(folderOf(lane), 'data', 'stops')).filter((name) => /stop$/.test(name));

  async function until(what: () => Promise<boolean> | boolean): Promise<void> {
    while (!(await what())) await sleep(50);
  }

  async function isBounded(lane: number): Promise<void> {
    await until(() => segments(lane).length <= SEGMENTS_MAX && states(lane).length === 1);
  }

  it('keeps a bounded number of segments, however many generations there were', async () => {
    [first = first] = await pay(1, [0]);
    for (let round = 0; round < 3; round++) {
      await pay(3, [0, 1, 2, 3]);
      for (const lane of [0, 1, 2, 3]) await isBounded(lane);
    }
    assert.ok((await stable(0)) >= 9);
    const oldest = Number.parseInt(states(0)[0] ?? '', 10);
    assert.ok(oldest >= 6, `the oldest generation is ${oldest}`);
  });

  it('lets one come back that was away for longer than all others keep', async () => {
    const before = await stable(0);
    process.kill(state.validators[AWAY]?.pid ?? 0, 'SIGKILL');
    await pay(5, [0, 1, 2]);
    // Those that were asked wait for their own certificate.
    await until(async () => (await stable(0)) >= before + 5);
    for (const lane of [0, 1, 2]) await isBounded(lane);
    returned = new Althing(['start', '--home', folderOf(AWAY)]);
    await returned.lifeSign();
    const epoch = await stable(0);
    await until(async () => (await stable(AWAY)) >= epoch);
    const roots = await Promise.all(
      clients.map(async (one) => (await one.checkpoint(epoch)).checkpoint.stateRoot),
    );
    assert.equal(new Set(roots).size, 1);
    const log = readFileSync(path.join(folderOf(AWAY), 'althing.log'), 'utf8');
    assert.match(log, /away for too long: taking up a later state/);
  });

  it('has its lane go on, in the current generation', async () => {
    const [txid] = await pay(1, [AWAY]);
    assert.ok(txid !== undefined);
    assert.equal((await clients[0]?.transaction(txid, CHECKPOINTED))?.state, 'checkpointed');
    const lanes = await clients[0]?.lanes();
    assert.ok(lanes !== undefined);
    await pay(3, [0, 1, 2, AWAY]);
    await isBounded(AWAY);
  });

  it('says what it has dropped, and never that what was final is unknown', async () => {
    const [client] = clients as [RestClient];
    const gone = { name: 'AlthingError', code: 'pruned', status: 410 };
    await assert.rejects(client.checkpoint(1), gone);
    await assert.rejects(client.transaction('ab'.repeat(32) as TxId), gone);
    await assert.rejects(client.transactionProof(first), gone);
    await assert.rejects(client.output(first, 1000), gone);
    // What it paid is unspent, so that it is known for certain.
    assert.equal((await client.transaction(first)).state, 'checkpointed');
    const [unknown] = await client.transactions(['ab'.repeat(32) as TxId]);
    assert.deepEqual([unknown?.state, unknown?.code], ['unknown', 'pruned']);
    const scraped = await (await fetch(state.validators[0]?.metrics ?? '')).text();
    assert.match(scraped, /^althing_generations_dropped [1-9]/m);
    assert.match(scraped, /^althing_stop_state_bytes [1-9]/m);
  });

  it('is right by audit and root of its folders when it has stopped', async () => {
    returned?.child.kill('SIGTERM');
    await returned?.ended;
    devnet.child.kill('SIGTERM');
    await devnet.ended;
    for (const lane of [0, AWAY]) {
      const root = await althing('root', '--home', folderOf(lane));
      assert.equal(root.code, 0, root.out + root.err);
      const audit = await althing('audit', folderOf(lane));
      assert.equal(audit.code, 0, audit.out + audit.err);
      assert.match(audit.out, /from the stop state of generation/);
    }
  });
});
