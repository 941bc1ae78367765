import { toHex } from '../../codec/hex.ts';
import { decodeMessage } from '../../codec/message.ts';
import type { Committee } from '../../committee/committee.ts';
import type { Input, PeerId } from '../../replica/effects.ts';
import { openBlock, openSharedBlock, openTransaction } from '../../replica/ingress.ts';
import type { Block, Witnesses } from '../../types/block.ts';
import type { LedgerId } from '../../types/ids.ts';
import { isStateMessage, type PeerMessage, type StateMessage } from '../../types/message.ts';
import type { Transaction, Verified } from '../../types/transaction.ts';
import { mockVerifier } from '../world/mock-signatures.ts';

/** What a machine is given for bytes, and how many transactions' work that is. */
export type Queued = { readonly input: Input; readonly weight: number };

type Ledger = {
  readonly committee: Committee;
  readonly ledgerId: LedgerId;
  readonly sharedChecks: boolean;
};

type Found = { readonly block: Verified<Block>; readonly witnesses: Witnesses };

/** What bytes of the wire turn out to be; the same for every receiver. */
type Opened = {
  readonly message: PeerMessage;
  /** The block in it, if there is a right one. */
  readonly block: Found | null;
};

/**
 * The inputs that bytes make, as the node's ingress makes them. What comes of bytes depends on nothing else:
 * those of a run are opened once, however many receive or keep them, and in however many messages they are.
 */
export class Opening {
  readonly #ledger: Ledger;
  /** Every receiver of a message is given the same memory. */
  readonly #messages = new WeakMap<Uint8Array, Opened | null>();
  /** By the bytes in hex. */
  readonly #blocks = new Map<string, Found | null>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  message(from: PeerId, bytes: Uint8Array): Queued[] {
    const found = this.#openWhole(bytes);
    if (found === null) return [];
    const { message, block } = found;
    if (message.kind === 'transactions') return [this.#forwarded(from, message)];
    const arrived = block === null ? [] : [blockInput(from, block)];
    if (message.kind === 'block' || isStateMessage(message)) return arrived;
    // The own newest block that the peer knows comes like any other block.
    return [...arrived, { input: { kind: 'message', from, message }, weight: 0 }];
  }

  /** What is no matter of the replica; null: what these bytes are is. */
  state(bytes: Uint8Array): StateMessage | null {
    const message = this.#openWhole(bytes)?.message;
    return message !== undefined && isStateMessage(message) ? message : null;
  }

  /** null: it is refused. */
  block(bytes: Uint8Array): Found | null {
    const content = toHex(bytes);
    const known = this.#blocks.get(content);
    if (known !== undefined) return known;
    const found = this.#openBlock(bytes);
    this.#blocks.set(content, found);
    return found;
  }

  #openWhole(bytes: Uint8Array): Opened | null {
    const known = this.#messages.get(bytes);
    if (known !== undefined) return known;
    const found = this.#openMessage(bytes);
    this.#messages.set(bytes, found);
    return found;
  }

  #openMessage(bytes: Uint8Array): Opened | null {
    const decoded = decodeMessage(bytes);
    if (!decoded.ok) return null;
    const message = decoded.value;
    const inside = blockBytes(message);
    return { message, block: inside === null ? null : this.block(inside) };
  }

  #openBlock(bytes: Uint8Array): Found | null {
    const { committee, ledgerId, sharedChecks } = this.#ledger;
    if (sharedChecks) {
      const opened = openSharedBlock(bytes, committee, ledgerId, mockVerifier);
      return opened.ok ? opened.value : null;
    }
    const block = openBlock(bytes, committee, ledgerId, mockVerifier);
    return block.ok ? { block: block.value, witnesses: 'right' } : null;
  }

  #forwarded(from: PeerId, message: Extract<PeerMessage, { kind: 'transactions' }>): Queued {
    const txs: Verified<Transaction>[] = [];
    for (const bytes of message.txs) {
      const tx = openTransaction(bytes, this.#ledger.ledgerId, mockVerifier);
      if (tx.ok) txs.push(tx.value);
    }
    return { input: { kind: 'forwarded', from, txs }, weight: txs.length };
  }
}

/** The bytes of the block that a message carries; null: none. */
export function blockBytes(message: PeerMessage): Uint8Array | null {
  if (message.kind === 'block') return message.bytes;
  return message.kind === 'heads' ? message.yours : null;
}

function blockInput(from: PeerId, { block, witnesses }: Found): Queued {
  return { input: { kind: 'block', from, block, witnesses }, weight: block.txs.length };
}
