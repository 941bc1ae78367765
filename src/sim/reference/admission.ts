import type { Block } from '../../types/block.ts';
import type { RefusalCode } from '../../types/errors.ts';
import type { Digest, Epoch, OutpointKey, Seq, TxId } from '../../types/ids.ts';
import { outpointKey } from '../../types/ids.ts';
import type { Output, Transaction } from '../../types/transaction.ts';
import type { Bits } from './bits.ts';
import { checkpointDigestOf } from './checkpoint.ts';
import { cutsIn, faultOfVotes } from './consensus.ts';
import type { Entry } from './entry.ts';
import type { Ledger } from './ledger.ts';
import { Ledgers } from './ledger.ts';
import type { Setting } from './model.ts';
import { cleanVerdictLanes, equivocators, everything, Model } from './model.ts';

export type Answer =
  | { readonly kind: 'admitted'; readonly entry: Entry }
  /** Names a block that is not admitted (yet, or ever). */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly detail: string };

type Refusal = { readonly code: RefusalCode; readonly detail: string };

/** Admission by definition: a function of a decoded block, its signatures checked, and its history. */
export class Reference {
  readonly model: Model;
  readonly ledgers: Ledgers;

  constructor(setting: Setting) {
    this.model = new Model(setting);
    this.ledgers = new Ledgers(this.model);
  }

  admit(block: Block): Answer {
    const known = this.model.byDigest.get(block.digest);
    if (known !== undefined) return { kind: 'admitted', entry: known };
    if (!this.#begins(block.header.generation)) return { kind: 'waiting' };
    const entry = this.model.candidate(block);
    if (entry === undefined) return { kind: 'waiting' };
    const early = this.#judgeShape(entry) ?? this.#judgeFlow(entry);
    if (early !== undefined) return { kind: 'refused', ...early };
    this.model.register(entry);
    const late = this.#judgeContent(entry);
    if (late === undefined) return { kind: 'admitted', entry };
    this.model.unregister(entry);
    return { kind: 'refused', ...late };
  }

  /** The newest ledger whose cut is decided in the history. */
  ledgerIn(history: Bits): Ledger | undefined {
    const cuts = cutsIn(this.model, { history });
    return cuts.length === 0 ? undefined : this.ledgers.of(cuts.at(-1)!, cuts.length);
  }

  /** Rule 3(b): accepted in a ledger decided in the history, or clean there and not rejected. */
  settledIn(txid: TxId, history: Bits, ledger: Ledger | undefined): boolean {
    const outcome = ledger?.outcomes.get(txid)?.outcome;
    if (outcome !== undefined) return outcome.accepted;
    const tx = this.model.transactions.get(txid);
    if (tx === undefined) return this.#isGenesis(txid);
    const clean = cleanVerdictLanes(this.model, txid, history);
    if (clean.size < this.model.setting.quorum) return false;
    return tx.inputs.every((input) => this.settledIn(input.txid, history, ledger));
  }

  /** Is the stop cut before the generation decided? */
  #begins(generation: number): boolean {
    const { beginnings, setting } = this.model;
    const { generationEpochs } = setting;
    if (generationEpochs === 0 || generation < beginnings.length) return true;
    const cuts = cutsIn(this.model, { history: everything(this.model) });
    while (generation >= beginnings.length) {
      const stop = beginnings.length * generationEpochs;
      if (cuts.length < stop) return false;
      const before = cuts.slice(0, stop);
      const digest = checkpointDigestOf(this.model, this.ledgers, before, stop);
      beginnings.push({ cuts: before, digest });
    }
    return true;
  }

