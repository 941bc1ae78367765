import type { HaltCode } from '../types/errors.ts';
import type { Evidence } from '../types/evidence.ts';
import type { Certificate } from '../types/ledger.ts';
import type {
  Effects,
  Outbound,
  Rejection,
  RootJob,
  StatusChange,
  SubmitAnswer,
} from './effects.ts';
import type { TraceEvent } from './tracer.ts';

/** Collects what one step wants from the world. */
export class Outbox {
  readonly persist: Uint8Array[] = [];
  readonly send: Outbound[] = [];
  readonly statuses: StatusChange[] = [];
  readonly submitted: SubmitAnswer[] = [];
  readonly work: RootJob[] = [];
  readonly certified: Certificate[] = [];
  readonly evidence: Evidence[] = [];
  readonly rejected: Rejection[] = [];
  /** null: nobody asked. */
  readonly trace: TraceEvent[] | null;
  halt: Effects['halt'] = null;

  constructor(traced = false) {
    this.trace = traced ? [] : null;
  }

  /** The first reason to halt is the one that is reported. */
  stop(code: HaltCode, detail: string, ownBlock: Uint8Array | null = null): void {
    this.halt ??= { code, detail, ownBlock };
  }

  effects(wakeAtMs: number | null): Effects {
    const { persist, send, statuses, submitted, work, certified, evidence, rejected, halt } = this;
    return {
      persist,
      send,
      statuses,
      submitted,
      work,
      certified,
      evidence,
      rejected,
      wakeAtMs,
      halt,
      ...(this.trace === null ? {} : { trace: this.trace }),
    };
  }
}
