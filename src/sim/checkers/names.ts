/** What is checked in every run, and what it means when it fails. docs/TESTING.md lists this table. */
const CHECKERS = {
  'one-block-per-seq': 'A correct validator signed two blocks with one seq, restarts included.',
  'votes-agree': 'Two votes of a correct lane contradict each other.',
  durability: 'A word left a correct validator before everything it rests on was on its disk.',
  'own-admissible': 'A correct validator sent a block that the reference does not admit.',
  'own-sound':
    'A correct validator carried what its owner did not sign, or said that it had checked such a block.',
  admission: 'A correct validator took a block that the reference refuses, or lacks one it admits.',
  decision: 'One instance decided two values.',
  outcome: 'What a correct validator told a client is not what the ledger says.',
  'early-final': 'A correct validator called something final that its durable blocks do not prove.',
  'rivals-accepted': 'Two rivals were both accepted.',
  'status-order': 'A status went backwards.',
  checkpoint: 'Checkpoints of one epoch differ, or differ from what the definitions give.',
  conservation: 'Value appeared or vanished.',
  'one-clean-rival': 'Two rivals both have a clean verdict.',
  visibility: 'A clean transaction is missing in the dependencies of its rival.',
  memory:
    'A validator signed although others held what its journal had lost, or with a damaged one.',
  failure: 'A correct validator stopped itself.',
  observer: 'An observer believed a lie, or ended with another state than a quorum signed.',
  'no-outcome': 'After healing, a transaction that a correct lane references got no outcome.',
  'not-given-up': 'After healing, somebody still waits for what no ledger can take in any more.',
  'not-final': 'After healing, an undisputed payment did not become final.',
  'not-silent':
    'After healing, with nothing left to say, blocks were still sent, or far too many other messages.',
} as const satisfies Record<string, string>;

export type CheckerName = keyof typeof CHECKERS;

/** Those that say that something never came; the others say that something is wrong. */
export const LIVENESS: ReadonlySet<CheckerName> = new Set([
  'no-outcome',
  'not-given-up',
  'not-final',
  'not-silent',
] as const);

export type Violation = { readonly checker: CheckerName; readonly detail: string };

export type Report = (checker: CheckerName, detail: string) => void;