  #isGenesis(txid: TxId): boolean {
    return this.model.setting.genesis.has(outpointKey(txid, 0));
  }

  /** Rules 1 and 2, as far as they are not a matter of encoding. */
  #judgeShape(entry: Entry): Refusal | undefined {
    const { header } = entry.block;
    if (entry.lane >= this.model.setting.n) return { code: 'bad-lane', detail: 'no member' };
    if (header.ledgerId !== this.model.setting.ledgerId) {
      return { code: 'wrong-ledger', detail: 'made for another ledger' };
    }
    const { beginnings } = this.model;
    const named = [entry.prev, ...entry.refs];
    const isApart = named.some(
      (other) => (other?.generation ?? entry.generation) !== entry.generation,
    );
    if (isApart || beginnings[entry.generation] === undefined) {
      return { code: 'bad-generation', detail: 'names blocks of another one' };
    }
    if (!chained(entry, beginnings[entry.generation]!.digest))
      return { code: 'bad-seq', detail: 'does not follow prev' };
    if (entry.prev !== null && header.timeMs < entry.prev.block.header.timeMs) {
      return { code: 'bad-time', detail: 'earlier than prev' };
    }
    for (const [i, ref] of header.refs.entries()) {
      const named = entry.refs[i]!;
      if (named.lane !== ref.lane || named.seq !== ref.seq || ref.generation !== entry.generation) {
        return { code: 'bad-ref', detail: 'names a false place' };
      }
      if (ref.lane === entry.lane || ref.lane <= (header.refs[i - 1]?.lane ?? -1)) {
        return { code: 'bad-ref', detail: 'own lane, or not ascending' };
      }
    }
    const forked = this.#equivocatorsWith(entry);
    return entry.refs.some((ref) => forked.has(ref.lane))
      ? { code: 'ref-to-equivocator', detail: 'names a block of a lane that forks' }
      : undefined;
  }

  #equivocatorsWith(entry: Entry): Set<number> {
    const { entries } = this.model;
    entries.push(entry);
    const found = equivocators(this.model, entry.history);
    entries.pop();
    return found;
  }

  /** Rule 5: payload blocks of the chain above the seq that Q lanes have, in the history of prev and refs. */
  #judgeFlow(entry: Entry): Refusal | undefined {
    if (entry.block.txs.length === 0) return undefined;
    const { n, quorum, laneWindowMax } = this.model.setting;
    const reached = new Array<Seq>(n).fill(0);
    for (const index of entry.history.members()) {
      if (index === entry.index) continue;
      const { lane, tops } = this.model.entries[index]!;
      reached[lane] = Math.max(reached[lane]!, tops[entry.lane]!);
    }
    const certified = reached.sort((a, b) => b - a)[quorum - 1]!;
    let above = 0;
    for (let at: Entry | null = entry; at !== null && at.seq > certified; at = at.prev) {
      if (at.block.txs.length > 0) above++;
    }
    return above > laneWindowMax
      ? { code: 'lane-window', detail: `${above} payload blocks are not certified` }
      : undefined;
  }

  /** Rules 3 and 4 and the epoch; the block is registered, so that its own votes count. */
  #judgeContent(entry: Entry): Refusal | undefined {
    const scope = { history: entry.history, until: { at: entry, position: 0 } };
    const before = cutsIn(this.model, scope);
    const votes = faultOfVotes(this.model, entry, before);
    if (votes !== undefined) return { code: 'bad-vote', detail: votes };
    // Only a COMMIT of its own decides what was not decided before it.
    const commits = entry.block.votes.some((vote) => vote.kind === 'commit');
    const epoch = commits ? cutsIn(this.model, entry).length : before.length;
    entry.epoch = epoch;
    if (entry.block.header.epoch !== epoch) {
      return { code: 'bad-epoch', detail: `${entry.block.header.epoch}, not ${epoch}` };
    }
    if (
      this.model.isStop(before.length) &&
      before.length > this.model.cutsBefore(entry.history).length
    ) {
      return { code: 'bad-generation', detail: 'its generation is over' };
    }
    const ledger = before.length === 0 ? undefined : this.ledgers.of(before.at(-1)!, before.length);
    const { txs } = entry.block;
    for (const tx of txs) {
      const itself = faultInItself(this.model.setting, tx, epoch);
      if (itself !== undefined) return itself;
    }
    // A chain that is void spends what it likes.
    if (entry.prev !== null && !entry.prev.isSound) return undefined;
    for (let i = 0; i < txs.length; i++) {
      const fault = this.#judgeTransaction(entry, epoch, ledger, i);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #judgeTransaction(
    entry: Entry,
    epoch: Epoch,
    ledger: Ledger | undefined,
    position: number,
  ): Refusal | undefined {
    const tx = entry.block.txs[position]!;
    if (chainBefore(entry, position).some(({ txid }) => txid === tx.txid)) {
      return { code: 'copy-in-chain', detail: tx.txid };
    }
    const coins = new Map<OutpointKey, Output>();
    for (const input of tx.inputs) {
      const key = outpointKey(input.txid, input.index);
      const output = this.#spendable(entry, ledger, position, input.txid, input.index);
      if (output === undefined) return { code: 'unknown-parent', detail: key };
      coins.set(key, output);
      const coin = ledger?.coins.get(key);
      if (coin !== undefined && coin.spentBy !== null && coin.spentEpoch <= epoch - 2) {
        return { code: 'stale-input', detail: key };
      }
    }
    return (
      faultOfCoins(this.model.setting, tx, [...coins.values()]) ??
      this.#rivalInChain(entry, ledger, position)
    );
  }

  /** The output that an input names, when rule 3 lets it be spent in this block. */
  #spendable(
    entry: Entry,
    ledger: Ledger | undefined,
    position: number,
    txid: TxId,
    index: number,
  ): Output | undefined {
    const earlier = chainBefore(entry, position).find((tx) => tx.txid === txid);
    if (earlier !== undefined) return earlier.outputs[index];
    const coin = (ledger?.coins ?? this.model.setting.genesis).get(outpointKey(txid, index));
    if (coin !== undefined) return coin;
    // What a ledger has accepted and has no coin for was spent in an earlier generation.
    if (ledger?.outcomes.get(txid)?.outcome.accepted === true) return undefined;
    const settled = this.settledIn(txid, entry.history, ledger);
    return settled ? this.model.transactions.get(txid)?.outputs[index] : undefined;
  }

  #rivalInChain(entry: Entry, ledger: Ledger | undefined, position: number): Refusal | undefined {
    const { txid, inputs } = entry.block.txs[position]!;
    const spent = new Set(inputs.map((input) => outpointKey(input.txid, input.index)));
    const standing = chainBefore(entry, position).find(
      (tx) =>
        tx.inputs.some((input) => spent.has(outpointKey(input.txid, input.index))) &&
        ledger?.outcomes.get(tx.txid)?.outcome.accepted !== false,
    );
    return standing === undefined
      ? undefined
      : { code: 'rival-in-chain', detail: `${txid} and ${standing.txid}` };
  }
}

