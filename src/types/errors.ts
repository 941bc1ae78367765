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
  // The node's state
  busy: { status: 503, title: 'The node has as much pending work as it may hold; retry later.' },
  'rate-limited': { status: 429, title: 'Too many requests from this address; retry later.' },
  'not-ready': { status: 503, title: 'The node has not caught up, or sees no quorum.' },
  'not-found': { status: 404, title: 'There is no such resource here.' },
  'not-yet': { status: 404, title: 'This epoch has no certified checkpoint yet.' },
  'method-not-allowed': { status: 405, title: 'The resource does not have this method.' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time.' },
  'header-too-large': { status: 431, title: 'The request header is too large.' },
  internal: { status: 500, title: 'A fault of this node.' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** Why a block of a peer is refused for ever. The same answer at every correct validator. */
export type RefusalCode =
  | 'malformed'
  | 'wrong-ledger'
  | 'bad-lane'
  | 'bad-signature'
  | 'bad-transaction'
  | 'bad-seq'
  | 'bad-time'
  | 'bad-ref'
  | 'ref-to-equivocator'
  | 'bad-epoch'
  | 'bad-vote'
  | 'lane-window'
  | 'expired'
  | 'unknown-parent'
  | 'bad-witness'
  | 'bad-amount'
  | 'stale-input'
  | 'rival-in-chain'
  | 'bad-root';

/** Why a block is refused, for people. */
export type Refusal = { readonly code: RefusalCode; readonly detail: string };

/** A problem with one input, as data. Never an exception. */
export type Problem = { readonly code: ErrorCode; readonly detail: string };

export function problem(code: ErrorCode, detail: string): Problem {
  return { code, detail };
}

/** Why this validator must stop signing at once. Each says what the operator should do. */
export type HaltCode =
  | 'own-signature-unknown'
  | 'journal-corrupt'
  | 'wrong-ledger'
  | 'wrong-validator'
  | 'folder-locked'
  | 'format-unknown'
  | 'disk-error'
  | 'state-diverged'
  | 'assertion';
