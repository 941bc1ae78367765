import { setTimeout as sleep } from 'node:timers/promises';
import type { Prng } from '../../src/std/prng.ts';
import { type LaneId, outpointKey, type TxId } from '../../src/types/ids.ts';
import type { Said } from '../history/history.ts';
import type { Accounts, Paper } from './accounts.ts';
import type { ValidatorClient } from './validator-client.ts';

export type LoadOptions = {
  readonly paymentsPerSecond: number;
  readonly readsPerSecond: number;
  /** Of the payments: double spends through two validators, and overdrafts. */
  readonly rivals: number;
  readonly overdrafts: number;
};

export type FinalNote = {
  readonly txid: TxId;
  readonly validator: LaneId;
  readonly firstSentMs: number;
  readonly finalMs: number;
};

/** What became of one transaction. */
type End = 'final' | 'lost';

/** Payments of one coin: when one of them is final, the others are lost. */
type Race = { isOver: boolean };

const UNDER_WAY_MAX = 1600;
const RECENT_MAX = 300;
const TRY_AGAIN_MS = 150;
const BEAT_MS = 20;

/**
 * Open-loop clients. A payment is sent to some validator, and, unless the answer says what became of it,
 * again to others, until one does: as a careful client would. Coins that it made are spent by the next
 * ones, through whatever validators come.
 */
export class Load {
  readonly finals: FinalNote[] = [];
  readonly #accounts: Accounts;
  readonly #clients: readonly ValidatorClient[];
  readonly #options: LoadOptions;
  readonly #random: Prng;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #recent: Paper[] = [];
  readonly #running: Promise<void>[] = [];
  #isStopped = false;
  #isAbandoned = false;
  #payers = 0;

  constructor(
    accounts: Accounts,
    clients: readonly ValidatorClient[],
    options: LoadOptions,
    random: Prng,
  ) {
    this.#accounts = accounts;
    this.#clients = clients;
    this.#options = options;
    this.#random = random;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  start(): void {
    const { paymentsPerSecond, readsPerSecond } = this.#options;
    this.#running.push(this.#beat(paymentsPerSecond, () => this.#next()));
    this.#running.push(this.#beat(readsPerSecond, () => this.#track(this.#read())));
  }

