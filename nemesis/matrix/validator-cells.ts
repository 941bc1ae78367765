import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RestClient } from '../../src/client/rest-client.ts';
import { checkpointDigest } from '../../src/codec/checkpoint.ts';
import type { Prng } from '../../src/std/prng.ts';
import { DROP_FAILPOINTS, type FailpointName } from '../../src/storage/failpoint.ts';
import { HALTS } from '../../src/types/errors.ts';
import type { LaneId } from '../../src/types/ids.ts';
import { patiently } from '../clients/patience.ts';
import type { Fleet } from '../cluster/fleet.ts';
import type { Stop } from '../cluster/orders.ts';
import type { Validator } from '../cluster/validator.ts';
import type { FaultNote } from '../history/history.ts';
import { copyFolder, type Damage, flipBit, tear } from './damage.ts';
import { Signatures } from './signatures.ts';

export type Cell = { readonly point: FailpointName; readonly damage: Damage };

export type CellResult = {
  readonly cell: Cell;
  readonly isRight: boolean;
  /** A word for the table, and a sentence. */
  readonly short: string;
  readonly outcome: string;
};

const HALTED = 8;
/** Generous: the machine may stop for minutes. */
const WATCHDOG_MS = 900_000;
const BEAT_MS = 100;
/** Up to so many passings of a point before it strikes; of rare ones the first counts. */
const HITS_MAX = 25;
/** Passed once, before anything is signed. */
const AT_START: readonly FailpointName[] = [
  'before-replay',
  'after-replay',
  'before-marker',
  'after-marker',
];
/** Passed when it is stopped, at the latest. */
const AT_STOP: readonly FailpointName[] = [
  'before-batch',
  'after-batch',
  'before-savepoint',
  'after-savepoint',
];
const RARE: readonly FailpointName[] = [
  ...AT_START,
  ...AT_STOP,
  ...DROP_FAILPOINTS,
  ...(['before-segment', 'after-segment', 'before-seal', 'after-seal'] as const),
];

/** The cells of one validator, the last lane. */
export class ValidatorCells {
  readonly victim: LaneId;
  readonly #fleet: Fleet;
  readonly #random: Prng;
  readonly #segmentBytes: number;
  readonly #signatures = new Signatures();
  /** The folder is not what the last process left. */
  #isDamaged = false;
  /** From the newest damage to the end of who started with it. */
  #damagedMs = { beganMs: 0, endedMs: 0 };

  constructor(fleet: Fleet, random: Prng, segmentBytes: number) {
    this.#fleet = fleet;
    this.#random = random;
    this.#segmentBytes = segmentBytes;
    this.victim = fleet.validators.length - 1;
  }

  async startOthers(): Promise<void> {
    await Promise.all(this.#others.map(({ lane }) => this.#fleet.launch(lane)));
  }

  /** A cell in the first start of an empty folder. */
  async setUp(cell: Cell): Promise<CellResult> {
    rmSync(this.#data, { recursive: true, force: true });
    rmSync(this.#yesterday, { recursive: true, force: true });
    return this.#judged(cell, async () => {
      const result = await this.#strike(cell);
      await this.#validator.kill();
      rmSync(this.#data, { recursive: true, force: true });
      return result;
    });
  }

  /** The validator is up before, and up after. */
  async run(cell: Cell, noteFault: (fault: FaultNote) => void): Promise<CellResult> {
    const { point, damage } = cell;
    const result = await this.#judged(cell, async () => {
      await this.#validator.kill();
      copyFolder(this.#data, this.#yesterday);
      return this.#strike(cell);
    });
    const wentBack = damage === 'rollback' ? this.victim : null;
    noteFault({
      ...{ fault: `${point} x ${damage}`, detail: result.outcome },
      ...{ ...this.#damagedMs, wentBack },
    });
    return result;
  }

  /** All journals, when everybody is stopped. */
  async collect(): Promise<Signatures> {
    await Promise.all(this.#fleet.validators.map((one) => one.stop()));
    for (const { lane, place } of this.#fleet.validators) {
      await this.#signatures.read(path.join(place.home, 'data', 'journal'), `lane ${lane}, end`);
    }
    return this.#signatures;
  }

  get #validator(): Validator {
    return this.#fleet.validator(this.victim);
  }

  get #others(): readonly Validator[] {
    return this.#fleet.validators.filter(({ lane }) => lane !== this.victim);
  }

  get #data(): string {
    return path.join(this.#validator.place.home, 'data');
  }

  get #yesterday(): string {
    return path.join(this.#validator.place.home, 'yesterday');
  }

  get #newest(): string {
    return path.join(this.#validator.place.home, 'newest');
  }

  get #stopFile(): string {
    return path.join(this.#validator.place.home, 'stop.json');
  }

  async #judged(cell: Cell, strike: () => Promise<string>): Promise<CellResult> {
    try {
      const outcome = await strike();
      return { cell, isRight: true, short: outcome.split(':')[0] ?? '', outcome };
    } catch (cause) {
      await this.#recover();
      return { cell, isRight: false, short: '', outcome: (cause as Error).message };
    }
  }

