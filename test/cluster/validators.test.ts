import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import { RestClient } from '../../src/client/rest-client.ts';
import { Wallet } from '../../src/client/wallet.ts';
import { checkpointDigest } from '../../src/codec/checkpoint.ts';
import { toHex } from '../../src/codec/hex.ts';
import { encodeMessage } from '../../src/codec/message.ts';
import type { DevnetState } from '../../src/devnet/layout.ts';
import { joinFrames } from '../../src/network/frames.ts';
import type { TxId } from '../../src/types/ids.ts';
import { WIRE_LIMITS } from '../../src/types/limits.ts';
import { everyOperationAnswers } from '../api/every-operation.ts';
import { closed, Hostile } from '../peers/hostile.ts';
import { RAW_ATTACKS } from '../peers/raw-attacks.ts';
import { RawPeer } from '../peers/raw-peer.ts';
import { Althing, althing, isAlive, startDevnet } from './processes.ts';

/** One generous limit for everything: what is waited for are events. */
const WATCHDOG = { timeout: 180_000 };
const FINAL = { level: 'final', timeoutMs: 30_000 } as const;
const CHECKPOINTED = { level: 'checkpointed', timeoutMs: 30_000 } as const;

describe('a cluster of real processes', WATCHDOG, () => {
  let home = '';
  let devnet: Althing;
  let state: DevnetState;
  let clients: RestClient[] = [];
  let paidFirst: TxId;

  before(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'althing-cluster-'));
    await start();
  });

  after(async () => {
    await devnet.kill();
    await Promise.all(clients.map((client) => client.close()));
    rmSync(home, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    ({ process: devnet, state } = await startDevnet(home));
    clients = state.validators.map(({ rest }) => new RestClient(rest));
  }

  /** Returns the process ids of before. */
  async function restart(): Promise<number[]> {
    const pids = state.validators.map(({ pid }) => pid);
    await Promise.all(clients.map((client) => client.close()));
    await start();
    return pids;
  }

  function wallet(index: number): Wallet {
    const secret = Buffer.from(state.accounts[index]?.secret ?? '', 'hex');
    const made = Wallet.fromSecrets([secret]);
    assert.ok(made.ok);
    return made.value;
  }

  const addressOf = (index: number) => state.accounts[index]?.address ?? '';
  const client = (lane: number) => clients[lane] as RestClient;

  /** Pays from account to account + 1 through one validator. */
  async function pay(account: number, lane: number, amount = 1000n): Promise<TxId> {
    const payees = [{ address: addressOf(account + 1), amount }];
    const sent = await wallet(account).send(client(lane), payees);
    assert.ok(sent.ok, sent.ok ? '' : sent.error.detail);
    return sent.value.txid;
  }

  async function isFinalAt(lane: number, txid: TxId): Promise<void> {
    const { state: reached } = await client(lane).transaction(txid, FINAL);
    assert.ok(
      reached === 'final' || reached === 'checkpointed',
      `${txid} is ${reached} at ${lane}`,
    );
  }

  it('makes payments final at validators other than the one asked', async () => {
    for (let lane = 0; lane < 4; lane += 1) {
      paidFirst = await pay(lane, lane);
      await isFinalAt((lane + 1) % 4, paidFirst);
    }
  });

  it('pays from the faucet, many times in a row, on every validator', async () => {
    const before = await client(0).balance(addressOf(9));
    const paid = await Promise.all(
      [0, 1, 2, 3].flatMap((lane) =>
        [1, 2, 3].map(async () => (await client(lane).faucet(addressOf(9), 5n)).txid),
      ),
    );
    for (const txid of paid) await client(0).transaction(txid, CHECKPOINTED);
    const now = await client(0).balance(addressOf(9));
    assert.equal(now.balance - before.balance, 60n);
  });

  it('answers every operation of its OpenAPI document as documented', async () => {
    await client(0).transaction(paidFirst, CHECKPOINTED);
    const tx = toHex(await client(0).transactionBytes(paidFirst));
    await everyOperationAnswers(client(0).url, {
      path: { txid: paidFirst, index: '0', address: addressOf(1), epoch: '1' },
      body: {
        submitTransaction: { tx },
        submitBatch: { txs: [tx] },
        queryTransactions: { txids: [paidFirst] },
        askFaucet: { address: addressOf(6), amount: '5' },
      },
      absent: ['getEvidence'],
    });
  });

  it('P8: lets go of a peer that sends what no correct one would', async (t) => {
    const [{ p2p } = { p2p: '' }] = state.validators;
    const { ledgerId } = await client(0).params();
    const protocol = `/althing/1/${ledgerId.slice(0, 16)}/blocks`;
    const stranger = await Hostile.start(t, 'a stranger');
    for (const message of [
      Uint8Array.of(99),
      encodeMessage({ kind: 'block', bytes: new Uint8Array(1000) }),
      encodeMessage({ kind: 'block', bytes: new Uint8Array(WIRE_LIMITS.blockBytesMax.value + 1) }),
      encodeMessage({ kind: 'transactions', txs: [] }),
    ]) {
      const { connection, stream } = await stranger.openBlocksAt([multiaddr(p2p)], protocol);
      stream.send(joinFrames([message]));
      await closed(connection);
    }
    await isFinalAt(0, await pay(6, 0));
  });

  it('P5, P7, P25: goes on while peers write frames of the muxer by hand', async (t) => {
    const { ledgerId } = await client(0).params();
    const blocks = `/althing/1/${ledgerId.slice(0, 16)}/blocks`;
    const peers: RawPeer[] = [];
    for (const [n, [name, attack]] of Object.entries(RAW_ATTACKS).entries()) {
      const lane = n % 4;
      const peer = await RawPeer.dial(t, name, [multiaddr(state.validators[lane]?.p2p ?? '')]);
      peers.push(peer);
      attack(peer, blocks);
      await isFinalAt((lane + 1) % 4, await pay(lane, lane));
    }
    // Each is told to go.
    for (const { connection } of peers) await closed(connection);
    for (const { pid } of state.validators) assert.ok(isAlive(pid));
  });

  it('B17, N2: goes on when a validator is killed, which catches up when it is back', async () => {
    const victim = state.validators[3];
    assert.ok(victim);
    const old = path.join(home, 'old-copy');
    cpSync(victim.home, old, { recursive: true });
    await isFinalAt(2, await pay(6, 3));
    const busy = [pay(0, 0), pay(1, 1), pay(2, 2)];
    await devnet.said(new RegExp(`process ${victim.pid}\\n`));
    process.kill(victim.pid, 'SIGKILL');
    await devnet.complained(/validator-3 is gone/);
    await Promise.all((await Promise.all(busy)).map((txid) => isFinalAt(0, txid)));
    for (let round = 0; round < 5; round += 1) {
      const paid = await Promise.all([0, 1, 2].map((lane) => pay(lane + 3, lane)));
      await Promise.all(paid.map((txid, lane) => isFinalAt((lane + 1) % 3, txid)));
    }
    const last = await pay(7, 0);
    await client(0).transaction(last, CHECKPOINTED);
    const log = readFileSync(state.validators[0]?.log ?? '', 'utf8');
    const told = [
      ...log.matchAll(/"peer":"lane 3","validator":"[^"]+","online":\d,"msg":"(\w+)"/g),
    ];
    assert.deepEqual([told[0]?.[1], told.at(-1)?.[1]], ['connected', 'disconnected']);

    // What it signed since the copy was made is at the others, and not in the copy's journal.
    const restored = await althing('start', '--home', old);
    assert.equal(restored.code, 8, restored.err);
    assert.match(restored.err, /own-signature-unknown/);

    const back = new Althing(['start', '--home', victim.home]);
    try {
      assert.deepEqual(await back.lifeSign(), { kind: 'ready' });
      await client(3).transaction(last, CHECKPOINTED);
      const { checkpoint } = await client(3).checkpoint('latest');
      const elsewhere = await client(1).checkpoint(checkpoint.epoch);
      assert.equal(checkpointDigest(elsewhere.checkpoint), checkpointDigest(checkpoint));
      await isFinalAt(0, await pay(8, 3));
    } finally {
      back.child.kill('SIGTERM');
    }
    assert.equal((await back.ended).code, 0);
  });

  it('D14, D15: refuses a second process on a folder in use, and a folder of another ledger', async () => {
    const used = state.validators[0]?.home ?? '';
    const second = await althing('start', '--home', used, '--log.file', 'second.log');
    assert.equal(second.code, 8);
    assert.match(second.err, /folder-locked.*stop it/);
    assert.doesNotMatch(second.err, /HALTED/, 'the first one signs on');

    const other = path.join(home, 'other');
    const made = await althing('genesis', 'new', '--out', other, '--validators', '4');
    assert.equal(made.code, 0, made.err);
    const genesis = path.join(other, 'validator-3', 'genesis.json');
    const key = path.join(other, 'validator-3', 'validator.key');
    const folder = state.validators[3]?.home ?? '';
    const args = ['--node.genesis', genesis, '--node.key', key];
    const foreign = await althing('start', '--home', folder, ...args);
    assert.equal(foreign.code, 8);
    assert.match(foreign.err, /HALTED.*wrong-ledger.*docs\/ERRORS\.md: .*to its own folder/);
  });

  it('refuses a second devnet in the folder, and leaves the first one as it is', async () => {
    const files = [path.join(home, 'devnet.json')];
    for (const one of state.validators) files.push(path.join(one.home, 'althing.toml'));
    const texts = () => files.map((file) => readFileSync(file, 'utf8'));
    const before = texts();
    const second = await althing('devnet', '--home', home, '--port-base', '0', '--reset');
    assert.equal(second.code, 1);
    assert.match(second.err, /uses .*validator-0.*--home of its own/);
    assert.deepEqual(texts(), before);
    await isFinalAt(1, paidFirst);
  });

  it('O1: stops at Ctrl-C, also a double one, though a validator was killed', async () => {
    const pids = state.validators.map(({ pid }) => pid);
    devnet.child.kill('SIGINT');
    devnet.child.kill('SIGINT');
    const { code, signal } = await devnet.ended;
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
    assert.deepEqual(pids.filter(isAlive), []);
    assert.equal(existsSync(path.join(home, 'devnet.json')), false);
  });

  it('says at its end that a validator had ended by itself', async () => {
    await restart();
    process.kill(state.validators[3]?.pid ?? 0, 'SIGABRT');
    await devnet.complained(/validator-3 is gone.*\n.*its log is.*\n.* starts it again/);
    devnet.child.kill('SIGINT');
    assert.equal((await devnet.ended).code, 1);
  });

  it('begins again with its data, and ends with its parent', async () => {
    const before = await restart();
    const { balance } = await client(0).balance(addressOf(9));
    assert.equal(balance, 10_000_001_060n);
    const banner = await devnet.said(/Ctrl-C stops/);
    assert.ok(banner.includes(`${addressOf(9)}\n      balance ${balance}  key `), banner);
    const seen = await client(2).transaction(paidFirst, CHECKPOINTED);
    assert.equal(seen.state, 'checkpointed');
    await isFinalAt(1, await pay(4, 2));
    assert.notDeepEqual(
      before,
      state.validators.map(({ pid }) => pid),
    );

    await devnet.kill();
    const pids = state.validators.map(({ pid }) => pid);
    while (pids.some(isAlive)) await new Promise((next) => setTimeout(next, 20));
    const other = await althing('devnet', '--home', home, '--validators', '7', '--port-base', '0');
    assert.equal(other.code, 7);
    assert.match(other.err, /--reset/);
  });
});
