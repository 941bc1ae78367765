import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { checkpointDigest } from '../../codec/checkpoint.ts';
import type { Effects, StatusChange } from '../../replica/effects.ts';
import type { TraceEvent } from '../../replica/tracer.ts';
import { makeFolder } from '../../storage/make-folder.ts';
import type { Vote } from '../../types/block.ts';
import type { LaneId, LedgerId, TxId } from '../../types/ids.ts';
import type { Outcome } from '../../types/ledger.ts';
import { unwritable } from '../operator-error.ts';
import type { Log } from './logger.ts';

/** Of the lines, as docs/events.schema.json describes them: a change of their meaning is another number. */
const EVENTS_VERSION = 1;
/** Lines that are gathered before they are written; at the end of a turn all are. */
const CHUNK_BYTES = 65_536;
const FILE_MODE = 0o640;
/** Transactions that one line names at most. */
const TXIDS_PER_LINE = 1000;

export type EventLogOptions = {
  readonly file: string;
  /** Size from which on the file is put aside. */
  readonly fileBytesMax: number;
  /** How many that were put aside are kept: FILE.1 is the newest. */
  readonly filesKept: number;
  readonly now: () => number;
  readonly log: Log;
};

type Line = { readonly event: string } & Readonly<Record<string, unknown>>;

/**
 * What this node admits, signs, judges and decides, one JSON object per line, for checkers that trust
 * nobody's summary (docs/EVENTS.md). A line is written only when everything that it rests on is durable, so the log of a
 * node that was killed says nothing that its journal does not know. When the disk fails, the log ends and the node goes on.
 */
export class EventLog {
  readonly #options: EventLogOptions;
  #fd: number | null;
  #fileBytes: number;
  #lines: string[] = [];
  #bytes = 0;
  #count = 0;
  #scheduled = false;

