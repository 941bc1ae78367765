import type { TransactionStatus } from '../client/answers.ts';
import { isDigest } from '../codec/hex.ts';
import { ERRORS, type Problem } from '../types/errors.ts';
import type { TxId } from '../types/ids.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import { refusalExit } from './options/url-option.ts';

/** A status in one line, and how long it took where somebody waited for it. */
export function statusText(status: TransactionStatus, tookMs?: number): string {
  const { txid, state } = status;
  const details = [
    status.path === undefined ? null : `path ${status.path}`,
    status.epoch == null ? null : `epoch ${status.epoch}`,
    status.reason === undefined ? null : status.reason,
    status.winner === undefined ? null : `winner ${status.winner}`,
    status.code === undefined ? null : `${status.code}: ${status.detail ?? ''}`,
  ].filter((one) => one !== null);
  const after = tookMs === undefined ? '' : ` after ${tookMs} ms`;
  return `${txid} ${state}${after}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}

/** What a status means for a command that wanted the transaction to reach `wanted`. */
export function exitCodeOf(status: TransactionStatus, wanted: string | undefined): ExitCode {
  if (status.state === 'rejected' || status.state === 'dropped') return EXIT.rejected;
  const ranks = ['unknown', 'pending', 'admitted', 'final', 'checkpointed'];
  const isThere = wanted === undefined || ranks.indexOf(status.state) >= ranks.indexOf(wanted);
  return isThere ? EXIT.ok : EXIT.timeout;
}

/** Throws a CommandError if it is none. */
export function txidOf(text: string): TxId {
  if (isDigest(text)) return text as string as TxId;
  throw new CommandError(EXIT.usage, `"${text}" is not a txid: 64 lower-case hex digits`);
}

/** What the client refuses in the node's stead. */
export function refusal({ code, detail }: Problem, words = ''): CommandError {
  const exit = refusalExit({ code, status: ERRORS[code].status });
  return new CommandError(exit, `${words}${code}: ${detail}`);
}
