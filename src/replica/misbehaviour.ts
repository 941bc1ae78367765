import { inspectBlock } from '../codec/block.ts';
import type { Trust } from '../ledger/proofs.ts';
import { err, ok, type Result } from '../std/result.ts';
import {
  type Block,
  type BlockHeader,
  type EpochVote,
  epochVotes,
  type ViewVote,
} from '../types/block.ts';
import type { DagNode } from '../types/dag.ts';
import type { Evidence } from '../types/evidence.ts';
import { blockChecks, shapeBlock } from './ingress.ts';

/**
 * What the evidence proves, in words, or why it proves nothing. Only signatures of the accused lane count,
 * over headers whose body is at hand: a body that its header does not commit to could be anybody's.
 */
export function judgeEvidence(evidence: Evidence, trust: Trust): Result<string, string> {
  const blocks: Block[] = [];
  for (const bytes of evidence.blocks) {
    const signed = openSigned(bytes, evidence.lane, trust);
    if (!signed.ok) return signed;
    blocks.push(signed.value);
  }
  const [first, second] = blocks;
  if (first === undefined || blocks.length > 2) return err('evidence is one block, or two');
  if (second !== undefined && !inOrder(first, second)) return err('not two blocks in their order');
  const proved = judge(evidence.kind, first, second, trust);
  return proved === null ? err(`no ${evidence.kind}: nothing in it breaks a rule`) : ok(proved);
}

function judge(
  kind: Evidence['kind'],
  first: Block,
  second: Block | undefined,
  trust: Trust,
): string | null {
  switch (kind) {
    case 'equivocation':
      return second === undefined ? null : equivocation(first, second);
    case 'contradiction':
      return contradiction(first, second ?? first);
    case 'chain':
      return second === undefined ? null : brokenStep(first, second);
    case 'invalid':
      return second === undefined ? faultInItself(first, trust) : null;
  }
}

/** A block of the lane that its validator has signed as it is. */
function openSigned(
  bytes: Uint8Array,
  lane: number,
  { ledgerId, committee, verifier }: Trust,
): Result<Block, string> {
  const inspected = inspectBlock(bytes);
  if (!inspected.ok) return err(`no block: ${inspected.error.detail}`);
  const { header, digest, signature } = inspected.value;
  if (header.ledgerId !== ledgerId) return err('a block of another ledger');
  if (lane >= committee.n || header.lane !== lane) return err(`a block of lane ${header.lane}`);
  const publicKey = committee.publicKey(lane);
  if (verifier.verify({ publicKey, digest, signature })) return ok(inspected.value);
  return err(`validator ${lane} has not signed this block`);
}

function inOrder(first: Block, second: Block): boolean {
  if (first.header.seq !== second.header.seq) return first.header.seq < second.header.seq;
  return first.digest < second.digest;
}

function equivocation(first: Block, second: Block): string | null {
  const { lane, seq } = first.header;
  if (second.header.seq !== seq || !inOneGeneration(first, second)) return null;
  return `validator ${lane} signed two blocks ${seq}: ${first.digest} and ${second.digest}`;
}

/** A validator's chains in two generations bind it apart from each other. */
function inOneGeneration(a: Block, b: Block): boolean {
  return a.header.generation === b.header.generation;
}

function brokenStep({ header: before, digest }: Block, { header }: Block): string | null {
  if (header.prev !== digest) return null;
  if (!isBroken(before, header)) return null;
  const step = `validator ${header.lane} signed a block ${header.seq} after its block ${before.seq}`;
  if (header.seq !== before.seq + 1) return step;
  return `${step} with ${header.timeMs < before.timeMs ? 'an earlier time' : 'a lower epoch'}`;
}

type Step = Pick<BlockHeader, 'seq' | 'timeMs' | 'epoch'>;

/** May no block follow another one like this? */
function isBroken(before: Step, after: Step): boolean {
  const { seq, timeMs, epoch } = after;
  return seq !== before.seq + 1 || timeMs < before.timeMs || epoch < before.epoch;
}

/** What ingress refuses apart from the signature of the block itself, which is right. */
function faultInItself(block: Block, { committee, ledgerId, verifier }: Trust): string | null {
  const { lane, seq } = block.header;
  const says = `validator ${lane} signed block ${seq}`;
  const shaped = shapeBlock(block.bytes, committee, ledgerId);
  if (!shaped.ok) return `${says}: ${shaped.error.code}, ${shaped.error.detail}`;
  const wrong = blockChecks(block, committee).some((check) => !verifier.verify(check));
  return wrong ? `${says}, which carries a wrong signature` : null;
}

