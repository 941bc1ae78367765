import { openBlock, openTransaction } from '../replica/ingress.ts';
import type { Policy } from '../replica/replica-options.ts';
import { Reference } from '../sim/reference/admission.ts';
import { drawScenario } from '../sim/scenario.ts';
import { mockSigner, mockVerifier } from '../sim/world/mock-signatures.ts';
import { type Stage, setStage } from '../sim/world/stage.ts';
import { keyOwner, type Spendable, signTransaction } from '../sim/world/wallet.ts';
import { GENESIS_AMOUNT, MIN_FEE } from '../sim/world/workload.ts';
import { defined } from '../std/assert.ts';
import type { Block } from '../types/block.ts';
import type { Digest, LaneId, TxId } from '../types/ids.ts';
import type { Signer } from '../types/signature.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import type { Scope } from './scope.ts';

/** Ordinal of a block among all blocks of all explored worlds; every block stands after those it names. */
export type BlockId = number;
/** A set of payments, one bit each, in the order of the scope. */
export type Mask = number;

/** A block that exists in some explored world, and what the definitions say of it. */
export type KnownBlock = {
  readonly id: BlockId;
  readonly name: string;
  readonly block: Verified<Block>;
  readonly lane: LaneId;
  /** Directly named blocks: prev, if there is one, and refs. */
  readonly names: readonly BlockId[];
  /** Everything reachable, ascending, without itself. */
  readonly history: readonly BlockId[];
  /** By src/sim/reference: null, or why no correct validator may admit it. */
  readonly refused: string | null;
  /** Payments for which this very block is its chain's verdict block and the verdict clean (rule 3.3). */
  readonly cleanVerdicts: Mask;
  readonly verdicts: Mask;
};

/** Validators; the scopes are made for one Byzantine lane of four. */
const N = 4;
const NEVER_MS = 1e12;
export const VIEW_TIMEOUT_MS = 1000;

/**
 * Time stands still between own blocks, which are a millisecond apart. Nothing happens by the clock but
 * view time-outs, and these when the exploration lets the clock jump.
 */
const POLICY: Policy = {
  minBlockIntervalMs: 1,
  batchTimeoutMs: NEVER_MS,
  batchTxsMax: 100,
  batchBytesMax: 100_000,
  laneWindow: 8,
  epochIntervalMs: 0,
  epochInputs: 1_000_000,
  minEpochIntervalMs: 0,
  viewTimeoutMs: VIEW_TIMEOUT_MS,
  reproposeAfterMs: NEVER_MS,
  resyncMs: NEVER_MS,
  mempoolTxsMax: 100,
  mempoolBytesMax: 100_000,
  uncheckpointedTxsMax: 100,
  checkSpares: 0,
  checkPatienceMs: NEVER_MS,
};

function exploredStage(): Stage {
  const rates = { owners: 1, payments: 0, chains: 0, doubleSpends: 0, copies: 0, multi: 0 };
  return setStage({
    ...drawScenario('explorer', N),
    workload: { ...rates, invalid: 0 },
    policy: POLICY,
    laneWindowMax: 8,
  });
}

/** All blocks of all worlds of one scope, each judged once, by the definitions, from its history alone. */
export class Universe {
  readonly scope: Scope;
  readonly stage: Stage;
  readonly transactions: readonly Verified<Transaction>[];
  /** Per payment the payments that spend one of its inputs too. */
  readonly rivals: readonly Mask[];
  /** Per payment the payments whose outputs it spends. */
  readonly parents: readonly Mask[];
  readonly blocks: KnownBlock[] = [];
  readonly #byDigest = new Map<Digest, BlockId>();
  readonly #bits: ReadonlyMap<TxId, Mask>;