  /** No new calls; what is in doubt is pursued until `untilMs` more have passed. Returns how many are left. */
  async stop(untilMs: number): Promise<number> {
    this.#isStopped = true;
    await Promise.all(this.#running);
    const late = sleep(untilMs, 'late' as const, { ref: false });
    await Promise.race([this.#idle(), late]);
    const left = this.#underWay.size;
    this.#isAbandoned = true;
    await this.#idle();
    return left;
  }

  /** One payment through every validator, each to be called final by that one. */
  async probe(): Promise<void> {
    await Promise.all(
      this.#clients.map(async (client) => {
        const coin = this.#accounts.take();
        if (coin === null) throw new Error('no coin is left for a probe');
        await this.#pursue(this.#accounts.payment(coin, true), [client]);
      }),
    );
  }

  /** Sends one payment through one validator and resolves when that one calls it final. */
  async payThrough(lane: LaneId): Promise<void> {
    const coin = this.#accounts.take();
    const client = this.#clients[lane];
    if (coin === null || client === undefined) throw new Error('no coin, or no such validator');
    await this.#pursue(this.#accounts.payment(coin), [client]);
  }

  async #idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Calls `work` so often on average, whatever becomes of it. */
  async #beat(perSecond: number, work: () => void): Promise<void> {
    const startMs = performance.now();
    for (let done = 0; !this.#isStopped; await sleep(BEAT_MS)) {
      const due = ((performance.now() - startMs) / 1000) * perSecond;
      for (; done < due && !this.#isStopped; done += 1) {
        if (this.#underWay.size < UNDER_WAY_MAX) work();
      }
    }
  }

  #track(work: Promise<unknown>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  #next(): void {
    const coin = this.#accounts.take();
    if (coin === null) return;
    const { rivals, overdrafts } = this.#options;
    const dice = this.#random.float();
    const all = this.#random.shuffled(this.#clients);
    if (dice < rivals) {
      const half = Math.ceil(all.length / 2);
      const race: Race = { isOver: false };
      for (const some of [all.slice(0, half), all.slice(half)]) {
        this.#track(this.#pursue(this.#accounts.payment(coin), some, race));
      }
    } else if (dice < rivals + overdrafts) {
      const [client] = all;
      const paper = this.#accounts.overdraft(coin);
      const sent = client?.submit(this.#name(), paper.operation, paper.bytes) ?? Promise.resolve();
      this.#track(sent.then(() => this.#accounts.give([coin])));
    } else {
      this.#track(this.#pursue(this.#accounts.payment(coin), all));
    }
  }

  async #pursue(
    paper: Paper,
    clients: readonly ValidatorClient[],
    race: Race = { isOver: false },
  ): Promise<void> {
    if ((await this.#follow(paper, clients, race)) === 'final') this.#accounts.give(paper.made);
  }

  /** null: given up. What is lost is not sent again, only asked for, until a validator has nothing of it to decide. */
  async #follow(
    paper: Paper,
    clients: readonly ValidatorClient[],
    race: Race,
  ): Promise<End | null> {
    const name = this.#name();
    const firstSentMs = performance.now();
    const { txid } = paper.operation;
    this.#remember(paper);
    for (let turn = 0; !this.#isAbandoned; turn += 1) {
      const client = clients[turn % clients.length] as ValidatorClient;
      const isLost = turn > 0 && race.isOver;
      const said = isLost
        ? await client.status(name, txid, 'final')
        : await client.submit(name, paper.operation, paper.bytes);
      const end = endOf(said) ?? (isLost && isGivenUp(said) ? 'lost' : null);
      if (end === 'final') {
        race.isOver = true;
        const finalMs = performance.now();
        this.finals.push({ txid, validator: client.lane, firstSentMs, finalMs });
      }
      if (end !== null) return end;
      await sleep(TRY_AGAIN_MS);
    }
    return null;
  }

  #remember(paper: Paper): void {
    if (this.#recent.length < RECENT_MAX) this.#recent.push(paper);
    else this.#recent[this.#random.below(RECENT_MAX)] = paper;
  }

  async #read(): Promise<void> {
    const client = this.#random.pick(this.#clients);
    const name = `reader-${client.lane}`;
    const dice = this.#random.below(4);
    const paper = this.#recent.length === 0 ? null : this.#random.pick(this.#recent);
    if (paper === null || dice < 2) await this.#readBalance(client, name);
    else if (dice === 2) await client.status(name, paper.operation.txid);
    else {
      const [input] = paper.operation.inputs;
      const made = outpointKey(paper.operation.txid, 0);
      await client.output(name, this.#random.chance(0.5) && input !== undefined ? input : made);
    }
  }

  /** Twice, through two validators: the second must not show an older ledger than the first named. */
  async #readBalance(client: ValidatorClient, name: string): Promise<void> {
    const lock = this.#random.pick(this.#accounts.locks);
    const said = await client.balance(name, lock, null);
    if (said.kind !== 'balance') return;
    const other = this.#random.pick(this.#clients);
    await other.balance(`reader-${other.lane}`, lock, said.epoch);
  }

  #name(): string {
    this.#payers += 1;
    return `payer-${this.#payers}`;
  }
}

/** Refusals that say that somebody else has the input: this one will not become final. */
const LOST = ['input-spent', 'input-conflict', 'parent-rejected'];

function endOf(said: Said): End | null {
  if (said.kind === 'status') {
    if (said.state === 'final' || said.state === 'checkpointed') return 'final';
    return said.state === 'rejected' ? 'lost' : null;
  }
  return said.kind === 'refused' && LOST.includes(said.code) ? 'lost' : null;
}

/** Nobody is left waiting for it here. */
function isGivenUp(said: Said): boolean {
  if (said.kind === 'status') return said.state === 'dropped' || said.state === 'unknown';
  return said.kind === 'refused' && said.code === 'pruned';
}
