import { decodeMessage } from '../codec/message.ts';
import type { Committee } from '../committee/committee.ts';
import type { Input, PeerId } from '../replica/effects.ts';
import {
  laneChecks,
  shapeBlock,
  shapeTransaction,
  transactionChecks,
  trust,
  witnessChecks,
} from '../replica/ingress.ts';
import type { Block, BlockHeader, Witnesses } from '../types/block.ts';
import { type ErrorCode, type Problem, problem, type RefusalCode } from '../types/errors.ts';
import type { LedgerId, TxId } from '../types/ids.ts';
import type { PeerMessage } from '../types/message.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import { RecentSet } from './recent-set.ts';
import type { Verification } from './verification.ts';

/** Transactions whose signatures are remembered as verified. */
const VERIFIED_TXS = 50_000;
const CLIENTS = 'clients';

/** A client's transaction, or why it is none. `txid` is null where the bytes do not decode. */
export type Opened =
  | { readonly ok: true; readonly tx: Verified<Transaction> }
  | { readonly ok: false; readonly txid: TxId | null; readonly problem: Problem };

export type IntakeParts = {
  readonly ledgerId: LedgerId;
  readonly committee: Committee;
  readonly verification: Verification;
  /** The genesis says so: witnesses that do not sign are no fault of form. */
  readonly sharedChecks: boolean;
  /** Should the witnesses of such a block be checked before it is handed on? */
  readonly checks: (header: BlockHeader) => boolean;
  readonly input: (input: Input) => void;
  /** What a peer sent is wrong in itself. */
  readonly refused: (from: PeerId, code: RefusalCode, detail: string) => void;
  /** The bytes of a block among that. */
  readonly refusedBlock: (bytes: Uint8Array) => void;
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

  /** One message of a peer. Resolves to its kind when it is handed on or refused. */
  async message(from: PeerId, bytes: Uint8Array): Promise<string> {
    const message = decodeMessage(bytes);
    if (!message.ok) {
      this.#parts.refused(from, 'malformed', message.error);
      return 'malformed';
    }
    await this.#open(from, message.value);
    return message.value.kind;
  }

  async #open(from: PeerId, message: PeerMessage): Promise<void> {
    switch (message.kind) {
      case 'block':
        return this.#block(from, message.bytes);
      case 'transactions':
        return this.#forwarded(from, message.txs);
      case 'heads':
        return this.#heads(from, message);
      case 'want':
        await this.#parts.verification.verify(peerName(from), []);
        return this.#parts.input({ kind: 'message', from, message });
    }
  }

  /** Clients' bytes to transactions that are valid in themselves, one answer each, in order. */
  async transactions(items: readonly Uint8Array[]): Promise<readonly Opened[]> {
    const shaped = items.map((bytes) => shapeTransaction(bytes, this.#parts.ledgerId));
    const checks = shaped.map((one) =>
      one.ok && !this.#verified.has(one.value.leaf) ? transactionChecks(one.value) : [],
    );
    const verdicts = await this.#parts.verification.verify(CLIENTS, checks.flat());
    let at = 0;
    return shaped.map((one, index) => {
      if (!one.ok) return { ok: false, txid: null, problem: one.error };
      const tx = one.value;
      if (verdicts === null) return refusedTx(tx, 'busy', 'too many signatures wait for a check');
      const from = at;
      at += checks[index]?.length ?? 0;
      if (verdicts.slice(from, at).includes(false)) {
        return refusedTx(tx, 'bad-signature', 'a witness does not sign this transaction');
      }
      this.#verified.add(tx.leaf);
      return { ok: true, tx: trust(tx) };
    });
  }

  async #block(from: PeerId, bytes: Uint8Array): Promise<void> {
    const { committee, ledgerId, refused, refusedBlock } = this.#parts;
    const shaped = shapeBlock(bytes, committee, ledgerId);
    if (!shaped.ok) {
      refused(from, shaped.error.code, shaped.error.detail);
      refusedBlock(bytes);
      return;
    }
    const block = shaped.value;
    const found = await this.#verify(from, block);
    if (found === null) return;
    if (found === 'refused') {
      refused(from, 'bad-signature', 'of the block, a vote or a transaction');
      refusedBlock(bytes);
      return;
    }
    this.#parts.input({ kind: 'block', from, block: trust(block), witnesses: found });
  }

  /** null: too much of this peer is waiting; what is dropped now is pulled again later. */
  async #verify(from: PeerId, block: Block): Promise<Witnesses | 'refused' | null> {
    const { committee, verification, sharedChecks } = this.#parts;
    const own = laneChecks(block, committee);
    const witnesses = witnessChecks(block, (_, leaf) => this.#verified.has(leaf));
    // None is left to check of what clients brought here too.
    const looks = witnesses.length === 0 || this.#parts.checks(block.header);
    const checks = looks ? [...own, ...witnesses] : own;
    const verdicts = await verification.verify(peerName(from), checks);
    if (verdicts === null) return null;
    if (verdicts.slice(0, own.length).includes(false)) return 'refused';
    if (!looks) return 'unchecked';
    if (verdicts.includes(false)) return sharedChecks ? 'wrong' : 'refused';
    for (const tx of block.txs) this.#verified.add(tx.leaf);
    return 'right';
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

  /** The block that the peer says is ours goes first, if we did sign it. */
  async #heads(from: PeerId, message: Extract<PeerMessage, { kind: 'heads' }>): Promise<void> {
    if (message.yours !== null) await this.#block(from, message.yours);
    else await this.#parts.verification.verify(peerName(from), []);
    this.#parts.input({ kind: 'message', from, message });
  }
}

function refusedTx(tx: Transaction, code: ErrorCode, detail: string): Opened {
  return { ok: false, txid: tx.txid, problem: problem(code, detail) };
}

/** The name of a peer's queue of signature checks. */
export function peerName(peer: PeerId): string {
  return peer.kind === 'lane' ? `lane ${peer.lane}` : `observer ${peer.id}`;
}
