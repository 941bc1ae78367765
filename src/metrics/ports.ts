import type { ReplicaView } from '../replica/view.ts';
import type { LaneId } from '../types/ids.ts';

export type PeerTraffic = {
  readonly direction: 'in' | 'out';
  /** Kind of message; a closed set. */
  readonly kind: string;
  readonly messages: number;
  readonly bytes: number;
};

export type ValidatorPresence = {
  readonly lane: LaneId;
  readonly online: boolean;
  readonly roundTripMs: number | null;
};

/** What is read when somebody scrapes. Called then only, so it may name what is made later. */
export interface MetricsSource {
  readonly version: string;
  readonly verifierBackend: string;
  view(): ReplicaView;
  ready(): boolean;
  verifyQueueLength(): number;
  /** Running totals of checked signatures. */
  verified(): { readonly valid: number; readonly invalid: number };
  journal(): { readonly bytes: number; readonly segments: number };
  /** Bytes of the store's tables. */
  storeBytes(): number;
  /** NaN: the system does not say. */
  diskFreeBytes(): number;
  /** What was dropped, and how large the state is that took its place. */
  dropped(): {
    readonly generations: number;
    readonly segments: number;
    readonly failed: number;
    readonly stateBytes: number;
  };
  /** How this process began: with which savepoint, or why with none. */
  start(): {
    readonly continued: number | null;
    readonly misfit: string | null;
    readonly replayed: number;
    readonly transactions: number;
    /** Milliseconds by part. */
    readonly times: Readonly<Record<string, number>>;
  };
  savepoints(): {
    readonly blocks: number;
    readonly written: number;
    readonly failed: number;
    readonly seconds: number;
  };
  /** Every member of the committee, this validator included. */
  validators(): readonly ValidatorPresence[];
  peers(): number;
  /** By which the clocks of other validators are ahead of the own one. */
  othersAheadMs(): number;
  /** Connections of peers: closed at the door, and closed because they cost too much. */
  turnedAway(): { readonly refused: number; readonly cut: number };
  /** Running totals. */
  traffic(): readonly PeerTraffic[];
}
