import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { Accounts } from '../../nemesis/clients/accounts.ts';
import { Load } from '../../nemesis/clients/load.ts';
import { Prober } from '../../nemesis/clients/prober.ts';
import { ValidatorClient } from '../../nemesis/clients/validator-client.ts';
import type { Said, TransactionState } from '../../nemesis/history/history.ts';
import type { RestClient } from '../../src/client/rest-client.ts';
import type { Devnet } from '../../src/devnet/layout.ts';
import { createPrng } from '../../src/std/prng.ts';
import { LEDGER } from '../storage/journal-fixture.ts';

const NEVER_MS = 60_000;

const status = (state: TransactionState): Promise<Said> =>
  Promise.resolve({ kind: 'status', state, epoch: null, winner: null });

async function oneCoin(): Promise<Accounts> {
  const ledger = {
    params: async () => ({ ledgerId: LEDGER, minFee: 1n, validators: 2 }),
    async *outputs() {
      yield { txid: LEDGER, index: 0, amount: 1_000_000n };
    },
  };
  const devnet = { addressPrefix: 'test', accounts: [{ secret: '01'.repeat(32) }] };
  const random = createPrng('accounts');
  return Accounts.open(devnet as unknown as Devnet, ledger as unknown as RestClient, random);
}

test('a payment is not sent again when a rival of it is final, only asked for', async () => {
  const asked: string[] = [];
  const made = (lane: number, submit: TransactionState, ask: TransactionState[]) =>
    ({
      lane,
      submit: () => status(submit),
      status: () => {
        asked.push(`at ${lane}`);
        return status(ask.shift() ?? 'pending');
      },
    }) as unknown as ValidatorClient;
  const clients = [made(0, 'pending', ['pending', 'dropped']), made(1, 'final', [])];
  const mix = { paymentsPerSecond: 20, readsPerSecond: 0, rivals: 1, overdrafts: 0 };
  const load = new Load(await oneCoin(), clients, mix, createPrng('load'));
  load.start();
  while (load.underWay === 0) await new Promise(setImmediate);
  assert.equal(await load.stop(NEVER_MS), 0, 'nothing is in doubt');
  assert.deepEqual(asked, ['at 0', 'at 0']);
  assert.equal(load.finals.length, 1);
});

test('payments for a validator that is away wait until one look has found it back', async () => {
  let [looks, submits] = [0, 0];
  const client = {
    lane: 0,
    listens: async () => {
      looks += 1;
      return looks > 3;
    },
    submit: async (): Promise<Said> => {
      submits += 1;
      return looks > 3
        ? { kind: 'status', state: 'final', epoch: null, winner: null }
        : { kind: 'silence', detail: 'refused' };
    },
  } as unknown as ValidatorClient;
  const accounts = {
    take: () => ({}),
    give: () => undefined,
    payment: () => ({ operation: {}, bytes: new Uint8Array(1), made: [] }),
  } as unknown as Accounts;
  const prober = new Prober(accounts, [client]);
  await prober.firstFinalSentAfter(0, 30_000);
  const [looked, sent] = [looks, submits];
  await prober.stop();
  assert.equal(looked, 4);
  assert.ok(sent >= 2, String(sent));
});

test('whether somebody listens is told without a request', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new ValidatorClient(0, url, {} as never, 'althdev');
  assert.equal(await client.listens(), true);
  server.close();
  await once(server, 'close');
  assert.equal(await client.listens(), false);
  await client.close();
});
