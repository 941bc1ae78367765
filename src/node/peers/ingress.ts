import { decodeMessage } from '../../codec/message.ts';
import type { Committee } from '../../committee/committee.ts';
import type { Input, PeerId } from '../../replica/effects.ts';
import {
  laneChecks,
  shapeBlock,
  shapeTransaction,
  transactionChecks,
  trust,
  witnessChecks,
} from '../../replica/ingress.ts';
import { peerName } from '../../replica/peers/peer-name.ts';
import { RecentSet } from '../../std/recent-set.ts';
import type { Result } from '../../std/result.ts';
import type { Block, BlockHeader } from '../../types/block.ts';
import {
  type ErrorCode,
  type Problem,
  problem,
  type Refusal,
  type RefusalCode,
} from '../../types/errors.ts';
import type { LedgerId, OutpointKey, TxId } from '../../types/ids.ts';
import type { Heads, PeerMessage, ReplicaMessage, StateMessage } from '../../types/message.ts';
import type { SignatureCheck } from '../../types/signature.ts';
import type { Transaction, Verified } from '../../types/transaction.ts';
import type { Verification } from '../verification/verification.ts';

/** Transactions whose signatures are remembered as verified. */
const VERIFIED_TXS = 50_000;
/** Of clients' transactions decoded at a time: a millisecond or two. */
const SLICE_BYTES = 32_768;
/** Inputs of one that are looked up before its signatures are: that must not cost more than they do. */
const LOOK_UPS_MAX = 4;

/** A client's transaction, or why it is none. `txid` is null where the bytes do not decode. */
export type Opened =
  | { readonly ok: true; readonly tx: Verified<Transaction> }
  | {
      readonly ok: false;
      readonly txid: TxId | null;
      readonly problem: Problem;
      readonly winner?: TxId;
    };

export type IngressParts = {
  readonly ledgerId: LedgerId;
  readonly committee: Committee;
  readonly verification: Verification;
  /** The genesis says so: witnesses that do not sign are no fault of form. */
  readonly sharedChecks: boolean;
  /** Was this block handed on before? */
  readonly known: (block: Block) => boolean;
  /** Who has spent the output for good, as far as is known here. */
  readonly spender: (key: OutpointKey) => TxId | null;
  /** Should the witnesses of such a block be checked before it is handed on? */
  readonly checks: (header: BlockHeader) => boolean;
  readonly input: (input: Input) => void;
  /** Has the peer taken what it was sent, so that it may ask for more? */
  readonly isTaking: (peer: PeerId) => boolean;
  /** Would a step of these heads, now, do nothing? */
  readonly isOldNews: (from: PeerId, heads: Heads) => boolean;
  /** What is no matter of the replica. Resolves when the message is not kept any more. */
  readonly state: (from: PeerId, message: StateMessage) => Promise<void>;
  /** What a peer sent is wrong in itself. */
  readonly refused: (from: PeerId, code: RefusalCode, detail: string) => void;
  /** The bytes of a block among that. */
  readonly refusedBlock: (bytes: Uint8Array) => void;
};

/** Signatures of a block to be checked here: first those of its lane, then, if it looks at them, witnesses. */
type BlockChecks = {
  readonly own: number;
  readonly looks: boolean;
  readonly all: readonly SignatureCheck[];
};

/**
 * From bytes to verified inputs. What one peer sends reaches the replica in the order in which it came:
 * nothing is awaited between the verdicts and the input, or what waits less often would overtake. Every
 * signature is checked once (a transaction seen before is not verified again).
 */
export class Ingress {
  readonly #parts: IngressParts;
  readonly #verified = new RecentSet(VERIFIED_TXS);

  constructor(parts: IngressParts) {
    this.#parts = parts;
  }

  /** The peer's link came or went: told in its place among what the peer sent. */
  async linked(peer: PeerId, kind: 'connected' | 'disconnected'): Promise<void> {
    await this.#parts.verification.turn(peerName(peer));
    this.#parts.input({ kind, peer });
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
        if (this.#parts.isTaking(from)) await this.#handOn(from, message);
        return;
      case 'decided':
        return this.#handOn(from, message);
      case 'gone':
      case 'state':
      case 'page':
        return this.#parts.state(from, message);
    }
  }