  constructor(scope: Scope) {
    this.scope = scope;
    this.stage = exploredStage();
    this.transactions = signAll(scope, this.stage);
    this.#bits = new Map(this.transactions.map(({ txid }, i) => [txid, 1 << i]));
    this.rivals = this.transactions.map((tx, i) => this.#rivalsOf(tx) & ~(1 << i));
    this.parents = this.transactions.map((tx) =>
      tx.inputs.reduce((mask, input) => mask | this.bit(input.txid), 0),
    );
  }

  get n(): number {
    return this.stage.committee.n;
  }

  signer(lane: LaneId): Signer {
    return mockSigner(this.stage.committee.publicKey(lane));
  }

  /** 0 for what is no payment of the scope. */
  bit(txid: TxId): Mask {
    return this.#bits.get(txid) ?? 0;
  }

  payment(name: string): Verified<Transaction> {
    const index = this.scope.payments.findIndex((payment) => payment.name === name);
    return defined(this.transactions[index], `a payment ${name}`);
  }

  paymentNames(mask: Mask): string {
    return this.scope.payments
      .filter((_, i) => (mask & (1 << i)) !== 0)
      .map(({ name }) => name)
      .join(', ');
  }

  at(id: BlockId): KnownBlock {
    return this.blocks[id] as KnownBlock;
  }

  find(digest: Digest): BlockId | undefined {
    return this.#byDigest.get(digest);
  }

  /** Takes a block in, with what it names known; a name is given to those of a menu. */
  intern(block: Block, menuName?: string): KnownBlock {
    const known = this.#byDigest.get(block.digest);
    if (known !== undefined) return this.at(known);
    const { lane, seq, prev, refs } = block.header;
    const digests = [...(seq === 1 ? [] : [prev]), ...refs.map((ref) => ref.digest)];
    const names = digests.map((digest) => defined(this.find(digest), 'it names known blocks'));
    const history = new Set(names);
    for (const id of names) for (const earlier of this.at(id).history) history.add(earlier);
    const made: KnownBlock = {
      id: this.blocks.length,
      name: menuName ?? `${lane}/${seq}`,
      block: this.#open(block),
      lane,
      names,
      history: [...history].sort((a, b) => a - b),
      ...this.#judge(block, history),
    };
    this.blocks.push(made);
    this.#byDigest.set(block.digest, made.id);
    return made;
  }

  /** A reference that has taken exactly these blocks, which are given in an order of admission. */
  reference(ids: Iterable<BlockId>): Reference {
    const reference = new Reference(this.stage.setting);
    for (const id of ids) reference.admit(this.at(id).block);
    return reference;
  }

  #open({ bytes }: Block): Verified<Block> {
    const { committee, ledgerId } = this.stage;
    const opened = openBlock(bytes, committee, ledgerId, mockVerifier);
    if (!opened.ok) throw new Error(`no well-formed block: ${opened.error.detail}`);
    return opened.value;
  }

  #judge(
    block: Block,
    history: ReadonlySet<BlockId>,
  ): Pick<KnownBlock, 'refused' | 'cleanVerdicts' | 'verdicts'> {
    const reference = this.reference([...history].sort((a, b) => a - b));
    const answer = reference.admit(block);
    if (answer.kind !== 'admitted') {
      const refused = answer.kind === 'waiting' ? 'names a refused block' : answer.code;
      return { refused, cleanVerdicts: 0, verdicts: 0 };
    }
    let [cleanVerdicts, verdicts] = [0, 0];
    for (const [txid, given] of reference.model.verdicts) {
      for (const { at, clean } of given) {
        if (at !== answer.entry) continue;
        verdicts |= this.bit(txid);
        if (clean) cleanVerdicts |= this.bit(txid);
      }
    }
    return { refused: null, cleanVerdicts, verdicts };
  }

  #rivalsOf(tx: Transaction): Mask {
    const spent = new Set(tx.inputs.map(({ txid, index }) => `${txid}/${index}`));
    let mask = 0;
    for (const other of this.transactions) {
      const shares = other.inputs.some(({ txid, index }) => spent.has(`${txid}/${index}`));
      if (shares) mask |= this.bit(other.txid);
    }
    return mask;
  }
}

const VALID_UNTIL = 100;

function signAll(scope: Scope, stage: Stage): Verified<Transaction>[] {
  const owner = keyOwner(0);
  const made = new Map<string, Transaction>();
  return scope.payments.map(({ name, spends }, i) => {
    const inputs: Spendable[] = spends.map((spend) => {
      if (typeof spend === 'number') {
        const outpoint = defined(stage.genesisOutpoints[spend], 'an output of genesis');
        return { ...outpoint, amount: GENESIS_AMOUNT, owner };
      }
      const parent = defined(made.get(spend), 'parents come first');
      const { amount } = defined(parent.outputs[0], 'a first output');
      return { txid: parent.txid, index: 0, amount, owner };
    });
    const total = inputs.reduce((sum, { amount }) => sum + amount, 0n);
    // The fee tells payments with the same inputs apart.
    const amount = total - MIN_FEE - BigInt(i);
    const outputs = [{ amount, lock: owner.lock }];
    const { bytes } = signTransaction(stage.ledgerId, inputs, outputs, VALID_UNTIL);
    const opened = openTransaction(bytes, stage.ledgerId, mockVerifier);
    if (!opened.ok) throw new Error(`payment ${name}: ${opened.error.detail}`);
    made.set(name, opened.value);
    return opened.value;
  });
}
