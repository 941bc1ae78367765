import { checkpointDigest, encodeCertificate } from '../../codec/checkpoint.ts';
import type { EpochLedger, SnapshotLeaf } from '../../codec/snapshot.ts';
import { acceptedTransactions } from '../../ledger/accepted-transactions.ts';
import { Coins } from '../../ledger/coins.ts';
import { feeTxid } from '../../ledger/fees.ts';
import { type Trust, verifyCertificate } from '../../ledger/proofs.ts';
import { holdsState, updateState } from '../../ledger/state-tree.ts';
import { Overlay } from '../../std/overlay.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { runToEnd } from '../../std/slices.ts';
import { type Digest, type Epoch, outpointKey, type TxId, ZERO_DIGEST } from '../../types/ids.ts';
import type { Certificate, Checkpoint } from '../../types/ledger.ts';
import type { Transaction } from '../../types/transaction.ts';
import { certificateKey } from '../outcomes/epoch-keys.ts';
import type { LedgerStore } from '../ports.ts';

type Head = { readonly checkpoint: Checkpoint; readonly digest: Digest };

/**
 * An observer that follows the chain of checkpoints (PROTOCOL.md 7.12, docs/adr/0008): it installs the
 * unspent outputs of a certified state, then applies one certified ledger after the other. Whoever it
 * gets them from need not be trusted: what does not lead to a stateRoot with Q signatures changes nothing.
 *
 * The store holds coins, the state tree over them, and the certificate of every epoch it went through.
 */
export class Follower {
  readonly #store: LedgerStore;
  readonly #trust: Trust;
  #head: Head | null = null;

  constructor(store: LedgerStore, trust: Trust) {
    this.#store = store;
    this.#trust = trust;
  }

  /** Epoch of the state that it holds; 0 before it has one. */
  get epoch(): Epoch {
    return this.#head?.checkpoint.epoch ?? 0;
  }

  get checkpoint(): Checkpoint | null {
    return this.#head?.checkpoint ?? null;
  }

  get coins(): Coins {
    return new Coins(this.#store);
  }

  /** Begins to take up the state of `certificate`; the store must be empty. */
  install(certificate: Certificate): Result<Installation, string> {
    const certified = verifyCertificate(certificate, this.#trust);
    if (!certified.ok) return certified;
    if (this.#head !== null) return err(`the state of epoch ${this.epoch} is installed`);
    return ok(
      new Installation(this.#store, certificate, () => {
        this.#setHead(certified.value);
      }),
    );
  }

  /** Goes on from a store that an earlier follower left at this certificate, if its tree is whole. */
  resume(certificate: Certificate): Result<null, string> {
    const certified = verifyCertificate(certificate, this.#trust);
    if (!certified.ok) return certified;
    const { epoch, stateRoot } = certified.value;
    const { coins } = this;
    if (!holdsState(this.#store, stateRoot, (txid) => coins.leafAt(txid, epoch))) {
      return err('the stored state is not that of the stored checkpoint');
    }
    this.#setHead(certified.value);
    return ok(null);
  }

  /** Applies the ledger of the next epoch. */
  follow(ledger: EpochLedger): Result<null, string> {
    const certified = verifyCertificate(ledger.certificate, this.#trust);
    if (!certified.ok) return certified;
    const fault = this.#misfit(certified.value);
    if (fault !== null) return err(fault);
    const txs = acceptedTransactions(ledger);
    if (!txs.ok) return txs;
    return this.#apply(ledger, txs.value);
  }

  #misfit({ epoch, prev }: Checkpoint): string | null {
    if (this.#head === null || epoch !== this.epoch + 1) return `epoch ${epoch} is not next`;
    if (prev !== this.#head.digest) return 'the checkpoint does not follow the last one';
    return null;
  }

  /** On an overlay: the store is changed by a right result alone, and in one go. */
  #apply(ledger: EpochLedger, txs: readonly Transaction[]): Result<null, string> {
    const { checkpoint } = ledger.certificate;
    const { epoch } = checkpoint;
    const overlay = new Overlay(this.#store);
    const coins = new Coins(overlay);
    const left = applyAll(coins, txs, epoch);
    if (left > 0) return err(`${left} accepted transactions cannot be applied`);
    if (ledger.fees.length > 0) {
      coins.create(feeTxid(this.#trust.ledgerId, epoch), ledger.fees, epoch);
    }
    if (updateTree(overlay, coins, epoch) !== checkpoint.stateRoot) {
      return err('the outputs miss the stateRoot');
    }
    overlay.put(certificateKey(epoch), encodeCertificate(ledger.certificate));
    overlay.commit();
    this.#setHead(checkpoint);
    return ok(null);
  }

  #setHead(checkpoint: Checkpoint): void {
    this.#head = { checkpoint, digest: checkpointDigest(checkpoint) };
  }
}

/**
 * A state on its way into an empty store, page by page, so that it may be larger than memory. Nothing
 * of it counts before `finish` has found the certified root; after an error the store is to be thrown away.
 */
export class Installation {
  readonly #store: LedgerStore;
  readonly #coins: Coins;
  readonly #certificate: Certificate;
  readonly #installed: () => void;
  #last = '';
  #root: Digest = ZERO_DIGEST;

  constructor(store: LedgerStore, certificate: Certificate, installed: () => void) {
    this.#store = store;
    this.#coins = new Coins(store);
    this.#certificate = certificate;
    this.#installed = installed;
  }

  get epoch(): Epoch {
    return this.#certificate.checkpoint.epoch;
  }

  /** The leaves of all pages together ascend by txid. */
  add(leaves: readonly SnapshotLeaf[]): Result<null, string> {
    for (const { txid, acceptedEpoch, unspent } of leaves) {
      if (txid <= this.#last) return err('the snapshot is not ascending by txid');
      if (unspent.length === 0) return err(`${txid} has nothing unspent`);
      if (acceptedEpoch > this.epoch) return err(`${txid} is of a later epoch`);
      this.#last = txid;
      this.#coins.install(txid, acceptedEpoch, unspent);
    }
    this.#root = updateTree(this.#store, this.#coins, this.epoch);
    return ok(null);
  }

  finish(): Result<null, string> {
    if (this.#root !== this.#certificate.checkpoint.stateRoot) {
      return err('the outputs miss the stateRoot');
    }
    this.#store.put(certificateKey(this.epoch), encodeCertificate(this.#certificate));
    this.#installed();
    return ok(null);
  }
}

/** Takes what changed in the coins into the tree; returns its root. */
function updateTree(store: LedgerStore, coins: Coins, epoch: Epoch): Digest {
  const changes = new Map<TxId, Digest | null>();
  for (const txid of runToEnd(coins.flush())) changes.set(txid, coins.leafAt(txid, epoch));
  return runToEnd(updateState(store, changes));
}

/** Applies parents before children; returns how many could not be applied. */
function applyAll(coins: Coins, txs: readonly Transaction[], epoch: Epoch): number {
  const children = new Map<TxId, Transaction[]>();
  const pending = new Set(txs.map((tx) => tx.txid));
  const ready: Transaction[] = [];
  const place = (tx: Transaction): void => {
    const parent = tx.inputs.find((input) => pending.has(input.txid));
    if (parent === undefined) {
      ready.push(tx);
      return;
    }
    const siblings = children.get(parent.txid);
    if (siblings === undefined) children.set(parent.txid, [tx]);
    else siblings.push(tx);
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