  async #strike(cell: Cell): Promise<string> {
    const { point, damage } = cell;
    const stop = await this.#reach(cell);
    const source = `lane ${this.victim}, stopped at ${point}`;
    await this.#signatures.read(path.join(this.#data, 'journal'), source, stop);
    copyFolder(this.#data, this.#newest);
    const beganMs = performance.now();
    this.#damagedMs = { beganMs, endedMs: beganMs };
    const done = this.#damage(damage, stop);
    if (done === null) {
      await this.#comesBack();
      return 'nothing to damage';
    }
    this.#isDamaged = damage === 'flip' || damage === 'rollback';
    const halted = await this.#startsOrHalts();
    this.#damagedMs.endedMs = performance.now();
    if (halted === null) {
      this.#isDamaged = false;
      if (goesBack(cell)) throw new Error('it goes on from yesterday, and others have more of it');
      return `same root${done}`;
    }
    if (damage === 'kill' || damage === 'torn') throw new Error(`halted: ${halted}`);
    this.#restore();
    await this.#comesBack();
    return `${halted}${done}`;
  }

  /** Starts it with orders to end at the point, and waits until it has. */
  async #reach(cell: Cell): Promise<Stop> {
    const { point } = cell;
    rmSync(this.#stopFile, { force: true });
    const hit = RARE.includes(point) ? 1 : this.#random.between(1, HITS_MAX);
    const stops = AT_STOP.includes(point);
    const isArmed = !goesBack(cell) && !stops;
    const { ready, ended } = this.#validator.start({
      ...{ failpoint: { point, hit, isArmed }, stopFile: this.#stopFile },
      segmentBytes: this.#segmentBytes,
    });
    const arm = async () => {
      await ready;
      if (goesBack(cell)) await this.#othersHaveMore();
      this.#validator.order({ kind: 'arm', stops });
    };
    if (!isArmed) void arm().catch(() => {});
    const late = sleep(WATCHDOG_MS, null, { ref: false });
    const end = await Promise.race([ended, late]);
    if (end?.signal !== 'SIGKILL' || !existsSync(this.#stopFile)) {
      await this.#validator.kill();
      throw new Error(`${point} was not reached: ${this.#validator.complaint()}`);
    }
    return JSON.parse(readFileSync(this.#stopFile, 'utf8')) as Stop;
  }

  /** Every other validator has a block of it that yesterday's folder lacks: it will be told of one. */
  async #othersHaveMore(): Promise<void> {
    const yesterday = new Signatures();
    await yesterday.read(path.join(this.#yesterday, 'journal'), 'yesterday');
    for (const { place } of this.#others) {
      const client = new RestClient(place.rest);
      const newest = async () => {
        const lanes = await patiently(() => client.lanes());
        return Number((lanes[this.victim] as { seq?: number } | undefined)?.seq);
      };
      try {
        while ((await newest()) <= yesterday.newest(this.victim)) await sleep(BEAT_MS);
      } finally {
        await client.close();
      }
    }
  }

  /** What was done, for the table; null: there was nothing to do it to. */
  #damage(damage: Damage, stop: Stop): string | null {
    switch (damage) {
      case 'kill':
        return '';
      case 'torn':
        return tear(stop, this.#random) ? '' : null;
      case 'flip': {
        const place = existsSync(this.#data) ? flipBit(this.#data, this.#random) : null;
        return place === null ? null : `: ${place}`;
      }
      case 'rollback':
        copyFolder(this.#yesterday, this.#data);
        return '';
    }
  }

  /** The code of its halt; null: it is up and its ledger is that of the others. */
  async #startsOrHalts(): Promise<string | null> {
    const { ready, ended } = this.#validator.start({ segmentBytes: this.#segmentBytes });
    const late = sleep(WATCHDOG_MS, 'late' as const, { ref: false });
    const isUp = ready.then(() => this.#hasOthersLedger()).then(() => 'up' as const);
    isUp.catch(() => undefined);
    const first = await Promise.race([isUp, ended, late]);
    if (first === 'up') return null;
    if (first === 'late') throw new Error('it is not up in time');
    const complaint = this.#validator.complaint();
    const code = Object.keys(HALTS).find((name) => complaint.includes(name));
    if (first.code !== HALTED || code === undefined) {
      throw new Error(`ended with ${first.signal ?? first.code}: ${complaint}`);
    }
    return code;
  }

  async #comesBack(): Promise<void> {
    const halted = await this.#startsOrHalts();
    if (halted !== null) throw new Error(`halted with its newest folder: ${halted}`);
  }

  /** After a failed cell: the best that there is, so that the next one can begin. */
  async #recover(): Promise<void> {
    await this.#validator.kill();
    if (this.#isDamaged) this.#restore();
    await this.#fleet.launch(this.victim).catch(() => undefined);
  }

  #restore(): void {
    copyFolder(this.#newest, this.#data);
    this.#isDamaged = false;
  }

  /** Its checkpoint of the newest epoch that another has now is the same. */
  async #hasOthersLedger(): Promise<void> {
    const other = new RestClient(this.#fleet.validator(0).place.rest);
    const own = new RestClient(this.#validator.place.rest);
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

/** Does it lose what others have seen? */
function goesBack({ point, damage }: Cell): boolean {
  return damage === 'rollback' && !AT_START.includes(point);
}
