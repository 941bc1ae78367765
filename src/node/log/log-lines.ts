import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { Fifo } from '../../std/fifo.ts';

/** Bytes of lines that are kept while they cannot be written; of more the oldest are lost. */
const UNWRITTEN_BYTES_MAX = 1_048_576;
/** After so long it is tried again. */
const RETRY_MS = 100;
/** At the end of a process there is no later: so long, in all, a reader that is slow is waited for. */
const WAIT_MS_MAX = 1000;
const WAIT_MS = 10;

const STDOUT = 1;
const WITHOUT_WAITING = constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK;

const FILE_MODE = 0o666;

const none: Uint8Array = new Uint8Array();

/**
 * Where the lines of a log go. A log that cannot be written, on a full disk or into a pipe that nobody empties, is no
 * reason for a validator to stand still: it goes on, and the log says how many lines were lost once it takes some again.
 */
export class LogLines {
  readonly #fd: number;
  readonly #form: (line: string) => string;
  readonly #lines = new Fifo<Uint8Array>();
  #bytes = 0;
  /** Of a line of which the beginning is written. */
  #rest = none;
  #lost = 0;
  #retry: NodeJS.Timeout | null = null;
  #waitsLeft = WAIT_MS_MAX / WAIT_MS;

  /** `form`: what people read of a line of JSON. */
  constructor(fd: number, form = (line: string) => line) {
    this.#fd = fd;
    this.#form = form;
  }

  write(line: string): void {
    const bytes = Buffer.from(this.#form(line));
    this.#lines.push(bytes);
    this.#bytes += bytes.length;
    while (this.#bytes > UNWRITTEN_BYTES_MAX) {
      this.#bytes -= this.#lines.shift()?.length ?? 0;
      this.#lost += 1;
    }
    if (this.#retry === null) this.#writeOut();
  }

  /** The logger calls it behind a fatal line, and at the end. */
  flushSync(): void {
    while (this.#writeOut() === 'EAGAIN' && this.#waitsLeft > 0) {
      this.#waitsLeft -= 1;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    }
  }

  flush(done: () => void): void {
    this.flushSync();
    done();
  }

  /** What holds up the lines that are left, if any are. */
  #writeOut(): string | null {
    try {
      for (let bytes = this.#next(); bytes.length > 0; bytes = this.#next()) {
        this.#rest = bytes.subarray(writeSync(this.#fd, bytes));
      }
      return null;
    } catch (cause) {
      this.#retry ??= setTimeout(() => {
        this.#retry = null;
        this.#writeOut();
      }, RETRY_MS).unref();
      return String((cause as NodeJS.ErrnoException).code);
    }
  }

  #next(): Uint8Array {
    if (this.#rest.length > 0) return this.#rest;
    if (this.#lost > 0) this.#rest = this.#tellLost();
    else {
      this.#rest = this.#lines.shift() ?? none;
      this.#bytes -= this.#rest.length;
    }
    return this.#rest;
  }

  #tellLost(): Uint8Array {
    const msg = 'the log could not be written: the lines before this one are lost';
    const told = { level: 40, time: new Date().toISOString(), lines: this.#lost, msg };
    this.#lost = 0;
    return Buffer.from(this.#form(`${JSON.stringify(told)}\n`));
  }
}

/** A file to append to. A pipe takes what it has room for at once; without a reader it is an error. */
export function openForLines(file: string): number {
  return openSync(file, WITHOUT_WAITING | constants.O_CREAT, FILE_MODE);
}

/**
 * Standard output. A pipe or a terminal is opened anew where that is possible: whether a write waits belongs to what was
 * opened, which other processes have too. A file is not: it would be written over from its beginning by who appends less.
 */
export function standardOutput(): number {
  const kind = fstatSync(STDOUT);
  try {
    if (kind.isFIFO() || kind.isCharacterDevice()) return openSync('/dev/stdout', WITHOUT_WAITING);
  } catch {
    // Of another user, or on a system without /dev/stdout.
  }
  return STDOUT;
}
