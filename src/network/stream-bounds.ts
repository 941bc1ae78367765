import { Uint8ArrayList } from 'uint8arraylist';
import { NETWORK_LIMITS } from '../types/limits.ts';
import type { Meter } from './tolls.ts';

export type Frame = {
  readonly header: { readonly streamID: number; readonly flag: number; readonly length: number };
  readonly data?: Uint8ArrayList;
};

/** The parts of a yamux stream that are bounded here. */
export type BoundedStream = {
  readonly direction: 'inbound' | 'outbound';
  /** Empty until it is agreed on. */
  readonly protocol: string;
  readonly readStatus: string;
  handleData(frame: Frame): void;
};

/** Where lengths of lines stand in the answer to a stream that we open: `/multistream/1.0.0`, then one line more. */
const LINES_AT = [0, 20];
/** The first byte of a length of two bytes or more. */
const LONG = 0x80;

/**
 * What a peer may bring on one stream. Only the stream of blocks, which is read as it comes, brings much: libp2p keeps
 * what nobody reads on others, each byte in a piece of its own if it came so, and with it all that came in its message.
 * - Who opens a stream waits for the answer before it sends anything else.
 * - libp2p reads a length of any size byte by byte: 4 ms for each kB, in one turn of the event loop.
 */
export function boundStream(stream: BoundedStream, meter: Meter, blocks: string): void {
  const handle = stream.handleData.bind(stream);
  const { negotiationBytesMax, smallStreamBytesMax, smallStreamFramesMax } = NETWORK_LIMITS;
  let bytes = 0;
  let frames = 0;
  stream.handleData = (frame) => {
    const { protocol, direction, readStatus } = stream;
    if (protocol === '' && direction === 'outbound') checkAnswer(frame, bytes, meter);
    bytes += frame.header.length;
    frames += 1;
    // What was agreed on in this turn is not known yet, and blocks may have come behind it.
    const isSmall = protocol === '' ? direction === 'inbound' : protocol !== blocks;
    if (protocol === '' && isSmall && bytes > negotiationBytesMax.value)
      meter.cut('no protocol agreed on');
    if (isSmall && (bytes > smallStreamBytesMax.value || frames > smallStreamFramesMax.value))
      meter.cut('too much on a small stream');
    handle(isSmall || readStatus === 'paused' ? copied(frame) : frame);
  };
}

/** `before`: bytes of the answer that came before this frame. */
function checkAnswer({ data }: Frame, before: number, meter: Meter): void {
  for (const at of LINES_AT) {
    const index = at - before;
    if (data === undefined || index < 0 || index >= data.byteLength) continue;
    if (data.get(index) >= LONG) meter.cut('no line of multistream');
  }
}

/** What is kept shall not keep the message that it came in, nor one byte take a piece. */
function copied({ header, data }: Frame): Frame {
  return data === undefined
    ? { header }
    : { header, data: new Uint8ArrayList(new Uint8Array(data.subarray())) };
}
