import { checkpointDigest } from '../codec/checkpoint.ts';
import type { EpochLedger, SnapshotLeaf } from '../codec/snapshot.ts';
import { decodeTransaction } from '../codec/transaction.ts';
import { Coins } from '../ledger/coins.ts';
import { feeTxid } from '../ledger/fees.ts';
import { outcomeRoot } from '../ledger/outcomes.ts';
import { type Trust, verifyCertificate } from '../ledger/proofs.ts';
import { updateState } from '../ledger/state-tree.ts';
import { Overlay } from '../std/overlay.ts';
import { err, ok, type Result } from '../std/result.ts';
import { type Digest, type Epoch, outpointKey, type TxId } from '../types/ids.ts';
import type { Certificate, Checkpoint } from '../types/ledger.ts';
import type { Transaction } from '../types/transaction.ts';
import type { Store } from './ports.ts';

/**
 * An observer that follows the chain of checkpoints (PROTOCOL.md 7.12, docs/adr/0008): it installs the
 * unspent outputs of a certified state, then applies one certified ledger after the other. Whoever it
 * gets them from need not be trusted: what does not lead to a stateRoot with Q signatures changes nothing.
 */
export class Follower {
  readonly #store: Store;
  readonly #trust: Trust;
  #head: { readonly checkpoint: Checkpoint; readonly digest: Digest } | null = null;

  constructor(store: Store, trust: Trust) {
    this.#store = store;
    this.#trust = trust;
  }

  /** Epoch of the state that it holds; 0 before it installed one. */
  get epoch(): Epoch {
    return this.#head?.checkpoint.epoch ?? 0;
  }

  get checkpoint(): Checkpoint | null {
    return this.#head?.checkpoint ?? null;
  }

  get coins(): Coins {
    return new Coins(this.#store);
  }

  /** Takes up the state of `certificate`, into an empty store. */
  install(certificate: Certificate, leaves: Iterable<SnapshotLeaf>): Result<null, string> {
    const certified = verifyCertificate(certificate, this.#trust);
    if (!certified.ok) return certified;
    const overlay = new Overlay(this.#store);
    const coins = new Coins(overlay);
    let last = '';
    for (const leaf of leaves) {
      if (leaf.txid <= last) return err('the snapshot is not ascending by txid');
      if (leaf.unspent.length === 0) return err(`${leaf.txid} has nothing unspent`);
      last = leaf.txid;
      coins.install(leaf.txid, leaf.acceptedEpoch, leaf.unspent);
    }
    return this.#commit(certified.value, coins, overlay);
  }

  /** Goes on from a store that an earlier follower left behind. */
  resume(certificate: Certificate): Result<null, string> {
    const certified = verifyCertificate(certificate, this.#trust);
    if (!certified.ok) return certified;
    this.#setHead(certified.value);
    return ok(null);
  }

  /** Applies the ledger of the next epoch. */
  follow(ledger: EpochLedger): Result<null, string> {
    const certified = verifyCertificate(ledger.certificate, this.#trust);
    if (!certified.ok) return certified;
    const { epoch, prev, txRoot } = certified.value;
    if (this.#head === null || epoch !== this.epoch + 1) return err(`epoch ${epoch} is not next`);
    if (prev !== this.#head.digest) return err('the checkpoint does not follow the last one');
    if (outcomeRoot(ledger.outcomes) !== txRoot) return err('the outcomes miss the txRoot');
    const txs = acceptedTransactions(ledger);
    if (!txs.ok) return txs;
    const overlay = new Overlay(this.#store);
    const coins = new Coins(overlay);
    const left = applyAll(coins, txs.value, epoch);
    if (left > 0) return err(`${left} accepted transactions cannot be applied`);
    if (ledger.fees.length > 0) {
      coins.create(feeTxid(this.#trust.ledgerId, epoch), ledger.fees, epoch);
    }
    return this.#commit(certified.value, coins, overlay);
  }

  #commit(checkpoint: Checkpoint, coins: Coins, overlay: Overlay): Result<null, string> {
    const changes = new Map<TxId, Digest | null>();
    for (const txid of coins.flush()) changes.set(txid, coins.leafAt(txid, checkpoint.epoch));
    const work = updateState(overlay, changes);
    let step = work.next();
    while (!step.done) step = work.next();
    if (step.value !== checkpoint.stateRoot) return err('the outputs miss the stateRoot');
    overlay.commit();
    this.#setHead(checkpoint);
    return ok(null);
  }

  #setHead(checkpoint: Checkpoint): void {
    this.#head = { checkpoint, digest: checkpointDigest(checkpoint) };
  }
}

/** The bytes are those of the accepted outcomes, in their order. */
function acceptedTransactions(ledger: EpochLedger): Result<Transaction[], string> {
  const txs: Transaction[] = [];
  const accepted = ledger.outcomes.filter((outcome) => outcome.accepted);
  for (const [i, { txid }] of accepted.entries()) {
    const bytes = ledger.accepted[i];
    const decoded = bytes === undefined ? null : decodeTransaction(bytes);
    if (decoded === null || !decoded.ok) return err(`${txid} has no transaction`);
    if (decoded.value.txid !== txid) return err(`${decoded.value.txid} instead of ${txid}`);
    txs.push(decoded.value);
  }
  return ok(txs);
}

/** Applies parents before children; returns how many could not be applied. */
function applyAll(coins: Coins, txs: readonly Transaction[], epoch: Epoch): number {
  const children = new Map<TxId, Transaction[]>();
  const pending = new Set(txs.map((tx) => tx.txid));
  const ready: Transaction[] = [];
  const place = (tx: Transaction): void => {
    const parent = tx.inputs.find((input) => pending.has(input.txid));
    if (parent === undefined) ready.push(tx);
    else children.set(parent.txid, [...(children.get(parent.txid) ?? []), tx]);
  };
  for (const tx of txs) place(tx);
  for (let tx = ready.pop(); tx !== undefined; tx = ready.pop()) {
    if (!spendable(coins, tx)) break;
    coins.apply(tx, epoch);
    pending.delete(tx.txid);
    for (const child of children.get(tx.txid) ?? []) place(child);
  }
  return pending.size;
}

/** What the ledger state asserts must not be reachable by a stranger's bytes. */
function spendable(coins: Coins, tx: Transaction): boolean {
  let balance = 0n;
  for (const { txid, index } of tx.inputs) {
    const coin = coins.get(outpointKey(txid, index));
    if (coin === undefined || coin.spentBy !== null) return false;
    balance += coin.amount;
  }
  for (const { amount } of tx.outputs) balance -= amount;
  return balance >= 0n;
}
