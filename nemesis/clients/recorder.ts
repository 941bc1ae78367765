import { closeSync, openSync, writeSync } from 'node:fs';
import type { LaneId } from '../../src/types/ids.ts';
import { encodeLine, historyOf, type Line } from '../history/file.ts';
import type { History, Operation, Said } from '../history/history.ts';

/** Writes down what clients ask and are told, in the order in which it happens, with times of one clock. */
export class Recorder {
  readonly #lines: Line[] = [];
  readonly #fd: number | null;
  #nextId = 1;

  /** `file` null: kept in memory only. */
  constructor(file: string | null) {
    this.#fd = file === null ? null : openSync(file, 'w');
  }

  /** Runs one call between its two notes. `ask` must not throw. */
  async call(
    client: string,
    validator: LaneId,
    operation: Operation,
    ask: () => Promise<Said>,
  ): Promise<Said> {
    const id = this.#nextId++;
    this.note({
      line: 'call',
      call: { id, client, validator, operation, calledMs: performance.now() },
    });
    const said = await ask();
    this.note({ line: 'answer', id, answer: { atMs: performance.now(), said } });
    return said;
  }

  note(line: Line): void {
    this.#lines.push(line);
    if (this.#fd !== null) writeSync(this.#fd, encodeLine(line));
  }

  history(): History {
    return historyOf(this.#lines);
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
  }
}
