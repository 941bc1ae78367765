import type { Committee } from '../../committee/committee.ts';
import type { Block } from '../../types/block.ts';
import type { Digest } from '../../types/ids.ts';
import type { Verifier } from '../../types/signature.ts';
import type { Witness } from '../../types/transaction.ts';

/** Are the signatures of the lane right in a decoded block: its own, its votes'? */
export function isSigned(block: Block, committee: Committee, verifier: Verifier): boolean {
  const { lane } = block.header;
  if (lane >= committee.n) return false;
  const publicKey = committee.publicKey(lane);
  const { digest, signature } = block;
  return (
    verifier.verify({ publicKey, digest, signature }) &&
    block.votes.every(
      (vote) =>
        vote.kind !== 'checkpoint' ||
        verifier.verify({ publicKey, digest: vote.checkpoint, signature: vote.signature }),
    )
  );
}

/** Do the witnesses of all its transactions sign? */
export function isWitnessed(block: Block, verifier: Verifier): boolean {
  return block.txs.every((tx) =>
    tx.witnesses.every((witness) => opens(witness, tx.txid as string as Digest, verifier)),
  );
}

function opens(witness: Witness, digest: Digest, verifier: Verifier): boolean {
  if (witness.kind === 'key') return verifier.verify({ ...witness, digest });
  const { publicKeys, signatures, threshold } = witness;
  if (signatures.length !== threshold) return false;
  return signatures.every(({ index, signature }, i) => {
    const publicKey = publicKeys[index];
    if (publicKey === undefined || index <= (signatures[i - 1]?.index ?? -1)) return false;
    return verifier.verify({ publicKey, digest, signature });
  });
}
