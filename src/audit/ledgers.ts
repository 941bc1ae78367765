import { checkpointDigest } from '../codec/checkpoint.ts';
import { genesisCoins, paramsDigest } from '../codec/genesis.ts';
import { listRoot } from '../codec/merkle-list.ts';
import type { SnapshotLeaf } from '../codec/snapshot.ts';
import { decodeTransaction } from '../codec/transaction.ts';
import { feeTxid } from '../ledger/fees.ts';
import { outcomeLeaf } from '../ledger/outcomes.ts';
import { verifyCertificate } from '../ledger/proofs.ts';
import type { StoredLedger } from '../replica/state-sync/snapshot.ts';
import { stateRootOf } from '../sim/reference/state-root.ts';
import { type Digest, type Epoch, type OutpointKey, outpointKey, type TxId } from '../types/ids.ts';
import type { Certificate, Checkpoint, Coin } from '../types/ledger.ts';
import type { Output, Transaction } from '../types/transaction.ts';
import type { AuditedBeginning } from './beginning.ts';
import type { Subject } from './subject.ts';

/** What is wrong with a ledger; thrown within this file only. */
class Fault extends Error {}

/**
 * The chain of certified checkpoints, and the ledgers between them added up in the plainest way: a map of
 * unspent outputs. Nothing here uses the node's coins, fees or state tree.
 */
export class LedgerAudit {
  readonly #subject: Subject;
  readonly #isBlock: (digest: Digest) => boolean;
  #unspent: Map<OutpointKey, Coin>;
  readonly #total: bigint;
  #carried = 0n;
  #last: { readonly digest: Digest; readonly checkpoint: Checkpoint | null };
  /** Outputs touched since a state root was recomputed: one is due when that has paid for it. */
  #touched = 0;
  #isRooted = true;
  /** An epoch left without certificate is behind: what its ledger did is not known here. */
  #isLost = false;

  constructor(
    subject: Subject,
    isBlock: (digest: Digest) => boolean,
    from: AuditedBeginning | null = null,
  ) {
    this.#subject = subject;
    this.#isBlock = isBlock;
    this.#unspent = new Map(genesisCoins(subject.genesis));
    this.#total = sumOf(this.#unspent.values());
    this.#last = { digest: subject.ledgerId, checkpoint: null };
    if (from !== null) this.#begin(from);
  }

