import { readList, writeList } from '../codec/list.ts';
import type { Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import type { LaneId, LedgerId } from '../types/ids.ts';
import { decodeSealed, seal } from './seal.ts';

/** A transaction that a stop cut left without outcome. */
export type LeftTransaction = {
  readonly bytes: Uint8Array;
  /** It stood in a block of the own lane. */
  readonly own: boolean;
};

/** What a stop cut left, as it is written. */
export function leftTransactions(
  left: readonly { readonly tx: { readonly bytes: Uint8Array }; readonly own: boolean }[],
): LeftTransaction[] {
  return left.map(({ tx, own }) => ({ bytes: tx.bytes, own }));
}

/**
 * The beginning of a generation as a folder keeps it (docs/adr/0020): everything that goes on from the
 * generations before, apart from the unspent outputs, which are in a file of pages. Of no program's version: it
 * is what the protocol says, and outlives upgrades.
 */
export type StopState = {
  readonly ledgerId: LedgerId;
  /** null: an observer. */
  readonly lane: LaneId | null;
  /** That begins there. */
  readonly generation: number;
  /** Records of this journal before the generation, and the hash chain behind them, in hex. */
  readonly records: number;
  readonly link: string;
  /** Encoded, of the stop checkpoint. */
  readonly certificate: Uint8Array;
  readonly left: readonly LeftTransaction[];
  readonly pages: { readonly bytes: number; readonly digest: string };
};

const MAGIC = Buffer.from('ALTHSTOP', 'latin1');
const FORMAT = 1;
const LINK_BYTES = 16;
const OBSERVER = 0xffff_ffff;
/** The least that a transaction takes here. */
const LEFT_BYTES = 5;

/** Ends with the SHA-256 of all before it. */
export function encodeStopState(state: StopState): Uint8Array {
  const writer = new Writer();
  writer.raw(MAGIC);
  writer.u32(FORMAT);
  writer.digest(state.ledgerId);
  writer.u32(state.lane ?? OBSERVER);
  writer.u32(state.generation);
  writer.u32(state.records);
  writer.raw(Buffer.from(state.link, 'hex'));
  writer.u32(state.certificate.length);
  writer.raw(state.certificate);
  writeList(writer, state.left, (to, { bytes, own }) => {
    to.u8(own ? 1 : 0);
    to.u32(bytes.length);
    to.raw(bytes);
  });
  writer.u48(state.pages.bytes);
  writer.digest(state.pages.digest);
  return seal(writer.finish());
}

/** null: these are not the bytes of a stop state. */
export function decodeStopState(bytes: Uint8Array): StopState | null {
  return decodeSealed(bytes, read);
}

function read(reader: Reader): StopState {
  if (!MAGIC.equals(reader.raw(MAGIC.length)) || reader.u32() !== FORMAT) reader.fail('format');
  const ledgerId = reader.digest();
  const lane = reader.u32();
  return {
    ledgerId,
    lane: lane === OBSERVER ? null : lane,
    generation: reader.u32(),
    records: reader.u32(),
    link: Buffer.from(reader.raw(LINK_BYTES)).toString('hex'),
    certificate: reader.raw(reader.u32()),
    left: readList(reader, LEFT_BYTES, (from) => {
      const own = from.u8();
      if (own > 1) from.fail('own');
      return { own: own === 1, bytes: from.raw(from.u32()) };
    }),
    pages: { bytes: reader.u48(), digest: reader.digest() },
  };
}
