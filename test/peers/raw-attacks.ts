import {
  ACK,
  DATA,
  data,
  FIN,
  frame,
  GO_AWAY,
  lines,
  type RawPeer,
  RST,
  SYN,
  WINDOW,
} from './raw-peer.ts';

/** What a peer that writes its frames by hand does to the other side; `blocks` is the protocol of its links. */
export type RawAttack = (peer: RawPeer, blocks: string) => void;

const MULTISTREAM = '/multistream/1.0.0';
const IDENTIFY = '/ipfs/id/1.0.0';
const MANY = 200;
const MOST = 2 ** 32 - 1;
const SIXTY_KB = new Uint8Array(60_000);

function open(stream: number, protocol: string): Buffer {
  return Buffer.concat([frame(WINDOW, SYN, stream, 0), data(stream, lines(MULTISTREAM, protocol))]);
}

export const RAW_ATTACKS: Readonly<Record<string, RawAttack>> = {
  'answers with a length without end': (peer) => {
    peer.onFrame = ({ kind, flags, stream }) => {
      if (kind !== WINDOW || flags !== SYN) return;
      peer.send(frame(WINDOW, ACK, stream, 0), data(stream, SIXTY_KB.slice().fill(0x80)));
    };
  },
  'sends where nobody reads, each byte in a message of its own': (peer) => {
    peer.send(open(1, IDENTIFY));
    for (let n = 0; n < MANY; n += 1) peer.send(data(1, Uint8Array.of(n)), data(99, SIXTY_KB));
  },
  'grants more than there is, and takes none of it': (peer, blocks) => {
    peer.send(open(1, blocks));
    const grants = Array.from({ length: 10 * MANY }, () => frame(WINDOW, 0, 1, MOST));
    peer.send(...grants);
  },
  'sends more than its window': (peer, blocks) => {
    peer.send(open(1, blocks));
    for (let n = 0; n < MANY; n += 1) peer.send(data(1, SIXTY_KB));
  },
  'ends and resets what it opens, both at once, and goes on': (peer, blocks) => {
    for (let n = 0; n < MANY; n += 1) {
      const stream = 1 + 2 * (n % 4);
      const ends = [FIN | RST, FIN, RST, SYN | FIN, SYN | ACK | FIN | RST];
      peer.send(open(stream, blocks), frame(DATA, ends[n % ends.length]!, stream, 0));
    }
  },
  'says goodbye, and goes on': (peer, blocks) => {
    peer.send(frame(GO_AWAY, 0, 0, 0));
    for (let n = 0; n < MANY; n += 1) peer.send(open(1 + 2 * n, blocks), data(1 + 2 * n, SIXTY_KB));
  },
  'announces 4 GiB for a stream that is not there': (peer) => {
    peer.send(frame(DATA, 0, 77, MOST));
    for (let n = 0; n < MANY; n += 1) peer.send(SIXTY_KB);
  },
};
