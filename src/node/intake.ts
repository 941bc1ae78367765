import { decodeMessage } from '../codec/message.ts';
import type { Committee } from '../committee/committee.ts';
import type { Input, PeerId } from '../replica/effects.ts';
import {
  blockChecks,
  shapeBlock,
  shapeTransaction,
  transactionChecks,
  trust,
} from '../replica/ingress.ts';
import { err, ok, type Result } from '../std/result.ts';
import type { Block } from '../types/block.ts';
import { type Problem, problem, type RefusalCode } from '../types/errors.ts';
import type { LedgerId } from '../types/ids.ts';
import type { PeerMessage } from '../types/message.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import { RecentSet } from './recent-set.ts';
import type { Verification } from './verification.ts';

/** Transactions whose signatures are remembered as verified. */
const VERIFIED_TXS = 50_000;
const CLIENTS = 'clients';

export type IntakeParts = {
  readonly ledgerId: LedgerId;
  readonly committee: Committee;
  readonly verification: Verification;
  readonly input: (input: Input) => void;
  /** What a peer sent is wrong in itself. */
  readonly refused: (from: PeerId, code: RefusalCode, detail: string) => void;
};

/**
 * From bytes to verified inputs. What one peer sends reaches the replica in the order in which it came;
 * every signature is checked once (a transaction seen before is not verified again).
 */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #verified = new RecentSet(VERIFIED_TXS);

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** One message of a peer. Resolves when it is handed on or refused. */
  async message(from: PeerId, bytes: Uint8Array): Promise<void> {
    const message = decodeMessage(bytes);
    if (!message.ok) return this.#parts.refused(from, 'malformed', message.error);
    switch (message.value.kind) {
      case 'block':
        return this.#block(from, message.value.bytes);
      case 'transactions':
        return this.#forwarded(from, message.value.txs);
      case 'heads':
        return this.#heads(from, message.value);
      case 'want':
        await this.#parts.verification.verify(peerName(from), []);
        return this.#parts.input({ kind: 'message', from, message: message.value });
    }
  }

  /** A client's bytes to a transaction that is valid in itself. */
  async transaction(bytes: Uint8Array): Promise<Result<Verified<Transaction>, Problem>> {
    const shaped = shapeTransaction(bytes, this.#parts.ledgerId);
    if (!shaped.ok) return shaped;
    const tx = shaped.value;
    const checks = this.#verified.has(tx.leaf) ? [] : transactionChecks(tx);
    const verdicts = await this.#parts.verification.verify(CLIENTS, checks);
    if (verdicts === null) return err(problem('busy', 'too many signatures wait to be checked'));
    if (verdicts.includes(false)) {
      return err(problem('bad-signature', 'a witness does not sign this transaction'));
    }
    this.#verified.add(tx.leaf);
    return ok(trust(tx));
  }

  async #block(from: PeerId, bytes: Uint8Array): Promise<void> {
    const block = await this.#verifiedBlock(from, bytes);
    if (block !== null) this.#parts.input({ kind: 'block', from, block });
  }

  async #verifiedBlock(from: PeerId, bytes: Uint8Array): Promise<Verified<Block> | null> {
    const { committee, ledgerId, verification, refused } = this.#parts;
    const shaped = shapeBlock(bytes, committee, ledgerId);
    if (!shaped.ok) {
      refused(from, shaped.error.code, shaped.error.detail);
      return null;
    }
    const block = shaped.value;
    const checks = blockChecks(block, committee, (_, leaf) => this.#verified.has(leaf));
    const verdicts = await verification.verify(peerName(from), checks);
    // Too much of this peer is waiting: what is dropped now is pulled again later.
    if (verdicts === null) return null;
    if (verdicts.includes(false)) {
      refused(from, 'bad-signature', 'of the block, a vote or a transaction');
      return null;
    }
    for (const tx of block.txs) this.#verified.add(tx.leaf);
    return trust(block);
  }

  async #forwarded(from: PeerId, items: readonly Uint8Array[]): Promise<void> {
    const { ledgerId, verification, refused } = this.#parts;
    const txs: Transaction[] = [];
    for (const bytes of items) {
      const shaped = shapeTransaction(bytes, ledgerId);
      if (!shaped.ok) return refused(from, 'bad-transaction', shaped.error.detail);
      txs.push(shaped.value);
    }
    const unseen = txs.filter((tx) => !this.#verified.has(tx.leaf));
    const verdicts = await verification.verify(peerName(from), unseen.flatMap(transactionChecks));
    if (verdicts === null) return;
    if (verdicts.includes(false)) return refused(from, 'bad-transaction', 'a bad signature');
    for (const tx of unseen) this.#verified.add(tx.leaf);
    this.#parts.input({ kind: 'forwarded', from, txs: txs.map(trust) });
  }

  /** The block that the peer says is ours counts only if we signed it. */
  async #heads(from: PeerId, message: Extract<PeerMessage, { kind: 'heads' }>): Promise<void> {
    let yours = message.yours;
    if (yours === null) await this.#parts.verification.verify(peerName(from), []);
    else if ((await this.#verifiedBlock(from, yours)) === null) yours = null;
    this.#parts.input({ kind: 'message', from, message: { ...message, yours } });
  }
}

/** The name of a peer's queue of signature checks. */
export function peerName(peer: PeerId): string {
  return peer.kind === 'lane' ? `lane ${peer.lane}` : `observer ${peer.id}`;
}
