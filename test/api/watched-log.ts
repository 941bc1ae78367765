import { StatusLog } from '../../src/api/status-log.ts';

/** Tells how many readers wait. */
export class WatchedLog extends StatusLog {
  waiting = 0;

  override async changed(...wait: Parameters<StatusLog['changed']>): Promise<number> {
    this.waiting += 1;
    const position = await super.changed(...wait);
    this.waiting -= 1;
    return position;
  }
}
