import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Prng } from '../../src/std/prng.ts';
import type { Fleet } from '../cluster/fleet.ts';
import type { Stop } from '../cluster/orders.ts';
import type { FaultNote } from '../history/history.ts';
import {
  type Cell,
  type CellResult,
  goesBack,
  hitsMax,
  isAtStart,
  isAtStop,
  isDrop,
} from './cell.ts';
import { flipBit, tear } from './damage.ts';
import { Signatures } from './signatures.ts';
import { Victim } from './victim.ts';

/** A stop may have nothing to save. */
const STOPS_MAX = 5;

/**
 * The cells of one validator, one after the other: the process that starts on the damaged folder of a cell
 * and is looked at is the one that the next cell ends.
 */
export class ValidatorCells {
  readonly #fleet: Fleet;
  readonly #randomOf: (cell: Cell) => Prng;
  readonly #victim: Victim;
  readonly #signatures = new Signatures();
  /** The folder is not what the last process left. */
  #isDamaged = false;
  /** From the newest damage to the end of who started with it. */
  #damagedMs = { beganMs: 0, endedMs: 0 };

  constructor(fleet: Fleet, randomOf: (cell: Cell) => Prng, segmentBytes: number) {
    this.#fleet = fleet;
    this.#randomOf = randomOf;
    this.#victim = new Victim(fleet, segmentBytes);
  }

  async startOthers(): Promise<void> {
    const others = this.#fleet.validators.filter((one) => one !== this.#victim.validator);
    await Promise.all(others.map(({ lane }) => this.#fleet.launch(lane)));
  }

  async startVictim(): Promise<void> {
    await this.#comesBack();
  }

  /** What others said that ended although nobody had asked them to. */
  get deaths(): readonly string[] {
    const others = this.#fleet.validators.filter((one) => one !== this.#victim.validator);
    return others.flatMap(({ deaths }) => deaths);
  }

  /** A cell in the first start of an empty folder, of a validator that is down before and after. */
  async setUp(cell: Cell): Promise<CellResult> {
    this.#victim.clear();
    const result = await this.#judged(cell);
    await this.#victim.validator.kill();
    this.#victim.clear();
    return result;
  }

  /** The validator is up before, and up after. */
  async run(cell: Cell, noteFault: (fault: FaultNote) => void): Promise<CellResult> {
    const { point, damage } = cell;
    const result = await this.#judged(cell);
    const wentBack = damage === 'rollback' ? this.#victim.validator.lane : null;
    noteFault({
      fault: `${point} x ${damage}`,
      detail: result.outcome,
      ...this.#damagedMs,
      wentBack,
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

  async #judged(cell: Cell): Promise<CellResult> {
    try {
      const outcome = await this.#strike(cell);
      return { cell, isRight: true, short: outcome.split(':')[0] ?? '', outcome };
    } catch (cause) {
      await this.#recover(cell);
      return { cell, isRight: false, short: '', outcome: (cause as Error).message };
    }
  }

  async #strike(cell: Cell): Promise<string> {
    const random = this.#randomOf(cell);
    const stop = await this.#reach(cell, random);
    const source = `lane ${this.#victim.validator.lane}, stopped at ${cell.point}`;
    await this.#signatures.read(this.#victim.journal, source, stop);
    this.#victim.saveNewest();
    const beganMs = performance.now();
    this.#damagedMs = { beganMs, endedMs: beganMs };
    const done = this.#damage(cell, stop, random);
    if (done === null) {
      await this.#comesBack();
      return 'nothing to damage';
    }
    const halted = await this.#victim.startsOrHalts();
    this.#damagedMs.endedMs = performance.now();
    return this.#outcome(cell, halted, done);
  }

  async #outcome(cell: Cell, halted: string | null, done: string): Promise<string> {
    if (halted === null) {
      this.#isDamaged = false;
      // What it lost of a generation that has ended since counts nowhere any more.
      if (goesBack(cell) && !isDrop(cell)) {
        throw new Error('it goes on from yesterday, and others have more of it');
      }
      return `same root${done}`;
    }
    if (!this.#isDamaged) throw new Error(`halted: ${halted}`);
    this.#restore();
    await this.#comesBack();
    return `${halted}${done}`;
  }

  /** Ends it at the point, in a start or while it runs. */
  async #reach(cell: Cell, random: Prng): Promise<Stop> {
    const { point } = cell;
    const failpoint = { point, hit: random.between(1, hitsMax(cell)) };
    if (isAtStart(cell)) {
      await this.#victim.validator.kill();
      return this.#victim.endStartingAt(failpoint);
    }
    if (goesBack(cell)) await this.#victim.othersHaveMore();
    for (let tries = 1; tries <= STOPS_MAX; tries += 1) {
      const stop = await this.#victim.endAt(failpoint, isAtStop(cell));
      if (stop !== null) return stop;
      await this.#comesBack();
      await this.#victim.goesOn();
    }
    throw new Error(`${point} was not passed in ${STOPS_MAX} stops`);
  }

  /** What was done, for the table; null: there was nothing to do it to. */
  #damage({ damage }: Cell, stop: Stop, random: Prng): string | null {
    const { data } = this.#victim;
    switch (damage) {
      case 'kill':
        return '';
      case 'torn':
        return tear(stop, random) ? '' : null;
      case 'flip': {
        this.#isDamaged = true;
        const place = existsSync(data) ? flipBit(data, random) : null;
        return place === null ? null : `: ${place}`;
      }
      case 'rollback':
        this.#isDamaged = true;
        this.#victim.restoreYesterday();
        return '';
    }
  }

  async #comesBack(): Promise<void> {
    const halted = await this.#victim.startsOrHalts();
    if (halted !== null) throw new Error(`halted with its newest folder: ${halted}`);
    this.#isDamaged = false;
  }

  /** After a failed cell: the best that there is, so that the next one can begin. */
  async #recover({ point, damage }: Cell): Promise<void> {
    await this.#victim.validator.kill();
    this.#victim.saveAs(`wrong-${point}-${damage}`);
    if (this.#isDamaged) this.#restore();
    await this.#comesBack().catch(() => undefined);
  }

  #restore(): void {
    this.#victim.restoreNewest();
    this.#isDamaged = false;
  }
}
