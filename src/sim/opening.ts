import { decodeMessage } from '../codec/message.ts';
import type { Committee } from '../committee/committee.ts';
import type { Input, PeerId } from '../replica/effects.ts';
import { openBlock, openSharedBlock, openTransaction } from '../replica/ingress.ts';
import type { Block, Witnesses } from '../types/block.ts';
import type { LedgerId } from '../types/ids.ts';
import { isStateMessage, type PeerMessage, type StateMessage } from '../types/message.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import { mockVerifier } from './mock-signatures.ts';

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

/** Every receiver of a message is given the same bytes: they are opened once. */
const opened = new WeakMap<Uint8Array, Opened | null>();

/** What is no matter of the replica; null: what these bytes are is. */
export function openState(ledger: Ledger, bytes: Uint8Array): StateMessage | null {
  const message = openWhole(ledger, bytes)?.message;
  return message !== undefined && isStateMessage(message) ? message : null;
}

/** The inputs that a message makes, as the node's intake makes them. */
export function openMessage(ledger: Ledger, from: PeerId, bytes: Uint8Array): Queued[] {
  const found = openWhole(ledger, bytes);
  if (found === null) return [];
  const { message, block } = found;
  if (message.kind === 'transactions') return [openForwarded(ledger, from, message)];
  const arrived = block === null ? [] : [blockInput(from, block)];
  if (message.kind === 'block' || isStateMessage(message)) return arrived;
  // The own newest block that the peer knows comes like any other block.
  return [...arrived, { input: { kind: 'message', from, message }, weight: 0 }];
}

function openWhole(ledger: Ledger, bytes: Uint8Array): Opened | null {
  const known = opened.get(bytes);
  const found = known === undefined ? openOnce(ledger, bytes) : known;
  opened.set(bytes, found);
  return found;
}

function openOnce(ledger: Ledger, bytes: Uint8Array): Opened | null {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) return null;
  const message = decoded.value;
  const inside = blockBytes(message);
  if (inside === null) return { message, block: null };
  return { message, block: openInside(ledger, inside) };
}

/** null: it is refused. */
export function openInside(
  { committee, ledgerId, sharedChecks }: Ledger,
  bytes: Uint8Array,
): Found | null {
  if (sharedChecks) {
    const opened = openSharedBlock(bytes, committee, ledgerId, mockVerifier);
    return opened.ok ? opened.value : null;
  }
  const block = openBlock(bytes, committee, ledgerId, mockVerifier);
  return block.ok ? { block: block.value, witnesses: 'right' } : null;
}

function openForwarded(
  { ledgerId }: Ledger,
  from: PeerId,
  message: Extract<PeerMessage, { kind: 'transactions' }>,
): Queued {
  const txs: Verified<Transaction>[] = [];
  for (const bytes of message.txs) {
    const tx = openTransaction(bytes, ledgerId, mockVerifier);
    if (tx.ok) txs.push(tx.value);
  }
  return { input: { kind: 'forwarded', from, txs }, weight: txs.length };
}

/** The bytes of the block that a message carries; null: none. */
export function blockBytes(message: PeerMessage): Uint8Array | null {
  if (message.kind === 'block') return message.bytes;
  return message.kind === 'heads' ? message.yours : null;
}

function blockInput(from: PeerId, { block, witnesses }: Found): Queued {
  return { input: { kind: 'block', from, block, witnesses }, weight: block.txs.length };
}
