import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { RestClient } from '../../src/client/rest-client.ts';
import type { DevnetState } from '../../src/devnet/layout.ts';
import type { Epoch } from '../../src/types/ids.ts';
import { Althing, althing, startDevnet } from './processes.ts';

const CHECKPOINTED = { level: 'checkpointed', timeoutMs: 30_000 } as const;

type Line = { readonly epoch: Epoch; readonly kind: string; readonly stateRoot: string };
type Summary = Line & { readonly equal: boolean; readonly total: string };

describe('an observer of a cluster of real processes', { timeout: 180_000 }, () => {
  let home = '';
  let observerHome = '';
  let devnet: Althing;
  let state: DevnetState;
  let client: RestClient;

  before(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'althing-cluster-'));
    observerHome = path.join(home, 'observer');
    ({ process: devnet, state } = await startDevnet(home));
    client = new RestClient(rest(0), { timeoutMs: 70_000 });
  });

  after(async () => {
    await client.close();
    await devnet.kill();
    rmSync(home, { recursive: true, force: true });
  });

  const rest = (lane: number) => state.validators[lane]?.rest ?? '';
  const genesis = () => path.join(state.validators[0]?.home ?? '', 'genesis.json');
  const nobody = 'http://127.0.0.1:1';

  /** Makes some payments; the epoch that has them all. */
  async function pay(): Promise<Epoch> {
    const paid = await Promise.all(
      [1, 2, 3].map((account) => client.faucet(state.accounts[account]?.address ?? '', 5n)),
    );
    let last = 0;
    for (const { txid } of paid) {
      last = Math.max(last, (await client.transaction(txid, CHECKPOINTED)).epoch ?? 0);
    }
    return last;
  }

  const rootOf = async (epoch: Epoch) => (await client.checkpoint(epoch)).checkpoint.stateRoot;
  const linesOf = (out: string) =>
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);

  it('installs the newest certified state, although one node does not answer', async () => {
    const epoch = await pay();
    const from = ['--from', nobody, '--from', rest(0)];
    const args = [...from, '--genesis', genesis(), '--home', observerHome, '--once'];
    const { code, out, err } = await althing('observe', ...args, '--json');
    assert.equal(code, 0, err);
    const [first] = linesOf(out);
    assert(first);
    assert.deepEqual([first.kind, first.stateRoot], ['installed', await rootOf(first.epoch)]);
    assert(first.epoch >= epoch);
    assert.match(err, /127\.0\.0\.1:1.*unreachable/);
  });

  it('follows epoch by epoch to the roots of the validators, and is killed', async () => {
    const observer = new Althing(['observe', '--from', rest(1), '--home', observerHome, '--json']);
    await observer.said(/"resumed"/);
    for (let round = 0; round < 2; round += 1) {
      const epoch = await pay();
      await observer.said(new RegExp(`"epoch":${epoch},"kind":"followed".*\n`));
    }
    const [resumed, ...followed] = linesOf((await observer.kill()).out);
    assert(resumed);
    assert(followed.length >= 2);
    for (const [i, line] of followed.entries()) {
      assert.deepEqual(line, { ...line, kind: 'followed', epoch: resumed.epoch + 1 + i });
      assert.equal(line.stateRoot, await rootOf(line.epoch));
    }
  });

  it('goes on after the kill, from another node, and ends at a signal', async () => {
    const observer = new Althing(['observe', '--from', rest(2), '--home', observerHome, '--json']);
    const epoch = await pay();
    await observer.said(new RegExp(`"epoch":${epoch},"kind":"followed".*\n`));
    observer.child.kill('SIGINT');
    const { code, out, err } = await observer.ended;
    assert.equal(code, 0, err);
    assert.equal(linesOf(out)[0]?.kind, 'resumed');
  });

  it('says what to do about a folder in use, another genesis, and nobody who answers', async () => {
    const used = await althing('root', '--home', state.validators[0]?.home ?? '');
    assert.equal(used.code, 1);
    assert.match(used.err, /folder-locked.*stop it/);

    const made = await althing('genesis', 'new', '--out', path.join(home, 'other'));
    assert.equal(made.code, 0, made.err);
    const foreign = path.join(home, 'other', 'validator-0', 'genesis.json');
    const at = ['--home', observerHome, '--genesis', foreign];
    const other = await althing('observe', '--from', rest(0), ...at);
    assert.equal(other.code, 1);
    assert.match(other.err, /wrong-ledger/);

    const fresh = ['--home', path.join(home, 'fresh'), '--genesis', foreign, '--once'];
    const lies = await althing('observe', '--from', rest(0), ...fresh);
    assert.equal(lies.code, 1);
    assert.match(lies.err, /lies: the checkpoint is of another ledger/);
    assert.equal((await althing('observe', '--from', nobody, ...fresh)).code, 5);
  });

  it('recomputes the same root from every folder once it is stopped', async () => {
    const root = await rootOf((await client.checkpoint('latest')).checkpoint.epoch);
    devnet.child.kill('SIGINT');
    await devnet.ended;
    const homes = [...state.validators.map((validator) => validator.home), observerHome];
    const newest = linesOf(
      (await althing('root', '--home', observerHome, '--json')).out.replaceAll('\n', ''),
    );
    const epoch = String(newest[0]?.epoch);
    const totals = new Set<string>();
    for (const folder of homes) {
      const { code, out, err } = await althing(
        'root',
        '--home',
        folder,
        '--epoch',
        epoch,
        '--json',
      );
      assert.equal(code, 0, err);
      const summary = JSON.parse(out) as Summary;
      assert.deepEqual([summary.stateRoot, summary.equal], [root, true]);
      totals.add(summary.total);
    }
    assert.equal(totals.size, 1);
  });
});