  /** In its place among what the peer sent. */
  async #handOn(from: PeerId, message: ReplicaMessage): Promise<void> {
    await this.#parts.verification.verify(peerName(from), []);
    this.#parts.input({ kind: 'message', from, message });
  }

  /**
   * Clients' bytes to transactions that are valid in themselves, one answer each, in order. Checks of each
   * source wait in a queue of its own.
   */
  async transactions(items: readonly Uint8Array[], source: string): Promise<readonly Opened[]> {
    const shaped = await this.#shapedInSlices(items);
    const lost = shaped.map((one) => (one.ok ? this.#lost(one.value) : null));
    const checks = shaped.map((one, index) =>
      one.ok && lost[index] === null && !this.#verified.has(one.value.leaf)
        ? transactionChecks(one.value)
        : [],
    );
    const queue = `client ${source}`;
    const verdicts = await this.#parts.verification.verify(queue, checks.flat());
    let at = 0;
    return shaped.map((one, index) => {
      if (!one.ok) return { ok: false, txid: null, problem: one.error };
      const tx = one.value;
      const refused = lost[index] ?? null;
      if (refused !== null) return refused;
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

  /** Between two slices others have their turn. */
  async #shapedInSlices(items: readonly Uint8Array[]): Promise<Result<Transaction, Problem>[]> {
    const shaped: Result<Transaction, Problem>[] = [];
    let bytes = 0;
    for (const item of items) {
      if (bytes > SLICE_BYTES) {
        await new Promise((resolve) => setImmediate(resolve));
        bytes = 0;
      }
      shaped.push(shapeTransaction(item, this.#parts.ledgerId));
      bytes += item.length;
    }
    return shaped;
  }

  /**
   * Spends what another one has spent for good: then no signature can help it, and who floods a validator with
   * rivals of one payment makes it check none of theirs.
   */
  #lost({ txid, inputs }: Transaction): Opened | null {
    for (const { key } of inputs.slice(0, LOOK_UPS_MAX)) {
      const winner = this.#parts.spender(key);
      if (winner === null || winner === txid) continue;
      return { ok: false, txid, problem: problem('input-spent', `spent by ${winner}`), winner };
    }
    return null;
  }

  /** Too much of this peer may be waiting: what is dropped now is pulled again later. */
  async #block(from: PeerId, bytes: Uint8Array): Promise<void> {
    const block = this.#shaped(from, bytes);
    if (block === null) return;
    const checks = this.#checksOf(block);
    const verdicts = await this.#parts.verification.verify(peerName(from), checks.all);
    if (verdicts !== null) this.#judge(from, block, checks, verdicts);
  }

  /** null: it is wrong in itself, or known: who lags behind is sent much more than once. */
  #shaped(from: PeerId, bytes: Uint8Array): Block | null {
    const { committee, ledgerId } = this.#parts;
    const shaped = shapeBlock(bytes, committee, ledgerId);
    if (shaped.ok) return this.#parts.known(shaped.value) ? null : shaped.value;
    this.#refuse(from, bytes, shaped.error);
    return null;
  }

  #refuse(from: PeerId, bytes: Uint8Array, { code, detail }: Refusal): void {
    this.#parts.refused(from, code, detail);
    this.#parts.refusedBlock(bytes);
  }

  #checksOf(block: Block): BlockChecks {
    const own = laneChecks(block, this.#parts.committee);
    const witnesses = witnessChecks(block, (leaf) => this.#verified.has(leaf));
    // None is left to check of what clients brought here too.
    const looks = witnesses.length === 0 || this.#parts.checks(block.header);
    return { own: own.length, looks, all: looks ? [...own, ...witnesses] : own };
  }

  #judge(
    from: PeerId,
    block: Block,
    { own, looks }: BlockChecks,
    verdicts: readonly boolean[],
  ): void {
    const { sharedChecks, input } = this.#parts;
    const isRight = looks && !verdicts.includes(false);
    if (verdicts.slice(0, own).includes(false) || (looks && !isRight && !sharedChecks)) {
      const detail = 'of the block, a vote or a transaction';
      this.#refuse(from, block.bytes, { code: 'bad-signature', detail });
      return;
    }
    if (isRight) for (const tx of block.txs) this.#verified.add(tx.leaf);
    const checked = isRight ? 'right' : 'wrong';
    input({ kind: 'block', from, block: trust(block), witnesses: looks ? checked : 'unchecked' });
  }

  async #forwarded(from: PeerId, items: readonly Uint8Array[]): Promise<void> {
    const { ledgerId, verification, refused } = this.#parts;
    // What strangers want to be proposed goes through REST, where bad signatures are counted.
    if (from.kind !== 'lane') return refused(from, 'bad-transaction', 'forwarded by no validator');
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

  /**
   * The block that the peer says is ours goes first, if we did sign it; where there is no room for its
   * checks the whole message is dropped, since without it the peer would seem to know of none.
   */
  async #heads(from: PeerId, message: Heads): Promise<void> {
    const block = message.yours === null ? null : this.#shaped(from, message.yours);
    const checks = block === null ? null : this.#checksOf(block);
    const all = checks?.all ?? [];
    const verdicts = await this.#parts.verification.verify(peerName(from), all);
    if (verdicts === null) return;
    if (block !== null && checks !== null) this.#judge(from, block, checks, verdicts);
    if (this.#parts.isOldNews(from, message)) return;
    this.#parts.input({ kind: 'message', from, message });
  }
}

function refusedTx(tx: Transaction, code: ErrorCode, detail: string): Opened {
  return { ok: false, txid: tx.txid, problem: problem(code, detail) };
}
