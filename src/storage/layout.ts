import type { Lock, OutpointKey } from '../types/ids.ts';

/**
 * The whole key schema of the store. A key is the letter of its table followed by lower-case hex, so
 * that keys sort as their fields do; numbers are 8 hex digits, lanes 2. All of it is implied by the
 * journal. The keys are built where the table is written (in parentheses), since what is decided
 * must not know how it is stored; only readers of several tables find builders here.
 */
export const TABLES = {
  /** ordinal -> what an admitted block's history implies: tips, frontier ... (dag/archive) */
  b: 'admitted blocks',
  /** block digest -> ordinal (dag/archive) */
  d: 'block digests',
  /** lane, seq -> ordinals of the admitted blocks there, in the order of admission (dag/archive) */
  l: 'lane positions',
  /** txid -> where it stands, verdicts, outcome (dependency/tx-index) */
  t: 'transactions',
  /** outpoint -> rejected txids that spend it (dependency/rejected-spenders); outpoint, lane or copy -> covered ones (dependency/chain-stacks) */
  s: 'spenders',
  /** epoch -> votes of its instance (consensus/vote-book) */
  v: 'votes',
  /** txid -> coins of all its outputs, kept after they are spent (ledger/coins) */
  c: 'coins',
  /** lock, outpoint -> amount, of unspent outputs only (ledger/coins); in files beside LevelDB's */
  a: 'unspent outputs by owner',
  /** first digits of txids, odd numbers of them too -> page of the state tree (ledger/state-tree); in files beside LevelDB's */
  n: 'state tree',
  /** epoch -> outcomes of its ledger (replica/outcomes/checkpoints) */
  o: 'epoch outcomes',
  /** txid -> epoch of the ledger that rejected it, where generations end (replica/outcomes/rejections) */
  x: 'rejected transactions',
  /** epoch -> checkpoint with its signatures (replica/outcomes/checkpoints) */
  k: 'checkpoints',
  /** one entry, but of an observer: which files hold table 'n', and which one their index (storage/pages) */
  p: 'pages of the state tree',
  /** one entry: which files hold table 'a' (storage/runs) */
  r: 'sorted runs',
  /** one entry, of an observer: how the tables are kept (node/observer/observer-data) */
  y: 'layout',
} as const;

export const LAYOUT_KEY = 'y00';

/** Is the key's table read by scans alone? Then no cache and no sieve keeps anything of it. */
export const isScanned = (key: string): boolean => key.charCodeAt(0) === SCANNED;
export const SCANNED_TABLE = 'a';
const SCANNED = SCANNED_TABLE.charCodeAt(0);

/** Is it the key of a page of the state tree? */
export const isPage = (key: string): boolean => key.charCodeAt(0) === PAGE;
export const PAGE_TABLE = 'n';
const PAGE = PAGE_TABLE.charCodeAt(0);

/** Will what was written probably be read before long? What of other tables is read again is mostly still in memory. */
export const isReadBack = (key: string): boolean => key.charCodeAt(0) === READ_BACK;
const READ_BACK = 'c'.charCodeAt(0);

export const ownedPrefix = (lock: Lock): string => `a${lock}`;
export const ownedKey = (lock: Lock, outpoint: OutpointKey): string => `a${lock}${outpoint}`;

/** The outpoint in a key of table `a`, which ends with it. */
export function ownedOutpoint(key: string): OutpointKey {
  return key.slice(-68) as OutpointKey;
}
