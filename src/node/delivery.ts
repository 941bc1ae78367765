import type { StatusLog } from '../api/status-log.ts';
import type { Effects } from '../replica/effects.ts';
import { failpoint } from '../storage/failpoint.ts';
import type { Statuses } from './clients/statuses.ts';
import type { Submissions } from './clients/submissions.ts';
import type { Timings } from './clients/timings.ts';
import type { EvidenceBook } from './evidence-book.ts';
import type { EventLog } from './log/event-log.ts';
import type { Log } from './log/logger.ts';
import type { PeerLink } from './peers/peer-link.ts';
import type { PeerLog } from './peers/peer-log.ts';

export type DeliveryParts = {
  readonly link: PeerLink;
  readonly statuses: Statuses;
  readonly statusLog: StatusLog;
  readonly timings: Timings;
  readonly submissions: Submissions;
  readonly evidence: EvidenceBook;
  readonly peerLog: PeerLog;
  readonly log: Log;
  /** null: nobody asked for one. */
  readonly events: EventLog | null;
  readonly now: () => number;
};

/** Takes what a step wants from the world to peers, clients, files and logs, once it may leave this node. */
export class Delivery {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** In the order that replica/effects.ts asks for. */
  deliver(effects: Effects): void {
    const { link, statuses, statusLog, timings, submissions, peerLog } = this.#parts;
    for (const outbound of effects.send) link.send(outbound);
    failpoint('before-tell');
    statuses.release(effects.statuses);
    failpoint('after-tell');
    statusLog.append(effects.statuses, this.#parts.now());
    timings.released(effects.statuses);
    submissions.answer(effects.submitted);
    for (const { from, code, detail } of effects.rejected) peerLog.refused(from, code, detail);
    this.#report(effects);
    this.#parts.events?.released(effects);
  }

  #report({ certified, evidence }: Effects): void {
    for (const { checkpoint } of certified) {
      const { epoch, acceptedCount, rejectedCount, stateRoot } = checkpoint;
      failpoint('before-certified');
      const counts = { epoch, acceptedCount, rejectedCount, stateRoot };
      this.#parts.log.info(counts, 'checkpoint certified');
      failpoint('after-certified');
    }
    for (const proof of evidence) this.#parts.evidence.add(proof);
  }
}
