import { setTimeout as sleep } from 'node:timers/promises';
import type { LaneId } from '../../src/types/ids.ts';
import { longestGap } from '../gap.ts';
import type { Said } from '../history/history.ts';
import type { Accounts } from './accounts.ts';
import type { ValidatorClient } from './validator-client.ts';

type Final = { readonly lane: LaneId; readonly sentMs: number; readonly finalMs: number };

/** A payment through each validator so often. */
const PERIOD_MS = 50;
const TRY_AGAIN_MS = 20;

/** A steady beat of payments through some validators, to see when they become final and when not. */
export class Prober {
  readonly #accounts: Accounts;
  readonly #finals: Final[] = [];
  readonly #loops: Promise<void>[];
  readonly #underWay = new Set<Promise<void>>();
  readonly #waiting = new Set<(final: Final) => void>();
  /** Validators that nobody listens for, until somebody does. */
  readonly #absent = new Map<LaneId, Promise<void>>();
  #isStopped = false;

  constructor(accounts: Accounts, clients: readonly ValidatorClient[]) {
    this.#accounts = accounts;
    this.#loops = clients.map((client) => this.#loop(client));
  }

  /** When the first payment of all (or through one validator) that is sent from then on is final. */
  firstFinalSentAfter(fromMs: number, watchdogMs: number, lane?: LaneId): Promise<number> {
    const isIt = (final: Final) =>
      final.sentMs >= fromMs && (lane === undefined || final.lane === lane);
    const known = this.#finals.find(isIt);
    if (known !== undefined) return Promise.resolve(known.finalMs);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('nothing became final')), watchdogMs);
      const look = (final: Final): void => {
        if (!isIt(final)) return;
        this.#waiting.delete(look);
        clearTimeout(late);
        resolve(final.finalMs);
      };
      this.#waiting.add(look);
    });
  }

  /** Longest time without a payment that becomes final, within these bounds. */
  longestGap(fromMs: number, toMs: number): number {
    const times = this.#finals.map(({ finalMs }) => finalMs).filter((ms) => ms > fromMs);
    const all = [fromMs, ...times.filter((ms) => ms < toMs), toMs];
    return longestGap(all.sort((a, b) => a - b));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
    await Promise.all(this.#underWay);
  }

  async #loop(client: ValidatorClient): Promise<void> {
    for (; !this.#isStopped; await sleep(PERIOD_MS)) {
      const paid = this.#pay(client);
      this.#underWay.add(paid);
      void paid.finally(() => this.#underWay.delete(paid));
    }
  }

  async #pay(client: ValidatorClient): Promise<void> {
    const coin = this.#accounts.take();
    if (coin === null) return;
    const paper = this.#accounts.payment(coin);
    const sentMs = performance.now();
    while (!this.#isStopped) {
      const said = await client.submit('prober', paper.operation, paper.bytes);
      if (isFinal(said)) {
        this.#accounts.give(paper.made);
        this.#note({ lane: client.lane, sentMs, finalMs: performance.now() });
        return;
      }
      await sleep(TRY_AGAIN_MS);
      if (said.kind === 'silence') await this.#listened(client);
    }
    // Nobody is told what became of it: neither coin is used again.
  }

  /**
   * One looks for all payments that wait for this validator: were each to try by itself, the clients would take a
   * fifth of the processors from the validators that start.
   */
  #listened(client: ValidatorClient): Promise<void> {
    const { lane } = client;
    let listened = this.#absent.get(lane);
    if (listened === undefined) {
      listened = this.#look(client).finally(() => this.#absent.delete(lane));
      this.#absent.set(lane, listened);
    }
    return listened;
  }

  async #look(client: ValidatorClient): Promise<void> {
    while (!this.#isStopped && !(await client.listens())) await sleep(TRY_AGAIN_MS);
  }

  #note(final: Final): void {
    this.#finals.push(final);
    for (const look of [...this.#waiting]) look(final);
  }
}

function isFinal(said: Said): boolean {
  return said.kind === 'status' && /^(final|checkpointed)$/.test(said.state);
}
