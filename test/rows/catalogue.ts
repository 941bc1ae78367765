/**
 * The catalogue of bad inputs and faults that this project answers for, by the ids that test names carry.
 * docs/TESTING.md gets its table from here and from the names of the tests (table.ts).
 */
export type Row = {
  readonly id: string;
  readonly what: string;
  /** Why no test carries the id: it does not apply here, or a command of its own shows it. */
  readonly without?: string;
};

type Rows = Readonly<Record<string, string>>;

const REST: Rows = {
  R1: 'no body, no type or another type',
  R2: 'truncated JSON, trailing garbage, invalid UTF-8',
  R3: '200,000 levels of nesting',
  R4: 'a body over its bound, chunks without end',
  R5: 'a key twice',
  R6: 'an unknown field',
  R7: 'an amount that is no canonical decimal string',
  R8: 'an amount out of range',
  R9: 'hex of odd length, with prefix, in capitals',
  R10: 'keys that poison prototypes',
  R11: 'strange text in every text field',
  R12: 'too many or too long headers, contradicting lengths',
  R13: 'slow headers, slow body',
  R14: 'a client that never reads, a page without bound',
  R15: 'idle sockets',
  R16: '1,000 pipelined requests, then gone',
  R17: 'unknown path, wrong method, dots and zeros in the path',
  R18: 'numbers in the query that are none',
  R19: 'the same transaction 1,000 times',
  R20: 'a submission while the node has no quorum',
  R21: 'kill -9 between a submission and its answer',
  R22: 'the status of a transaction never seen',
  R23: 'two reads of one status: never backwards',
  R24: 'a read older than what the client knows',
  R25: 'a flood of bad signatures',
  R26: 'a transaction of another ledger',
  R27: 'a web page of another origin, a rebound name',
  R28: 'labels of metrics chosen by clients',
  R29: 'content types that only look like one',
  R30: 'HTTP/2, TLS, websocket on the port',
};

const TRANSACTIONS: Rows = {
  T1: 'no inputs, no outputs',
  T2: 'an output twice as input',
  T3: 'amounts of 0, sums beyond 2^64-1',
  T4: 'outputs beyond the inputs',
  T5: 'an input that does not exist',
  T6: 'a child of a pending parent',
  T7: 'a child of a parent that loses',
  T8: 'rivals at several nodes at once',
  T9: 'a cycle of rivals over shared inputs',
  T10: 'a long chain, submitted backwards',
  T11: 'one output attacked by many rivals',
  T12: 'malleability: other encodings, high S, witnesses',
  T13: 'the same txid again after its outcome',
  T14: 'a list with its last element twice, a node taken for a leaf',
  T15: 'wrong signatures and keys',
  T16: 'a signature made for something else',
  T17: 'message digests of zeros and ones',
  T18: 'fees: too small, everything, exact sums',
  T19: 'too many inputs, too many bytes',
  T20: 'a version of the future',
  T21: 'addresses malformed or of another network',
  T22: 'a refused transaction again',
  T23: 'valid at the door, spent before its execution',
  T24: 'a wrong genesis',
};

const PEERS: Rows = {
  P1: 'other protocols on the port of peers',
  P2: 'a handshake under another key',
  P3: 'a stranger on the protocol of validators',
  P4: 'floods of connections',
  P5: 'too many streams, streams with nothing in them',
  P6: 'a peer that never reads',
  P7: 'lengths that lie',
  P8: 'unknown kinds, unknown protocols',
  P9: 'truncation at every byte, any bytes',
  P10: 'a bit flipped in every byte of what is signed',
  P11: 'lists too long, empty, unordered, with doubles',
  P12: 'a lane out of range',
  P13: 'bitmaps that do not fit',
  P14: 'parts whose index contradicts their proof',
  P15: 'an announced height that does not exist',
  P16: 'wrong blocks, checkpoints and pages from who serves them',
  P17: 'floods of gossip control messages',
  P18: 'valid but stale messages, again and again',
  P19: 'identify messages too long, addresses that lie',
  P20: 'false addresses of validators',
  P21: 'a peer that comes and goes',
  P22: 'both sides dial at once',
  P23: 'one message 1,000 times, or reflected',
  P24: 'messages of a validator that is no member (any more)',
  P25: 'malformed frames of the muxer',
};

