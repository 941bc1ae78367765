import type { ErrorCode } from '../types/errors.ts';
import type { TxId } from '../types/ids.ts';

/** The API's codes (docs/ERRORS.md), and two of the client's own. */
export type ClientErrorCode =
  | ErrorCode
  /** No answer: refused, reset, or not within the time allowed. It may or may not have arrived. */
  | 'unreachable'
  /** An answer that is not the API's: another service, or a proxy in between. */
  | 'bad-answer';

const RETRYABLE: readonly ClientErrorCode[] = [
  'busy',
  'rate-limited',
  'not-ready',
  'request-timeout',
  'unreachable',
];

/** May the same call succeed later, or elsewhere, unchanged? Submitting a transaction twice does no harm. */
export function isRetryable(code: ClientErrorCode): boolean {
  return RETRYABLE.includes(code);
}

/** What a call of the REST client throws, and nothing else. */
export class AlthingError extends Error {
  override readonly name = 'AlthingError';
  readonly code: ClientErrorCode;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly detail: string;
  readonly txid: TxId | null;
  /** The transaction that has the input, when that is the problem. */
  readonly winner: TxId | null;
  readonly retryAfterMs: number | null;

  constructor(fields: {
    code: ClientErrorCode;
    status: number;
    detail: string;
    txid?: TxId | null;
    winner?: TxId | null;
    retryAfterMs?: number | null;
    cause?: unknown;
  }) {
    super(`${fields.code}: ${fields.detail}`, { cause: fields.cause });
    this.code = fields.code;
    this.status = fields.status;
    this.detail = fields.detail;
    this.txid = fields.txid ?? null;
    this.winner = fields.winner ?? null;
    this.retryAfterMs = fields.retryAfterMs ?? null;
  }
}
