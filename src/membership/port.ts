import type { Connection, Libp2p, PrivateKey } from '@libp2p/interface';
import type { LaneId } from '../types/ids.ts';
import type { BackOff } from './redial.ts';

/** The libp2p node that network made: the part that membership needs. */
export type MembershipHost = {
  readonly node: Libp2p;
  readonly privateKey: PrivateKey;
  readonly peerId: string;
  /** null: an observer, which announces nothing. */
  readonly lane: LaneId | null;
  readonly members: readonly {
    readonly lane: LaneId;
    readonly name: string;
    readonly peerId: string;
  }[];
  laneOf(peerId: string): LaneId | undefined;
  protocol(name: string): string;
  /** Ends a connection at once; never throws. */
  abort(connection: Connection, reason: string): void;
  /** Milliseconds of a round trip to a connected peer; rejects when none comes back in time. */
  ping(peerId: string, timeoutMs: number): Promise<number>;
};

export type MembershipOptions = {
  /** Multiaddrs of some members, with or without /p2p/<peer id>; `parseAddress` tells whether one is fit. */
  readonly bootstrap: readonly string[];
  /** Records kept from an earlier run (`records()`); checked like those of a peer. */
  readonly records?: readonly Uint8Array[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** In [0, 1): spreads the dials of many. */
  readonly random: () => number;
  readonly backOff?: BackOff;
  /** Beat at which connected members are pinged. */
  readonly pingMs?: number;
  /** What an operator should see: a bad record, a bootstrap address where no member answers. */
  readonly onProblem?: (detail: string) => void;
};

export type MemberView = {
  readonly lane: LaneId;
  readonly name: string;
  readonly peerId: string;
  readonly connected: boolean;
  /** Since when it is connected, or is not; milliseconds since 1970. */
  readonly sinceMs: number;
  /** Round trip of the last ping; null: none came back yet. */
  readonly rttMs: number | null;
  readonly addresses: readonly string[];
};

export type Membership = {
  /** Best before `host.start()`: dialling begins with the host's start. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** One per lane; oneself counts as connected. */
  members(): readonly MemberView[];
  /** Its link brings nothing: a second way to it is dialled, until there is one or it is trusted again. */
  doubt(lane: LaneId): void;
  trust(lane: LaneId): void;
  /** The newest sealed record of each member, to be kept for the next start. */
  records(): readonly Uint8Array[];
};
