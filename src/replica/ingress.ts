import { inspectBlock } from '../codec/block.ts';
import { decodeTransaction } from '../codec/transaction.ts';
import type { Committee } from '../committee/committee.ts';
import { err, ok, type Result } from '../std/result.ts';
import type { Block, BlockRef, Vote, Witnesses } from '../types/block.ts';
import { type Problem, problem, type Refusal, type RefusalCode } from '../types/errors.ts';
import type { Digest, LedgerId } from '../types/ids.ts';
import type { SignatureCheck, Verifier } from '../types/signature.ts';
import type { Transaction, Verified } from '../types/transaction.ts';

/**
 * Says that all signatures of a value were checked. Besides this file only two may say so: who had
 * them checked elsewhere (`blockChecks`, `transactionChecks`), and who reads what it checked before
 * it wrote it (the own journal).
 */
export function trust<T>(value: T): Verified<T> {
  return value as Verified<T>;
}

/** Were these witnesses of this transaction, of which the leaf is made, verified before? */
export type KnownWitnesses = (leaf: Digest) => boolean;

/** Bytes of anybody to a transaction that is valid in itself; its inputs are not looked up. */
export function openTransaction(
  bytes: Uint8Array,
  ledgerId: LedgerId,
  verifier: Verifier,
): Result<Verified<Transaction>, Problem> {
  const shaped = shapeTransaction(bytes, ledgerId);
  if (!shaped.ok) return shaped;
  if (allVerify(transactionChecks(shaped.value), verifier)) return ok(trust(shaped.value));
  return err(problem('bad-signature', 'a witness does not sign this transaction'));
}

/** openTransaction without the signatures. */
export function shapeTransaction(
  bytes: Uint8Array,
  ledgerId: LedgerId,
): Result<Transaction, Problem> {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok || decoded.value.ledgerId === ledgerId) return decoded;
  return err(problem('wrong-ledger', `made for ledger ${decoded.value.ledgerId}`));
}

/** Bytes of a peer to a block whose admission depends on nothing but its history. */
export function openBlock(
  bytes: Uint8Array,
  committee: Committee,
  ledgerId: LedgerId,
  verifier: Verifier,
): Result<Verified<Block>, Refusal> {
  const shaped = shapeBlock(bytes, committee, ledgerId);
  if (!shaped.ok) return shaped;
  if (allVerify(blockChecks(shaped.value, committee), verifier)) {
    return ok(trust(shaped.value));
  }
  return refuse('bad-signature', 'of the block, a vote or a transaction');
}

/** The same where checks are shared: witnesses that do not sign are no fault of form (rule 10.1). */
export function openSharedBlock(
  bytes: Uint8Array,
  committee: Committee,
  ledgerId: LedgerId,
  verifier: Verifier,
): Result<{ readonly block: Verified<Block>; readonly witnesses: Witnesses }, Refusal> {
  const shaped = shapeBlock(bytes, committee, ledgerId);
  if (!shaped.ok) return shaped;
  if (!allVerify(laneChecks(shaped.value, committee), verifier)) {
    return refuse('bad-signature', 'of the block or a vote');
  }
  const witnesses = allVerify(witnessChecks(shaped.value), verifier) ? 'right' : 'wrong';
  return ok({ block: trust(shaped.value), witnesses });
}

/** openBlock without the signatures. */
export function shapeBlock(
  bytes: Uint8Array,
  committee: Committee,
  ledgerId: LedgerId,
): Result<Block, Refusal> {
  const inspected = inspectBlock(bytes);
  if (!inspected.ok) return inspected;
  const { header, txs, votes } = inspected.value;
  if (header.ledgerId !== ledgerId) return refuse('wrong-ledger', header.ledgerId);
  if (header.lane >= committee.n) return refuse('bad-lane', `lane ${header.lane}`);
  const { generation } = header;
  if (header.seq === 1 && generation === 0 && header.prev !== ledgerId) {
    return refuse('bad-seq', 'the first block does not follow the genesis');
  }
  if (namedIn(inspected.value).some((ref) => ref.generation !== generation)) {
    return refuse('bad-generation', `names a block of another than ${generation}`);
  }
  const strange = header.refs.find((ref) => ref.lane >= committee.n);
  if (strange !== undefined) return refuse('bad-ref', `a ref to lane ${strange.lane}`);
  if (votes.some((vote) => namesStrangeLane(vote, committee.n))) {
    return refuse('bad-vote', 'a vote for a block of no lane');
  }
  const refused = refusedTransaction(txs, ledgerId, header.epoch);
  return refused ?? inspected;
}

/** The signatures of a block: its own, those of checkpoint votes, and its transactions' unless known. */
export function blockChecks(
  block: Block,
  committee: Committee,
  known?: KnownWitnesses,
): SignatureCheck[] {
  return [...laneChecks(block, committee), ...witnessChecks(block, known)];
}

/** What the lane itself signed in a block: its header, and checkpoints. */
export function laneChecks(block: Block, committee: Committee): SignatureCheck[] {
  const publicKey = committee.publicKey(block.header.lane);
  const checks: SignatureCheck[] = [
    { publicKey, digest: block.digest, signature: block.signature },
  ];
  for (const vote of block.votes) {
    if (vote.kind === 'checkpoint') {
      checks.push({ publicKey, digest: vote.checkpoint, signature: vote.signature });
    }
  }
  return checks;
}

export function witnessChecks(block: Block, known?: KnownWitnesses): SignatureCheck[] {
  const checks: SignatureCheck[] = [];
  for (const tx of block.txs) {
    if (known === undefined || !known(tx.leaf)) pushChecks(checks, tx);
  }
  return checks;
}

export function transactionChecks(tx: Transaction): SignatureCheck[] {
  const checks: SignatureCheck[] = [];
  pushChecks(checks, tx);
  return checks;
}

function pushChecks(checks: SignatureCheck[], tx: Transaction): void {
  const digest = tx.txid as string as Digest;
  for (const witness of tx.witnesses) {
    if (witness.kind === 'key') {
      checks.push({ publicKey: witness.publicKey, digest, signature: witness.signature });
      continue;
    }
    for (const { index, signature } of witness.signatures) {
      checks.push({ publicKey: witness.publicKeys[index] as Uint8Array, digest, signature });
    }
  }
}

function allVerify(checks: readonly SignatureCheck[], verifier: Verifier): boolean {
  return checks.every((check) => verifier.verify(check));
}

/** What a block names, but for its predecessor. */
function namedIn({ header, votes }: Block): BlockRef[] {
  const targets = votes.flatMap((vote) =>
    vote.kind === 'prepare' || vote.kind === 'commit' ? [vote.block] : [],
  );
  return [...header.refs, ...targets];
}

function namesStrangeLane(vote: Vote, n: number): boolean {
  return (vote.kind === 'prepare' || vote.kind === 'commit') && vote.block.lane >= n;
}

function refusedTransaction(
  txs: readonly Transaction[],
  ledgerId: LedgerId,
  epoch: number,
): Result<never, Refusal> | undefined {
  for (const tx of txs) {
    if (tx.ledgerId !== ledgerId) {
      return refuse('bad-transaction', `${tx.txid} is of another ledger`);
    }
    if (tx.validUntil < epoch) {
      return refuse('expired', `${tx.txid} is valid until ${tx.validUntil}`);
    }
  }
  return undefined;
}

function refuse(code: RefusalCode, detail: string): Result<never, Refusal> {
  return err({ code, detail });
}
