import { decodeTransaction, encodeTransaction } from '../../codec/transaction.ts';
import { assert } from '../../std/assert.ts';
import type { Vote } from '../../types/block.ts';
import { inputOf, type Output, type Transaction, type Witness } from '../../types/transaction.ts';
import type { Entry } from '../reference/entry.ts';
import { keyOwner, signTransaction } from '../world/wallet.ts';
import type { Attack } from './attacks.ts';
import type { Forgery } from './forgery.ts';

/** Nobody's key but the forger's. */
const THIEF = keyOwner(999);
const VALID_UNTIL = 10_000;

/** What can be tried where not everybody checks everything (PROTOCOL.md section 10). */
export const CHECK_ATTACKS = {
  'forged-theft': {
    tries: 'spends a coin that nobody has touched, whose owner is known from another payment',
    act(forgery) {
      const theft = theftOf(forgery);
      if (theft !== undefined) carry(forgery, [theft], forgery.head);
    },
  },
  'forged-rival': {
    tries: 'a rival of a payment, which its owner did not sign',
    act(forgery) {
      const tx = victim(forgery);
      if (tx !== undefined) carry(forgery, [robbery(tx)]);
    },
  },
  'forged-copy': {
    tries: 'a payment as it is, with a witness that does not sign',
    act(forgery) {
      const tx = victim(forgery);
      if (tx !== undefined) carry(forgery, [withWitnesses(tx, tx.witnesses.map(spoiled))]);
    },
  },
  'forged-parent': {
    tries: 'spends what a forged transaction gives, rightly signed, in the same block or the next',
    act(forgery) {
      const tx = victim(forgery);
      if (tx === undefined) return;
      const parent = robbery(tx);
      const child = spending(parent);
      const isOne = forgery.ports.prng.chance(0.5);
      const first = carry(forgery, isOne ? [parent, child] : [parent]);
      if (isOne || first === undefined) return;
      const entry = forgery.ports.wire.reference.model.byDigest.get(first.digest);
      if (entry !== undefined) carry(forgery, [child], entry);
    },
  },
  'forged-among-honest': {
    tries: 'honest payments of others in one block with a forged one',
    act(forgery) {
      const { prng, transactions } = forgery.ports;
      const tx = victim(forgery);
      const honest = prng.shuffled(transactions()).slice(0, 2);
      if (tx !== undefined) carry(forgery, prng.shuffled([...honest, robbery(tx)]));
    },
  },
  'false-checks': {
    tries: 'says of everything that it has been checked, on two branches at times',
    act(forgery) {
      const one = vouching(forgery, forgery.head);
      if (forgery.ports.prng.chance(0.3)) forgery.fork(one, vouching(forgery, forgery.head));
      else if (one !== undefined) forgery.show(one, forgery.others);
    },
  },
} as const satisfies Record<string, Attack>;

export type CheckAttackName = keyof typeof CHECK_ATTACKS;
export const CHECK_ATTACK_NAMES = Object.keys(CHECK_ATTACKS) as CheckAttackName[];

/** Somebody's newest payments are the ones worth a race. */
function victim({ ports: { prng, transactions } }: Forgery): Transaction | undefined {
  const known = transactions();
  return known.length === 0 ? undefined : prng.pick(known.slice(-3));
}

/** In a block, shown to all, to some, or to those alone that leave the checking to others (rule 10.4). */
function carry(forgery: Forgery, txs: readonly Transaction[], prev?: Entry | null) {
  const { prng } = forgery.ports;
  const after = prev === undefined ? forgery.choosePrev() : prev;
  const block = forgery.build({ prev: after, txs, votes: words(forgery) });
  if (block === undefined) return undefined;
  const some = prng.shuffled(forgery.others);
  const { n } = forgery.ports.wire.reference.model.setting;
  const { lane, epoch } = block.header;
  const drawn = (lane + 1 + (epoch % (n - 1))) % n;
  const shown = prng.pick([
    some,
    some.filter((other) => other !== drawn),
    some.slice(0, prng.between(1, some.length)),
  ]);
  forgery.show(block, shown);
  return block;
}

function vouching(forgery: Forgery, prev: Entry | null) {
  return forgery.build({ prev, txs: [], votes: words(forgery) });
}

/** Of each other lane that it has seen all of it; what its block does not have makes the votes inadmissible. */
function words(forgery: Forgery): Vote[] {
  const { prng } = forgery.ports;
  if (prng.chance(0.3)) return [];
  return forgery.others.flatMap((lane): Vote[] => {
    const newest = forgery.entriesOf(lane).at(-1);
    if (newest === undefined || prng.chance(0.2)) return [];
    return [{ kind: 'checked', lane, seq: prng.between(1, newest.seq) }];
  });
}

/** It conflicts with nothing, so nobody has a reason to look but the rules. */
function theftOf({ ports: { prng, transactions, wire } }: Forgery): Transaction | undefined {
  const known = transactions();
  const spent = new Set(known.flatMap(({ inputs }) => inputs.map(({ key }) => key)));
  const { genesis } = wire.reference.model.setting;
  for (const tx of prng.shuffled(known)) {
    const [lock] = tx.witnessLocks;
    const coin = [...genesis].find(([key, output]) => !spent.has(key) && output.lock === lock);
    if (coin === undefined) continue;
    const [key, { amount }] = coin;
    const outputs = [{ amount: amount - 1n, lock: THIEF.lock }];
    const witnesses = tx.witnesses.slice(0, 1).map(spoiled);
    return withWitnesses({ ...tx, inputs: [inputOf(key)], outputs }, witnesses);
  }
  return undefined;
}

/** The same inputs to the thief, without the owner's signature. */
function robbery(tx: Transaction): Transaction {
  const total = tx.outputs.reduce((sum, { amount }) => sum + amount, 0n);
  return withWitnesses(tx, tx.witnesses.map(spoiled), [{ amount: total, lock: THIEF.lock }]);
}

function spending(parent: Transaction): Transaction {
  const [output] = parent.outputs;
  const { txid, ledgerId } = parent;
  const amount = output!.amount;
  const input = { txid, index: 0, amount, owner: THIEF };
  const { bytes } = signTransaction(
    ledgerId,
    [input],
    [{ amount: amount - 1n, lock: THIEF.lock }],
    VALID_UNTIL,
  );
  return decoded(bytes);
}

function withWitnesses(
  { ledgerId, validUntil, inputs, outputs }: Transaction,
  witnesses: readonly Witness[],
  instead: readonly Output[] = outputs,
): Transaction {
  return decoded(encodeTransaction({ ledgerId, validUntil, inputs, outputs: instead }, witnesses));
}

function decoded(bytes: Uint8Array): Transaction {
  const made = decodeTransaction(bytes);
  assert(made.ok, 'a forged transaction is well-formed');
  return made.value;
}

function spoiled(witness: Witness): Witness {
  if (witness.kind === 'key') return { ...witness, signature: flipped(witness.signature) };
  const signatures = witness.signatures.map(({ index, signature }) => {
    return { index, signature: flipped(signature) };
  });
  return { ...witness, signatures };
}

function flipped(signature: Uint8Array): Uint8Array {
  return signature.map((byte, i) => (i === 20 ? byte ^ 1 : byte));
}
