import type { PrivateKey } from '@libp2p/interface';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record';
import { multiaddr } from '@multiformats/multiaddr';
import { err, ok, type Result } from '../std/result.ts';
import type { LaneId } from '../types/ids.ts';
import { NETWORK_LIMITS } from '../types/limits.ts';
import { splitAddress } from './addresses.ts';

/** What a member says, under its key, about where it is. A higher `seq` replaces a lower one. */
export type MemberRecord = {
  readonly lane: LaneId;
  readonly seq: bigint;
  readonly addresses: readonly string[];
  /** The sealed form, handed on as it is. */
  readonly bytes: Uint8Array;
};

export type RecordProblem =
  | 'record-too-long'
  | 'record-malformed'
  | 'record-not-of-a-member'
  | 'record-bad-signature';

/**
 * Seals a record. `domain` names the ledger and this purpose, so that the signature, made with the
 * validator's only key, means nothing anywhere else.
 */
export async function sealRecord(
  key: PrivateKey,
  domain: string,
  seq: bigint,
  addresses: readonly string[],
): Promise<Uint8Array> {
  const record = new PeerRecord({
    peerId: peerIdFromPublicKey(key.publicKey),
    multiaddrs: addresses.map((address) => multiaddr(address)),
    seqNumber: seq,
  });
  const envelope = await RecordEnvelope.seal(inDomain(record, domain), key);
  return envelope.marshal();
}

function inDomain(record: PeerRecord, domain: string) {
  return {
    domain,
    codec: PeerRecord.CODEC,
    marshal: () => record.marshal(),
    equals: () => false,
  };
}

/** Reads a record; its signature has NOT been checked. Cheap: no elliptic curve arithmetic. */
export function readRecord(
  bytes: Uint8Array,
  laneOf: (peerId: string) => LaneId | undefined,
): Result<MemberRecord, RecordProblem> {
  if (bytes.length > NETWORK_LIMITS.recordBytesMax.value) return err('record-too-long');
  try {
    const envelope = RecordEnvelope.createFromProtobuf(bytes);
    const record = PeerRecord.createFromProtobuf(envelope.payload);
    const signer = peerIdFromPublicKey(envelope.publicKey);
    const lane = laneOf(signer.toString());
    if (lane === undefined || !signer.equals(record.peerId)) return err('record-not-of-a-member');
    const addresses = plainAddresses(record);
    if (addresses === null) return err('record-malformed');
    return ok({ lane, seq: record.seqNumber, addresses, bytes });
  } catch {
    return err('record-malformed');
  }
}

function plainAddresses(record: PeerRecord): string[] | null {
  if (record.multiaddrs.length > NETWORK_LIMITS.recordAddressesMax.value) return null;
  const addresses: string[] = [];
  for (const each of record.multiaddrs) {
    const split = splitAddress(each);
    if (!split.ok) return null;
    addresses.push(split.value.address);
  }
  return addresses;
}

/** Whether the key that the record names signed it in this domain. */
export async function isSealed(bytes: Uint8Array, domain: string): Promise<boolean> {
  try {
    return await RecordEnvelope.createFromProtobuf(bytes).validate(domain);
  } catch {
    return false;
  }
}
