import { readShortList, readU32, writeShortList, writeU32 } from '../codec/list.ts';
import { decodeStored, type Reader } from '../codec/reader.ts';
import { readVotes, writeVotes } from '../codec/vote.ts';
import { Writer } from '../codec/writer.ts';
import type { DagNode, History, NodeId, Stance } from '../types/dag.ts';
import type { LaneId } from '../types/ids.ts';

const PROPOSED = 1;
const PREPARED = 2;
const COMMITTED = 4;
const ENDED = 8;

/** A node as the store keeps it. */
export function encodeNode(node: DagNode): Uint8Array {
  const writer = new Writer();
  writer.u32(node.id);
  writer.u8(node.lane);
  writer.u32(node.seq);
  writer.digest(node.digest);
  writer.u32(node.prev);
  writeList(writer, node.refs);
  writer.u32(node.epoch);
  writer.u48(node.timeMs);
  writer.u32(node.payloads);
  writer.u16(node.txCount);
  writeStance(writer, node.stance);
  writeHistory(writer, node);
  writeVotes(writer, node.votes);
  return writer.finish();
}

export function decodeNode(bytes: Uint8Array): DagNode {
  return decodeStored(bytes, readNode);
}

export function writeHistory(writer: Writer, history: History): void {
  for (const vector of [history.tips, history.frontier, history.certified, history.settled]) {
    writeList(writer, vector);
  }
  writer.u8(history.forks.size);
  for (const [lane, branches] of history.forks) {
    writer.u8(lane);
    writeShortList(writer, branches, writeU32);
  }
}

export function readHistory(reader: Reader): History {
  return {
    tips: Int32Array.from(readList(reader)),
    frontier: Int32Array.from(readList(reader)),
    certified: Int32Array.from(readList(reader)),
    settled: Int32Array.from(readList(reader)),
    forks: readForks(reader),
  };
}

function readNode(reader: Reader): DagNode {
  const [id, lane, seq, digest] = [reader.u32(), reader.u8(), reader.u32(), reader.digest()];
  const prev = reader.u32();
  const refs = readList(reader);
  const [epoch, timeMs, payloads] = [reader.u32(), reader.u48(), reader.u32()];
  const [txCount, stance] = [reader.u16(), readStance(reader)];
  const { tips, frontier, forks, certified, settled } = readHistory(reader);
  const votes = readVotes(reader);
  // In the order of Graph.form: they are read side by side with those.
  return {
    id,
    lane,
    seq,
    digest,
    prev,
    refs,
    epoch,
    timeMs,
    tips,
    frontier,
    forks,
    certified,
    settled,
    payloads,
    votes,
    txCount,
    stance,
  };
}

function writeList(writer: Writer, values: ArrayLike<number>): void {
  writer.u8(values.length);
  for (let i = 0; i < values.length; i++) writer.u32(values[i] as number);
}

function readList(reader: Reader): number[] {
  return Array.from({ length: reader.u8() }, () => reader.u32());
}

function writeStance(writer: Writer, stance: Stance): void {
  writer.u32(stance.epoch);
  writer.u32(stance.view);
  writer.u32(stance.checkpointed);
  writer.u8(
    (stance.proposed ? PROPOSED : 0) +
      (stance.prepared ? PREPARED : 0) +
      (stance.committed ? COMMITTED : 0) +
      (stance.ended ? ENDED : 0),
  );
}

function readStance(reader: Reader): Stance {
  const [epoch, view, checkpointed, flags] = [
    reader.u32(),
    reader.u32(),
    reader.u32(),
    reader.u8(),
  ];
  return {
    epoch,
    view,
    checkpointed,
    proposed: (flags & PROPOSED) !== 0,
    prepared: (flags & PREPARED) !== 0,
    committed: (flags & COMMITTED) !== 0,
    ended: (flags & ENDED) !== 0,
  };
}

function readForks(reader: Reader): ReadonlyMap<LaneId, readonly NodeId[]> {
  const forks = new Map<LaneId, readonly NodeId[]>();
  for (let left = reader.u8(); left > 0; left--) {
    const lane = reader.u8();
    forks.set(lane, readShortList(reader, 4, readU32));
  }
  return forks;
}
