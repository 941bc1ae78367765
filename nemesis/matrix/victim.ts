import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RestClient } from '../../src/client/rest-client.ts';
import { checkpointDigest } from '../../src/codec/checkpoint.ts';
import { HALTS } from '../../src/types/errors.ts';
import type { Digest } from '../../src/types/ids.ts';
import { patiently } from '../clients/patience.ts';
import type { Fleet } from '../cluster/fleet.ts';
import type { FailpointOrder, Stop } from '../cluster/orders.ts';
import type { Validator } from '../cluster/validator.ts';
import { copyFolder } from './damage.ts';
import { Signatures } from './signatures.ts';

const HALTED = 8;
/** Generous: the machine may stop for minutes. */
const WATCHDOG_MS = 900_000;
const BEAT_MS = 100;

/** The validator that is ended at failpoints, the last lane, and the copies that are made of its folder. */
export class Victim {
  readonly validator: Validator;
  readonly data: string;
  /** The folder as the newest process found it. */
  readonly #yesterday: string;
  /** The folder as the last process left it. */
  readonly #newest: string;
  readonly #stopFile: string;
  readonly #segmentBytes: number;
  readonly #others: readonly Validator[];

  constructor(fleet: Fleet, segmentBytes: number) {
    const lane = fleet.validators.length - 1;
    this.validator = fleet.validator(lane);
    this.#others = fleet.validators.filter((one) => one.lane !== lane);
    this.#segmentBytes = segmentBytes;
    const { home } = this.validator.place;
    this.data = path.join(home, 'data');
    this.#yesterday = path.join(home, 'yesterday');
    this.#newest = path.join(home, 'newest');
    this.#stopFile = path.join(home, 'stop.json');
  }

  get journal(): string {
    return path.join(this.data, 'journal');
  }

  /** As if it had never run. */
  clear(): void {
    rmSync(this.data, { recursive: true, force: true });
  }

  saveNewest(): void {
    copyFolder(this.data, this.#newest);
  }

  restoreNewest(): void {
    copyFolder(this.#newest, this.data);
  }

  restoreYesterday(): void {
    copyFolder(this.#yesterday, this.data);
  }

  /** For who looks into it later. */
  saveAs(name: string): void {
    copyFolder(this.data, path.join(this.validator.place.home, name));
  }

  /** Ends a running one at a failpoint; null: it was told to stop, and had nothing to do on the way. */
  async endAt(failpoint: FailpointOrder, stops: boolean): Promise<Stop | null> {
    rmSync(this.#stopFile, { force: true });
    const { ended } = this.validator;
    this.validator.order({ kind: 'arm', failpoint, stops });
    if (stops && (await ended).code === 0) return null;
    return this.#stopped(failpoint, ended);
  }

  /** Starts it, and ends it at a failpoint on the way. */
  endStartingAt(failpoint: FailpointOrder): Promise<Stop> {
    rmSync(this.#stopFile, { force: true });
    return this.#stopped(failpoint, this.#start(failpoint).ended);
  }

  /** The code of its halt; null: it is up and its ledger is that of the others. */
  async startsOrHalts(): Promise<string | null> {
    const { ready, ended } = this.#start();
    const late = sleep(WATCHDOG_MS, 'late' as const, { ref: false });
    const isUp = ready.then(() => this.#hasOthersLedger()).then(() => 'up' as const);
    isUp.catch(() => undefined);
    const first = await Promise.race([isUp, ended, late]);
    if (first === 'up') return null;
    if (first === 'late') throw new Error('it is not up in time');
    const complaint = this.validator.complaint();
    const code = Object.keys(HALTS).find((name) => complaint.includes(name));
    if (first.code !== HALTED || code === undefined) {
      throw new Error(`ended with ${first.signal ?? first.code}: ${complaint}`);
    }
    return code;
  }

  /** Every other validator has a block of it that yesterday's folder lacks: it will be told of one. */
  async othersHaveMore(): Promise<void> {
    const { lane } = this.validator;
    const yesterday = new Signatures();
    await yesterday.read(path.join(this.#yesterday, 'journal'), 'yesterday');
    for (const { place } of this.#others) {
      const client = new RestClient(place.rest);
      const newest = async () => {
        const lanes = await patiently(() => client.lanes());
        return (lanes[lane] as { readonly head?: Digest | null } | undefined)?.head ?? null;
      };
      try {
        for (let head = await newest(); head === null || yesterday.has(head); head = await newest())
          await sleep(BEAT_MS);
      } finally {
        await client.close();
      }
    }
  }

  /** It has an epoch more. */
  async goesOn(): Promise<void> {
    const client = new RestClient(this.validator.place.rest);
    const stable = async () => (await patiently(() => client.status())).epochs.stable;
    const before = await stable();
    while ((await stable()) === before) await sleep(BEAT_MS);
    await client.close();
  }

  #start(failpoint?: FailpointOrder) {
    copyFolder(this.data, this.#yesterday);
    return this.validator.start({
      ...(failpoint === undefined ? {} : { failpoint }),
      stopFile: this.#stopFile,
      segmentBytes: this.#segmentBytes,
    });
  }

  async #stopped({ point }: FailpointOrder, ended: Validator['ended']): Promise<Stop> {
    const end = await Promise.race([ended, sleep(WATCHDOG_MS, null, { ref: false })]);
    if (end?.signal !== 'SIGKILL' || !existsSync(this.#stopFile)) {
      await this.validator.kill();
      throw new Error(`${point} was not reached: ${this.validator.complaint()}`);
    }
    return JSON.parse(readFileSync(this.#stopFile, 'utf8')) as Stop;
  }

  /** Its checkpoint of the newest epoch that another has now is the same. */
  async #hasOthersLedger(): Promise<void> {
    const [first] = this.#others;
    const other = new RestClient(first?.place.rest ?? '');
    const own = new RestClient(this.validator.place.rest);
    try {
      const { epochs } = await patiently(() => other.status());
      if (epochs.stable === 0) return;
      const wanted = await patiently(() => other.checkpoint(epochs.stable));
      const stable = async () => (await patiently(() => own.status())).epochs.stable;
      while ((await stable()) < epochs.stable) await sleep(BEAT_MS);
      const found = await patiently(() => own.checkpoint(epochs.stable));
      if (checkpointDigest(found.checkpoint) === checkpointDigest(wanted.checkpoint)) return;
      throw new Error(`another checkpoint of epoch ${epochs.stable}`);
    } finally {
      await Promise.all([other.close(), own.close()]);
    }
  }
}
