import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vote } from '../types/block.ts';
import type { Dag, DagNode, History } from '../types/dag.ts';
import type { Digest } from '../types/ids.ts';
import { ConsensusRules, initialStance } from './rules.ts';
import { VoteBook } from './vote-book.ts';

const digest = 'ab'.repeat(32) as Digest;
const PROPOSAL = 7;
const history = {} as History;

/** Four lanes, and one block in every history: 1/3, which proposes in the first view of the first epoch. */
function rules(): ConsensusRules {
  const propose: Vote = { kind: 'propose', epoch: 1, view: 0 };
  const proposal = {
    id: PROPOSAL,
    lane: 1,
    seq: 3,
    digest,
    votes: [propose],
  } as unknown as DagNode;
  const dag = {
    n: 4,
    quorum: 3,
    node: () => proposal,
    find: (wanted: Digest) => (wanted === digest ? PROPOSAL : 0),
    contains: (_: History, id: number) => id === PROPOSAL,
  } as unknown as Dag;
  const book = new VoteBook(dag, { get: () => undefined, put: () => undefined });
  return new ConsensusRules(dag, book, { cut: () => 0 }, { start: 0, stop: Infinity });
}

function judged(name: { lane?: number; seq?: number; digest?: Digest }): string {
  const block = { lane: 1, incarnation: 0, seq: 3, digest, ...name };
  const vote: Vote = { kind: 'prepare', epoch: 1, view: 0, block };
  const verdict = rules().judge(0, [vote], history, 0, initialStance({ start: 0, stop: Infinity }));
  return typeof verdict === 'string' ? verdict : 'obeys';
}

test('a vote names its block by lane, seq and digest', () => {
  assert.equal(judged({}), 'obeys');
  assert.match(judged({ digest: 'cd'.repeat(32) as Digest }), /unseen block/);
  assert.match(judged({ lane: 2 }), /another name/);
  assert.match(judged({ seq: 4 }), /another name/);
});
