/**
 * Every way in which a client's, a peer's or an operator's input can be wrong, with its stable code.
 * docs/ERRORS.md is generated from this table; `status` is the HTTP status of the REST answer.
 */
export const ERRORS = {
  // Shape (REST and encodings)
  'invalid-request': { status: 400, title: 'The request does not have the documented form.' },
  malformed: { status: 400, title: 'The bytes are not a canonical encoding.' },
  'too-large': { status: 413, title: 'A documented bound is exceeded.' },
  'unsupported-media-type': { status: 415, title: 'This content type is not accepted here.' },
  'unsupported-version': { status: 422, title: 'The version is unknown to this node.' },
  'wrong-ledger': { status: 422, title: 'The transaction was made for another ledger.' },
  // A transaction in itself
  'inputs-empty': { status: 422, title: 'A transaction spends at least one output.' },
  'outputs-empty': { status: 422, title: 'A transaction creates at least one output.' },
  'duplicate-input': { status: 422, title: 'An output is named twice as input.' },
  'amount-range': { status: 422, title: 'An amount is zero, or the sum exceeds 2^64-1.' },
  'bad-signature': { status: 422, title: 'A signature does not verify.' },
  'bad-witness': { status: 422, title: 'The witnesses are not canonical, or one is not needed.' },
  'bad-address': { status: 400, title: 'The address is malformed or of another network.' },
  expired: { status: 422, title: 'The epoch is past validUntil.' },
  // A transaction in its context
  'unknown-input': { status: 422, title: 'An input names an output that does not exist.' },
  'input-spent': { status: 409, title: 'An input is already spent.' },
  'input-conflict': { status: 409, title: 'Another transaction, seen first, spends an input.' },
  'witness-missing': { status: 422, title: 'An input has no witness that opens its lock.' },
  'inputs-below-outputs': { status: 422, title: 'The outputs exceed the inputs.' },
  'insufficient-fee': { status: 422, title: 'Inputs minus outputs is less than the minimum fee.' },
  'parent-rejected': { status: 409, title: 'An input names an output of a rejected transaction.' },
  // Development networks
  'faucet-limit': { status: 422, title: 'The faucet cannot pay so much at once; ask for less.' },
  // The node's state
  busy: { status: 503, title: 'The node has as much pending work as it may hold; retry later.' },
  'rate-limited': { status: 429, title: 'Too many requests from this address; retry later.' },
  'not-ready': {
    status: 503,
    title: 'The node has not caught up, sees no quorum, or has no lane.',
  },
  'not-found': { status: 404, title: 'There is no such resource here.' },
  pruned: {
    status: 410,
    title:
      'It is, or may have been, in what this node has dropped, or has no certificate here; ask another.',
  },
  'not-yet': { status: 404, title: 'This epoch has no certified checkpoint yet.' },
  'method-not-allowed': { status: 405, title: 'The resource does not have this method.' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time.' },
  'header-too-large': { status: 431, title: 'The request header is too large.' },
  internal: { status: 500, title: 'A fault of this node.' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** Why a block of a peer is refused for ever. The same answer at every correct validator. */
export const REFUSALS = {
  'too-large': 'The block carries more than the parameters of the genesis allow.',
  malformed: 'The bytes are no canonical block, or exceed a bound.',
  'wrong-ledger': 'The block belongs to another ledger or committee.',
  'bad-generation':
    'It belongs to a generation that does not exist, or names blocks of another one.',
  'bad-lane': 'The lane is not one of the committee.',
  'bad-signature': 'A signature of the block, of a vote or of a transaction does not verify.',
  'bad-transaction': 'A transaction is not valid in itself.',
  'bad-seq': 'The block does not follow the one that it names as its predecessor.',
  'bad-time': 'Its time is before that of its predecessor.',
  'bad-ref': 'A reference names its own lane, an impossible position, or one lane twice.',
  'ref-to-equivocator': 'It references a lane that equivocates within its history.',
  'bad-epoch': 'Its epoch is not the number of cuts decided in its history.',
  'bad-vote': 'A vote is not allowed in its history.',
  'lane-window': 'Its lane has run further ahead of the quorum than it may.',
  expired: 'It carries a transaction past its last epoch.',
  'unknown-parent': 'A transaction spends what is neither settled nor in its own chain.',
  'bad-witness': 'A witness does not open the lock of an input.',
  'bad-amount': 'Inputs, outputs and the minimum fee do not add up.',
  'stale-input': 'A transaction spends what the ledger of two epochs before has spent.',
  'copy-in-chain': 'Its own chain has the transaction already.',
  'rival-in-chain': 'Its own chain has a rival of a transaction already.',
  'bad-root': 'The root in the header is not that of the transactions.',
} as const satisfies Record<string, string>;

export type RefusalCode = keyof typeof REFUSALS;

/** Why a block is refused, for people. */
export type Refusal = { readonly code: RefusalCode; readonly detail: string };

/** A problem with one input, as data. Never an exception. */
export type Problem = { readonly code: ErrorCode; readonly detail: string };

export function problem(code: ErrorCode, detail: string): Problem {
  return { code, detail };
}

/** Why this validator must stop signing at once, and what the operator should do. */
export const HALTS = {
  'own-signature-unknown':
    'A peer holds a block signed by this validator that its journal lacks. The folder is an old copy: bring back the newest one, and never run the key twice. If it is lost, so is the lane (docs/OPERATING.md).',
  'key-in-use':
    'Another process signs with the key of this validator, as more peers than may lie have seen. Never run the key twice: find the other process, and keep the one with the newest folder.',
  'journal-corrupt':
    'The journal is damaged before its end. Keep the folder for inspection; bring back a complete copy of it.',
  'stop-state-damaged':
    'The state with which the folder begins, its older blocks having been dropped, is not as it was written. Keep the folder for inspection; bring back a complete copy of it.',
  'wrong-ledger':
    'The folder belongs to another genesis. Point the node to its own folder, or begin with an empty one.',
  'wrong-validator':
    'The folder was written by another validator. Point the node to its own folder and key.',
  'marker-damaged':
    'The file format.json of the folder is not as it was written; the journal may be whole. Bring back a copy of that file, or of the whole folder; do not write it anew.',
  'folder-locked': 'Another process uses the folder. Stop that one first.',
  'format-unknown':
    'The folder was written by a version that this one does not know. Run that version.',
  'disk-error': 'Reading or writing failed. Check space, permissions and health of the disk.',
  'state-diverged':
    'This validator computed another state than a quorum has signed. Keep the folder and report it.',
  assertion: 'A fault of this program. Keep the folder and the log, and report it.',
} as const satisfies Record<string, string>;

export type HaltCode = keyof typeof HALTS;