const BYZANTINE: Rows = {
  B1: 'two blocks under one seq',
  B2: 'a transaction to one half, its rival to the other',
  B3: 'leaves out of its history what it has seen of a rival',
  B4: 'references what does not exist',
  B5: 'shows different histories to different validators',
  B6: 'thousands of irrelevant dependencies',
  B7: 'a set of dependencies other than the union',
  B8: 'claims the fast path without its quorum',
  B9: 'stops after it has shown a block to one only',
  B10: 'withholds what its block rests on',
  B11: 'two proposals in one view',
  B12: 'two votes in one view',
  B13: 'votes in a view that it has left',
  B14: 'certificates forged, partial, with doubles',
  B15: 'hides the highest prepared block',
  B16: 'asks for higher views all the time',
  B17: 'f are silent',
  B18: 'slow by just less than the time-out',
  B19: 'links in one direction only',
  B20: 'censors transactions',
  B21: 'proposes what another has proposed or the ledger has',
  B22: 'invalid and empty blocks for ever',
  B23: 'a segment that never ends',
  B24: 'signs a wrong root, or two roots',
  B25: 'votes for epochs of the future',
  B26: 'replays old valid messages',
  B27: 'runs twice with one key',
  B28: 'f + 1 Byzantine: the checkers must tell',
  B29: 'times of ten years ago and ahead',
  B30: 'answers different clients differently',
  B31: 'a storm of rivals of its own making',
  B32: 'final, then said to be rejected',
  B33: 'fabricated evidence',
};

const DISK: Rows = {
  D1: 'kill -9 at every failpoint',
  D2: 'a torn tail at every byte',
  D3: 'a flipped bit in the middle of the journal',
  D4: 'writes that the store has silently lost',
  D5: 'files of the folder deleted or of another node',
  D6: 'a damaged store',
  D7: 'no space left',
  D8: 'a failed write or fsync',
  D9: 'an fsync that takes seconds',
  D10: 'a valid record in the wrong place',
  D11: 'the folder of yesterday',
  D12: 'journal and store of different ages',
  D13: 'key files: readable by others, empty, no key',
  D14: 'another genesis under an old folder',
  D15: 'a second process on the folder',
  D16: 'a read-only place, a file for a folder',
  D17: 'a crash during an installation or a flush',
  D18: 'a format of another version',
  D19: 'a log that cannot be written',
  D20: 'corrupt pages from several providers',
};

const MACHINE: Rows = {
  C1: 'a wall clock that is wrong',
  C2: 'a clock set back',
  C3: 'slow and fast validators',
  C4: 'a process that stood still',
  N1: 'partitions of every shape',
  N2: 'f + 1 gone and back',
  N3: 'loss, duplication, reordering',
  N4: 'a flapping link',
  N5: 'starts at once, late, or only of a quorum',
  N6: 'a validator at a new address',
  N7: 'bytes one by one, frames in one piece',
  O1: 'SIGTERM and SIGINT under load, twice',
  O2: 'an exception in a step',
  O3: 'a worker that dies',
  O4: 'polluted prototypes',
  O5: 'few file descriptors',
  O6: 'wrong settings, a port in use',
  O7: 'one key on two machines',
  O8: 'a rolling restart under load',
  O9: 'other versions among the peers',
  O10: 'a long run at half load with crashes',
};

/** What does not apply here, and why; or what is shown by a command that takes too long for `npm test`. */
const WITHOUT: Rows = {
  P13: 'Does not apply: nothing on the wire is a bitmap. Signers are lists, ascending by lane (P11).',
  P17: 'Does not apply: there is no gossip protocol. Blocks go over one stream per pair of validators.',
  P24: 'Applies in part only: committees do not change yet. A stranger is an observer (P3), another committee is refused (P8).',
  B6: 'Does not apply: nobody claims dependencies. They follow from the order of acks in blocks that everybody checks.',
  B7: 'Does not apply: deps(t, H) is computed by whoever needs it, never sent.',
  B8: 'Does not apply: a fast outcome is never claimed. It is counted from blocks that the counter has admitted itself.',
  B23: 'Does not apply: an epoch ends with a cut over what is there; no lane has to fill anything.',
  O8: 'npm run nemesis -- assault --faults rolling: clients keep their history, a checker decides.',
  O10: 'npm run nemesis -- soak: two hours at half load with a crash a minute; figures in docs/NEMESIS.md.',
};

export const SECTIONS: readonly (readonly [title: string, rows: Rows])[] = [
  ['REST (R)', REST],
  ['Transactions (T)', TRANSACTIONS],
  ['Peers (P)', PEERS],
  ['Byzantine validators (B)', BYZANTINE],
  ['Disk (D)', DISK],
  ['Clock, network, process (C, N, O)', MACHINE],
];

export function rowsOf(rows: Rows): Row[] {
  return Object.entries(rows).map(([id, what]) => {
    const without = WITHOUT[id];
    return { id, what, ...(without === undefined ? {} : { without }) };
  });
}
