import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { AlthingError } from '../../src/client/althing-error.ts';
import type { Payee } from '../../src/client/payment.ts';
import { RestClient } from '../../src/client/rest-client.ts';
import { type SignedPayment, Wallet } from '../../src/client/wallet.ts';
import type { DevnetState } from '../../src/devnet/layout.ts';
import { type Althing, althing, startDevnet } from './processes.ts';

const GENERATION_EPOCHS = 2;
/** What one validator has certified, the others have soon. */
const AGREED_MS = 30_000;
const CHECKPOINTED = { level: 'checkpointed', timeoutMs: 30_000 } as const;

describe('a network of generations', { timeout: 580_000 }, () => {
  const home = mkdtempSync(path.join(tmpdir(), 'althing-generations-'));
  let devnet: Althing;
  let clients: RestClient[] = [];

  after(async () => {
    await devnet.kill();
    await closeClients();
    rmSync(home, { recursive: true, force: true });
  });

  const closeClients = () => Promise.all(clients.map((client) => client.close()));

  async function start(): Promise<DevnetState> {
    const epochs = ['--generation-epochs', String(GENERATION_EPOCHS)];
    const started = await startDevnet(home, ...epochs);
    devnet = started.process;
    clients = started.state.validators.map(({ rest }) => new RestClient(rest));
    return started.state;
  }

  async function stop(): Promise<void> {
    await closeClients();
    devnet.child.kill('SIGTERM');
    assert.equal((await devnet.ended).code, 0);
  }

  /** One payment after the other, each in an epoch of its own, through one validator after the other. */
  async function pay(state: DevnetState, count: number): Promise<SignedPayment[]> {
    const payments: SignedPayment[] = [];
    for (let i = 0; i < count; i++) {
      const through = clients[i % clients.length] as RestClient;
      const paid = await walletOf(state).send(through, payeeOf(state, 1n), { wait: CHECKPOINTED });
      assert.ok(paid.ok);
      assert.equal(paid.value.state, 'checkpointed');
      payments.push(paid.value.payment);
    }
    return payments;
  }

  function walletOf(state: DevnetState): Wallet {
    const made = Wallet.fromSecrets([Buffer.from(state.accounts[0]?.secret ?? '', 'hex')]);
    assert.ok(made.ok);
    return made.value;
  }

  const payeeOf = (state: DevnetState, amount: bigint): Payee[] => [
    { address: state.accounts[1]?.address ?? '', amount },
  ];

  /** A rival of each payment is refused by everybody, and told which payment has its input; its signature is not looked at. */
  async function refuseRivals(
    state: DevnetState,
    payments: readonly SignedPayment[],
  ): Promise<void> {
    for (const client of clients) {
      const params = await client.params();
      for (const { spent, txid } of payments) {
        const rival = walletOf(state).pay(params, spent, payeeOf(state, 2n));
        assert.ok(rival.ok);
        const { bytes } = rival.value;
        const forged = bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1);
        await assert.rejects(client.submit(forged), (error) => {
          assert.ok(error instanceof AlthingError);
          assert.deepEqual([error.code, error.winner], ['input-spent', txid]);
          return true;
        });
      }
    }
  }

  /** Waits until all have certified this epoch; returns the newest one that all have, and that all say the same of. */
  async function agreed(least: number): Promise<number> {
    let epoch = 0;
    for (const endMs = Date.now() + AGREED_MS; epoch < least; ) {
      assert.ok(Date.now() < endMs, `epoch ${epoch}, not ${least}, is certified everywhere`);
      await setTimeout(50);
      const epochs = clients.map(async (one) => (await one.status()).epochs.stable);
      epoch = Math.min(...(await Promise.all(epochs)));
    }
    const roots = await Promise.all(
      clients.map(async (one) => (await one.checkpoint(epoch)).checkpoint.stateRoot),
    );
    assert.equal(new Set(roots).size, 1);
    return epoch;
  }

  it('goes from one to the next, also through restarts, and all have one state', async () => {
    const state = await start();
    // All but the first spend change of the one before, so the third does of an ended generation; then its own ends.
    const payments = await pay(state, 2 * GENERATION_EPOCHS);
    const before = await agreed(2 * GENERATION_EPOCHS);
    await refuseRivals(state, payments);
    // One is away for more than a generation, and was not told to go.
    process.kill(state.validators[3]?.pid ?? 0, 'SIGKILL');
    await clients.pop()?.close();
    await pay(state, GENERATION_EPOCHS + 1);
    await agreed(before + GENERATION_EPOCHS + 1);
    await stop();
    await pay(await start(), clients.length);
    await agreed(before + GENERATION_EPOCHS + 1 + clients.length);
    await stop();
  });

  it('leaves folders that are right by audit, and whose state is the one certified', async () => {
    const audit = await althing('audit', path.join(home, 'validator-3'));
    assert.equal(audit.code, 0, audit.out + audit.err);
    const root = await althing('root', '--home', path.join(home, 'validator-0'));
    assert.equal(root.code, 0, root.out + root.err);
  });
});
