import { blockChecks } from '../replica/ingress.ts';
import { RecentSet } from '../std/recent-set.ts';
import type { Block } from '../types/block.ts';
import type { Digest } from '../types/ids.ts';
import type { Subject } from './subject.ts';

/** Transactions whose witnesses were checked: copies of them in later blocks need no second look. */
const REMEMBERED_MAX = 200_000;

/** Checks every signature that a block carries, and says which one is wrong. */
export class SignatureAudit {
  readonly #subject: Subject;
  readonly #checked = new RecentSet(REMEMBERED_MAX / 2);

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** True if all are right. */
  check(block: Block, where: string): boolean {
    const { genesis, committee, verifier, findings, counts } = this.#subject;
    const votes = block.votes.filter((vote) => vote.kind === 'checkpoint').length;
    const known = (leaf: Digest) => this.#checked.has(leaf);
    const checks = blockChecks(block, committee, known);
    counts.blockSignatures += 1;
    counts.checkpointVotes += votes;
    counts.witnesses += checks.length - 1 - votes;
    const wrong = checks.findIndex((check) => !verifier.verify(check));
    if (wrong > votes && genesis.params.sharedChecks === true) {
      findings.note(`${where}: a witness does not sign, so its transactions are void`);
      return true;
    }
    if (wrong >= 0) {
      const whose = wrong === 0 ? 'the block' : wrong <= votes ? 'a checkpoint' : 'a transaction';
      findings.add('bad-signature', where, `the signature of ${whose} does not verify`);
      return false;
    }
    for (const tx of block.txs) this.#checked.add(tx.leaf);
    return true;
  }
}