/** Transactions earlier in the same chain, or earlier in the same block. */
function chainBefore(entry: Entry, position: number): Transaction[] {
  const found = entry.block.txs.slice(0, position);
  for (let at = entry.prev; at !== null; at = at.prev) found.push(...at.block.txs);
  return found;
}

function chained(entry: Entry, beginning: Digest): boolean {
  const { header } = entry.block;
  if (header.committee !== 0) return false;
  if (entry.prev === null) return entry.seq === 1 && header.prev === beginning;
  return entry.prev.lane === entry.lane && entry.prev.seq + 1 === entry.seq;
}

const U64_MAX = 2n ** 64n - 1n;

function faultInItself(setting: Setting, tx: Transaction, epoch: Epoch): Refusal | undefined {
  if (tx.ledgerId !== setting.ledgerId) {
    return { code: 'bad-transaction', detail: 'made for another ledger' };
  }
  if (tx.validUntil < epoch) return { code: 'expired', detail: tx.txid };
  const keys = tx.inputs.map((input) => outpointKey(input.txid, input.index));
  if (keys.length === 0 || tx.outputs.length === 0 || new Set(keys).size < keys.length) {
    return { code: 'bad-transaction', detail: 'inputs or outputs' };
  }
  const total = tx.outputs.reduce((sum, output) => sum + output.amount, 0n);
  if (total > U64_MAX || tx.outputs.some((output) => output.amount <= 0n)) {
    return { code: 'bad-transaction', detail: 'amounts' };
  }
  return undefined;
}

function faultOfCoins(
  setting: Setting,
  tx: Transaction,
  coins: readonly Output[],
): Refusal | undefined {
  const locks = new Set(coins.map((coin) => coin.lock));
  const opened = new Set(tx.witnessLocks);
  if (locks.size !== opened.size || [...locks].some((lock) => !opened.has(lock))) {
    return { code: 'bad-witness', detail: tx.txid };
  }
  const spent = coins.reduce((sum, coin) => sum + coin.amount, 0n);
  const made = tx.outputs.reduce((sum, output) => sum + output.amount, 0n);
  return spent < made + setting.minFee
    ? { code: 'bad-amount', detail: `${spent} in, ${made} out` }
    : undefined;
}