  /** Value is conserved: what is neither unspent nor paid out yet are fees. */
  #begin({ leaves, certificate: { checkpoint } }: AuditedBeginning): void {
    this.#unspent = new Map(leaves.flatMap(coinsOf));
    this.#carried = this.#total - sumOf(this.#unspent.values());
    this.#last = { digest: checkpointDigest(checkpoint), checkpoint };
  }

  /** The newest certified checkpoint. */
  get newest(): Checkpoint | null {
    return this.#last.checkpoint;
  }

  /** Epochs come in order, each once. */
  take(certificate: Certificate, ledger: StoredLedger | undefined): void {
    const { findings, counts } = this.#subject;
    const { checkpoint } = certificate;
    const where = `epoch ${checkpoint.epoch}`;
    counts.certificates += 1;
    this.#noteGap(checkpoint.epoch);
    const wrong = this.#wrongCertificate(certificate);
    if (wrong !== null) findings.add('bad-certificate', where, wrong);
    this.#last = { digest: checkpointDigest(checkpoint), checkpoint };
    if (this.#isLost) return;
    try {
      if (ledger === undefined) throw new Fault('there is no ledger for the certificate');
      this.#apply(checkpoint, ledger);
      counts.ledgers += 1;
      counts.outcomes += ledger.outcomes.length;
      this.#isRooted = false;
      if (this.#touched >= this.#unspent.size) this.#root(checkpoint);
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      findings.add('ledger-differs', where, fault.message);
    }
  }

  /** The state root of the newest epoch, if that has not been recomputed yet. */
  finish(): void {
    const { checkpoint } = this.#last;
    if (checkpoint === null || this.#isRooted || this.#isLost) return;
    try {
      this.#root(checkpoint);
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      this.#subject.findings.add('ledger-differs', `epoch ${checkpoint.epoch}`, fault.message);
    }
  }

  /** Before a stop checkpoint epochs may have none of their own (PROTOCOL.md rule 9.7). */
  #noteGap(epoch: Epoch): void {
    const { genesis, findings } = this.#subject;
    const before = this.#last.checkpoint?.epoch ?? 0;
    const { generationEpochs } = genesis.params;
    if (generationEpochs === undefined || epoch % generationEpochs !== 0) return;
    if (epoch === before + 1 || this.#isLost) return;
    this.#isLost = true;
    findings.note(
      `epochs ${before + 1} to ${epoch - 1} rest on the certificate of ${epoch}: ledgers from there on are not added up`,
    );
  }

  #wrongCertificate(certificate: Certificate): string | null {
    const { ledgerId, committee, verifier, counts, genesis } = this.#subject;
    const { checkpoint, signatures } = certificate;
    counts.certificateSignatures += signatures.length;
    const verified = verifyCertificate(certificate, { ledgerId, committee, verifier });
    if (!verified.ok) return verified.error;
    const before = this.#last.checkpoint;
    const isNext = checkpoint.epoch === (before?.epoch ?? 0) + 1;
    if (!isNext && !this.#isLost) return 'an epoch is missing before it';
    if (isNext && checkpoint.prev !== this.#last.digest) return 'it does not name the one before';
    if (checkpoint.timeMs <= (before?.timeMs ?? 0)) return 'its time is not later';
    if (checkpoint.paramsDigest !== paramsDigest(genesis.params)) return 'other parameters';
    return this.#isBlock(checkpoint.cut) ? null : 'its cut is no block of the journal';
  }

  #apply(checkpoint: Checkpoint, { outcomes, accepted, fees }: StoredLedger): void {
    const { epoch } = checkpoint;
    const right = outcomes.filter((outcome) => outcome.accepted);
    if (listRoot(outcomes.map(outcomeLeaf)) !== checkpoint.txRoot) throw new Fault('txRoot');
    if (right.length !== checkpoint.acceptedCount) throw new Fault('the accepted are miscounted');
    if (outcomes.length - right.length !== checkpoint.rejectedCount) {
      throw new Fault('the rejected are miscounted');
    }
    const txs = [...accepted].map(opened);
    if (txs.some(({ txid }, index) => txid !== right[index]?.txid)) {
      throw new Fault('the transactions are not those of the outcomes');
    }
    for (const { txid, outputs } of txs) this.#create(txid, outputs, epoch);
    let collected = 0n;
    for (const tx of txs) collected += this.#spend(tx);
    this.#payFees(epoch, fees, collected);
  }

  #create(txid: TxId, outputs: readonly Output[], acceptedEpoch: number): void {
    for (const [index, { amount, lock }] of outputs.entries()) {
      const key = outpointKey(txid, index);
      if (this.#unspent.has(key)) throw new Fault(`${txid} is accepted twice`);
      this.#unspent.set(key, { amount, lock, acceptedEpoch, spentBy: null, spentEpoch: 0 });
      this.#touched += 1;
    }
  }

  /** Returns the fee. */
  #spend({ txid, inputs, outputs }: Transaction): bigint {
    let fee = 0n;
    for (const input of inputs) {
      const key = outpointKey(input.txid, input.index);
      const coin = this.#unspent.get(key);
      if (coin === undefined) throw new Fault(`${txid} spends ${key}, which is not unspent`);
      this.#unspent.delete(key);
      this.#touched += 1;
      fee += coin.amount;
    }
    for (const { amount } of outputs) fee -= amount;
    if (fee < this.#subject.genesis.params.minFee) throw new Fault(`${txid} pays a fee of ${fee}`);
    return fee;
  }

  #payFees(epoch: number, fees: readonly Output[], collected: bigint): void {
    const paid = fees.reduce((sum, { amount }) => sum + amount, 0n);
    this.#carried += collected - paid;
    if (this.#carried < 0n) throw new Fault('more fees are paid out than were collected');
    this.#create(feeTxid(this.#subject.ledgerId, epoch), fees, epoch);
  }

  #root(checkpoint: Checkpoint): void {
    this.#isRooted = true;
    this.#touched = 0;
    this.#subject.counts.stateRoots += 1;
    if (stateRootOf(this.#unspent) !== checkpoint.stateRoot) throw new Fault('stateRoot');
    const kept = sumOf(this.#unspent.values()) + this.#carried;
    if (kept !== this.#total) throw new Fault(`value is ${kept} instead of ${this.#total}`);
  }
}

function coinsOf({ txid, acceptedEpoch, unspent }: SnapshotLeaf): [OutpointKey, Coin][] {
  return unspent.map(({ index, amount, lock }) => [
    outpointKey(txid, index),
    { amount, lock, acceptedEpoch, spentBy: null, spentEpoch: 0 },
  ]);
}

function opened(bytes: Uint8Array): Transaction {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) throw new Fault(`a transaction is none: ${decoded.error.detail}`);
  return decoded.value;
}

function sumOf(coins: Iterable<Coin>): bigint {
  let sum = 0n;
  for (const { amount } of coins) sum += amount;
  return sum;
}