/** Two votes, the first before the second in the lane's chain unless the blocks have one seq. */
function contradiction(a: Block, b: Block): string | null {
  const isOne = a.digest === b.digest;
  const hasOrder = isOne || (inOneGeneration(a, b) && a.header.seq < b.header.seq);
  for (const [i, before] of epochVotes(a).entries()) {
    for (const after of epochVotes(b).slice(isOne ? i + 1 : 0)) {
      const why = clash(before, after, hasOrder);
      if (why === null) continue;
      const { lane, seq } = a.header;
      return `validator ${lane} signed ${why} in epoch ${after.epoch}: blocks ${seq} and ${b.header.seq}`;
    }
  }
  return null;
}

/**
 * Rules 6.2 to 6.5 and 6.12 as far as two votes alone can break them. `hasOrder`: both are in one chain, or
 * their validator has two, which is worse; so one that is said twice is said once too often.
 */
function clash(before: EpochVote, after: EpochVote, hasOrder: boolean): string | null {
  if (before.epoch !== after.epoch) return null;
  if (before.kind === 'checkpoint' || after.kind === 'checkpoint') {
    if (before.kind !== 'checkpoint' || after.kind !== 'checkpoint') return null;
    const isOther = before.checkpoint !== after.checkpoint;
    return isOther || hasOrder ? 'two checkpoints' : null;
  }
  if (before.kind === 'end' || after.kind === 'end') {
    return hasOrder && before.kind === after.kind ? 'END twice' : null;
  }
  if (hasOrder && after.view < before.view) {
    return `a ${after.kind} in view ${after.view} after a ${before.kind} in view ${before.view}`;
  }
  if (before.kind !== after.kind || before.view !== after.view) return null;
  if (hasOrder) return `two ${after.kind} in view ${after.view}`;
  return before.kind === 'viewchange' || targetOf(before) === targetOf(after)
    ? null
    : `${after.kind} for two blocks in view ${after.view}`;
}

/** A proposal stands for its own block: two of them, in two blocks, are for different ones. */
function targetOf(vote: ViewVote): unknown {
  return vote.kind === 'prepare' || vote.kind === 'commit' ? vote.block.digest : vote;
}

/** The same proof always has the same form. Null: these blocks prove nothing of the kind. */
export function makeEvidence(kind: Evidence['kind'], ...blocks: readonly Block[]): Evidence | null {
  const [first, second] = [...blocks].sort((a, b) => (inOrder(a, b) ? -1 : 1));
  if (first === undefined) return null;
  const isProof = {
    equivocation: () => second !== undefined && equivocation(first, second) !== null,
    contradiction: () => contradiction(first, second ?? first) !== null,
    chain: () => second !== undefined && brokenStep(first, second) !== null,
    // Signatures are needed to say so.
    invalid: () => true,
  }[kind]();
  if (!isProof) return null;
  const bytes = second === undefined ? [first.bytes] : [first.bytes, second.bytes];
  return { kind, lane: first.header.lane, blocks: bytes };
}

/** How far back a block's own chain is searched for the votes that it contradicts. */
const CHAIN_SEARCHED = 64;

/** What is remembered of an admitted block; itself it may have to be read back. */
type Earlier = Pick<DagNode, 'seq' | 'timeMs' | 'epoch' | 'votes'> & {
  readonly block: () => Block;
};

/**
 * What a refused block proves together with the chain that it names, newest first; its signatures are
 * right. Most refusals prove nothing alone: whoever judges them needs the block's history. What is remembered of a
 * block says whether it is worth reading: a chain may be as large as it likes.
 */
export function evidenceOfRefused(block: Block, chain: Iterable<Earlier>): Evidence | null {
  const alone = makeEvidence('contradiction', block);
  if (alone !== null) return alone;
  let searched = 0;
  for (const earlier of chain) {
    const isStep = searched === 0 && isBroken(earlier, block.header);
    const step = isStep ? makeEvidence('chain', earlier.block(), block) : null;
    if (step !== null) return step;
    if (mayContradict(earlier, block)) {
      const proof = makeEvidence('contradiction', earlier.block(), block);
      if (proof !== null) return proof;
    }
    searched += 1;
    if (searched >= CHAIN_SEARCHED) break;
  }
  return null;
}

/** As `contradiction` of the two, of which the one with the lower seq comes first. */
function mayContradict(earlier: Earlier, block: Block): boolean {
  const { seq } = block.header;
  const [said, says] = [epochVotes(earlier), epochVotes(block)];
  const [before, after] = earlier.seq <= seq ? [said, says] : [says, said];
  return before.some((one) => after.some((other) => clash(one, other, earlier.seq !== seq)));
}
