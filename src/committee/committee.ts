import { fromHex } from '../codec/hex.ts';
import { assert, defined } from '../std/assert.ts';
import type { Member } from '../types/genesis.ts';
import type { LaneId } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';

export type Committee = {
  readonly members: readonly Member[];
  readonly n: number;
  /** Validators that may be Byzantine. */
  readonly f: number;
  /** Q: how many lanes make something certain. */
  readonly quorum: number;
  /** 33-byte compressed keys by lane. */
  readonly publicKeys: readonly Uint8Array[];
  /** The one of a lane's validator, which must exist. */
  publicKey(lane: LaneId): Uint8Array;
  /** The lane of the validator with this key (66 hex digits); undefined for anybody else. */
  laneOf(publicKey: string): LaneId | undefined;
};

/** The largest f with n >= 3f + 1. */
export function faultsOf(n: number): number {
  return Math.floor((n - 1) / 3);
}

/**
 * Q = floor((n + f) / 2) + 1, the least number with the first property, and it has the second.
 *
 * 1. Two quorums share a correct validator. They share at least 2Q - n. As Q > (n + f) / 2, that is
 *    2Q - n > f, so at least f + 1, of whom at most f are Byzantine. With Q - 1 <= (n + f) / 2 it
 *    would be at most f, and these can all be Byzantine.
 * 2. The correct validators alone are a quorum: n - f >= Q. From n >= 3f + 1 follows
 *    (n + f) / 2 <= (n + n - 2f - 1) / 2 = n - f - 1/2, so floor((n + f) / 2) <= n - f - 1.
 */
export function quorumOf(n: number): number {
  return Math.floor((n + faultsOf(n)) / 2) + 1;
}

/** Members in the order of their lanes, their keys checked (codec/genesis). */
export function createCommittee(members: readonly Member[]): Committee {
  const n = members.length;
  assert(n >= 1 && n <= WIRE_LIMITS.committeeMax.value, `a committee of ${n}`);
  const publicKeys = members.map(({ publicKey }) =>
    defined(fromHex(publicKey), 'a member key in hex'),
  );
  const lanes = new Map(members.map((member, lane) => [member.publicKey, lane]));
  assert(lanes.size === n, 'two members with one key');
  return {
    members,
    n,
    f: faultsOf(n),
    quorum: quorumOf(n),
    publicKeys,
    publicKey: (lane) => defined(publicKeys[lane], `no lane ${lane}`),
    laneOf: (publicKey) => lanes.get(publicKey),
  };
}