  /** Throws an OperatorError where the file cannot be one to append to. */
  constructor(options: EventLogOptions) {
    this.#options = options;
    try {
      makeFolder(path.dirname(options.file));
      this.#fd = openToAppend(options.file);
      this.#fileBytes = statSync(options.file).size;
      if (this.#fileBytes > 0 && !endsLine(options.file, this.#fileBytes)) this.#lines.push('\n');
    } catch (cause) {
      throw unwritable('events.file', options.file, cause);
    }
  }

  /** The first line of a process: a node was started, and has so many blocks from before. */
  started(start: {
    version: string;
    ledgerId: LedgerId;
    lane: LaneId | null;
    blocks: number;
  }): void {
    const { version, ledgerId, lane, blocks } = start;
    this.#write({ event: 'start', version, ledger_id: ledgerId, lane, blocks });
  }

  /** Effects that may leave the process. */
  released({ trace = [], statuses, certified, evidence }: Effects): void {
    for (const each of trace) this.#trace(each);
    for (const change of statuses) this.#status(change);
    for (const { checkpoint, signatures } of certified) {
      this.#write({
        event: 'checkpoint',
        epoch: checkpoint.epoch,
        digest: checkpointDigest(checkpoint),
        cut: checkpoint.cut,
        tx_root: checkpoint.txRoot,
        state_root: checkpoint.stateRoot,
        accepted: checkpoint.acceptedCount,
        rejected: checkpoint.rejectedCount,
        signers: signatures.map(({ lane }) => lane),
      });
    }
    for (const { kind, lane } of evidence) this.#write({ event: 'evidence', kind, lane });
  }

  /** Nothing of this node leaves any more. */
  halted(code: string, detail: string): void {
    this.#write({ event: 'halt', code, detail });
    this.#flush();
  }

  close(): void {
    if (this.#fd === null) return;
    this.#write({ event: 'stop' });
    this.#flush();
    this.#letGo();
  }

  #trace(event: TraceEvent): void {
    switch (event.kind) {
      case 'block':
        this.#block(event);
        return;
      case 'verdicts': {
        const { lane, seq } = event.block.header;
        const by = { lane, seq, block: event.block.digest };
        this.#chunks(event.clean, (txids) => ({ event: 'verdict', ...by, clean: true, txids }));
        this.#chunks(event.contested, (txids) => ({
          event: 'verdict',
          ...by,
          clean: false,
          txids,
        }));
        return;
      }
      case 'decided': {
        const { epoch, cut, outcomes } = event;
        const place = { lane: cut.lane, seq: cut.seq, block: cut.digest };
        this.#write({ event: 'cut-decided', epoch, ...place, outcomes: outcomes.length });
        for (const outcome of outcomes) this.#write(resolved(epoch, outcome));
      }
    }
  }

  #block({ own, block }: Extract<TraceEvent, { kind: 'block' }>): void {
    const { lane, seq, epoch, timeMs, prev, refs } = block.header;
    this.#write({
      event: own ? 'own-block' : 'block',
      lane,
      seq,
      block: block.digest,
      epoch,
      prev,
      block_time_ms: timeMs,
      refs: refs.map(({ digest }) => digest),
      votes: block.votes.map(voteOf),
      txids: block.txs.map(({ txid }) => txid),
    });
    for (const vote of block.votes) {
      if (vote.kind !== 'propose') continue;
      const { epoch: instance, view } = vote;
      this.#write({ event: 'cut-opened', epoch: instance, view, lane, seq, block: block.digest });
    }
  }

  #status(change: StatusChange): void {
    if (change.kind === 'final')
      this.#write({ event: 'final', txid: change.txid, path: change.path });
    if (change.kind !== 'rejected') return;
    const { txid, reason, winner } = change;
    this.#write({ event: 'rejected', txid, reason, winner });
  }

  #chunks(txids: readonly TxId[], line: (txids: readonly TxId[]) => Line): void {
    for (let at = 0; at < txids.length; at += TXIDS_PER_LINE) {
      this.#write(line(txids.slice(at, at + TXIDS_PER_LINE)));
    }
  }

  #write(line: Line): void {
    if (this.#fd === null) return;
    const head = { v: EVENTS_VERSION, n: this.#count++, time_ms: this.#options.now() };
    const text = `${JSON.stringify({ ...head, ...line })}\n`;
    this.#lines.push(text);
    this.#bytes += text.length;
    if (this.#bytes >= CHUNK_BYTES) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.#flush());
    }
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#fd === null || this.#lines.length === 0) return;
    const bytes = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    this.#bytes = 0;
    try {
      const isFull = this.#fileBytes + bytes.length > this.#options.fileBytesMax;
      const fd = this.#fileBytes > 0 && isFull ? this.#rotate() : this.#fd;
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
      this.#fileBytes += bytes.length;
    } catch (cause) {
      this.#fail(cause);
      this.#letGo();
    }
  }

  /** The last lines may be written now. */
  #letGo(): void {
    const fd = this.#fd;
    this.#fd = null;
    try {
      if (fd !== null) closeSync(fd);
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #fail(cause: unknown): void {
    this.#options.log.error({ err: cause }, 'the event log ends here: it cannot be written');
  }

  /** FILE.1 becomes FILE.2 and so on, FILE becomes FILE.1; the oldest is written over. */
  #rotate(): number {
    const { file, filesKept } = this.#options;
    this.#letGo();
    for (let number = filesKept; number > 0; number -= 1) {
      const from = number === 1 ? file : `${file}.${number - 1}`;
      if (existsSync(from)) renameSync(from, `${file}.${number}`);
    }
    this.#fileBytes = 0;
    this.#fd = openSync(file, filesKept === 0 ? 'w' : 'a', FILE_MODE);
    return this.#fd;
  }
}

/** No pipe: a node would stand still until somebody reads it, and again whenever it is full. */
function openToAppend(file: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  const fd = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, FILE_MODE);
  if (!fstatSync(fd).isFIFO()) return fd;
  closeSync(fd);
  throw new Error('it is a pipe');
}

/** A process that was killed may have left a torn line. */
function endsLine(file: string, size: number): boolean {
  const fd = openSync(file, 'r');
  try {
    const last = Buffer.alloc(1);
    readSync(fd, last, 0, 1, size - 1);
    return last.toString() === '\n';
  } finally {
    closeSync(fd);
  }
}

function resolved(epoch: number, outcome: Outcome): Line {
  const { txid, accepted } = outcome;
  if (accepted) return { event: 'resolved', epoch, txid, accepted };
  const { reason, winner } = outcome;
  return { event: 'resolved', epoch, txid, accepted, reason, winner };
}

function voteOf(vote: Vote): object {
  switch (vote.kind) {
    case 'propose':
    case 'viewchange':
      return { kind: vote.kind, epoch: vote.epoch, view: vote.view };
    case 'prepare':
    case 'commit':
      return { kind: vote.kind, epoch: vote.epoch, view: vote.view, block: vote.block.digest };
    case 'checkpoint':
      return { kind: vote.kind, epoch: vote.epoch, checkpoint: vote.checkpoint };
    case 'checked':
      return { kind: vote.kind, lane: vote.lane, seq: vote.seq };
    case 'end':
      return { kind: vote.kind, epoch: vote.epoch };
  }
}
