import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { txidOf } from '../../src/codec/transaction.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import type { DevnetState } from '../../src/devnet/layout.ts';
import type { LedgerId, TxId } from '../../src/types/ids.ts';
import type { Signer } from '../../src/types/signature.ts';
import type { Output, TransactionBody } from '../../src/types/transaction.ts';
import { type Althing, startDevnet } from '../cluster/processes.ts';
import { lockOf, signed } from './fake-ledger.ts';
import { type Answer, ask, post } from './serve.ts';

/** Two payments that are sent at once meet before either is final, on a busy machine too. */
const LINK_DELAY_MS = '200';
const FEE = 1n;

type Paid = { readonly body: TransactionBody; readonly txid: TxId };

/** Four validators as users run them, and what is asked of their REST. */
export class LiveNetwork {
  readonly #home: string;
  readonly #devnet: Althing;
  readonly #state: DevnetState;
  readonly #paid = new Map<number, Promise<Paid>>();

  private constructor(home: string, devnet: Althing, state: DevnetState) {
    this.#home = home;
    this.#devnet = devnet;
    this.#state = state;
  }

  static async start(): Promise<LiveNetwork> {
    const home = mkdtempSync(path.join(tmpdir(), 'althing-live-'));
    const { process, state } = await startDevnet(home, '--link-delay', LINK_DELAY_MS);
    return new LiveNetwork(home, process, state);
  }

  async stop(): Promise<void> {
    await this.#devnet.kill();
    rmSync(this.#home, { recursive: true, force: true });
  }

  at(lane: number): { readonly url: string } {
    return { url: this.#state.validators[lane]?.rest ?? '' };
  }

  signer(account: number): Signer {
    return createSigner(Buffer.from(this.#state.accounts[account]?.secret ?? '', 'hex'));
  }

  address(account: number): string {
    return this.#state.accounts[account]?.address ?? '';
  }

  /** The account pays to itself what the genesis gave it, but for a fee, or any change of that. */
  async payment(account: number, change: Partial<TransactionBody> = {}): Promise<TransactionBody> {
    const { body } = await ask(this.at(0), `/v1/addresses/${this.address(account)}/outputs`);
    const { txid, index, amount } = body.data[0];
    return {
      ledgerId: this.#state.ledgerId as LedgerId,
      validUntil: 1_000_000,
      inputs: [{ txid, index }],
      outputs: [{ amount: BigInt(amount) - FEE, lock: lockOf(this.signer(account)) }],
      ...change,
    };
  }

  submit(body: TransactionBody, account: number, lane = 0): Promise<Answer> {
    return this.send(signed(body, this.signer(account)), lane);
  }

  send(bytes: Uint8Array, lane = 0): Promise<Answer> {
    return post(this.at(lane), '/v1/transactions', bytes);
  }

  /** Waits until the transaction has an outcome at the first validator, and tells it. */
  async outcome(txid: TxId): Promise<string> {
    const { status, body } = await ask(
      this.at(0),
      `/v1/transactions/${txid}?wait=final&timeout_ms=30000`,
    );
    assert.equal(status, 200, JSON.stringify(body));
    return body.state;
  }

  /** A payment of the account that is final, the same one each time; two outputs, which can be spent together. */
  paid(account: number): Promise<Paid> {
    const known = this.#paid.get(account);
    const paid = known ?? this.#pay(account);
    this.#paid.set(account, paid);
    return paid;
  }

  async #pay(account: number): Promise<Paid> {
    const whole = await this.payment(account);
    const [{ amount, lock }] = whole.outputs as [Output];
    const outputs = [1n, amount - 1n].map((part) => ({ amount: part, lock }));
    const body = { ...whole, outputs };
    assert.equal((await this.submit(body, account)).status, 202);
    assert.match(await this.outcome(txidOf(body)), /final|checkpointed/);
    return { body, txid: txidOf(body) };
  }
}
