import { StatusLog } from '../../src/api/status-log.ts';

/** Tells how many readers wait. */
export class WatchedLog extends StatusLog {
  waiting = 0;

  override async changed(timeoutMs: number, signal: AbortSignal): Promise<void> {
    this.waiting += 1;
    await super.changed(timeoutMs, signal);
    this.waiting -= 1;
  }
}
