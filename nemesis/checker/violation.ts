/** Every rule by which a history is judged. docs/NEMESIS.md says what each stands for. */
export const RULES = {
  'one-outcome': 'safety: two validators, or two answers, disagree about a transaction',
  'one-checkpoint': 'safety: two checkpoints of one epoch',
  'no-rivals': 'safety: two accepted transactions spend one output',
  submitted: 'validity: a ledger holds what no client submitted',
  'never-valid': 'validity: what was made invalid has taken effect',
  once: 'validity: a transaction stands in two ledgers',
  sound: 'validity: an accepted transaction spends what is not there, or pays too little fee',
  'acknowledged-kept': 'correctness: an acknowledged transaction is not in every ledger at the end',
  'lost-to-nobody': 'correctness: a transaction was rejected, and nothing took what it spends',
  'real-time': 'correctness: a ledger turns round what one client saw end before another began',
  'exact-balance': 'correctness: a balance is not that of the ledger of its epoch',
  'no-stale-read': 'correctness: a read shows less than the same validator had told before',
  'output-follows': 'correctness: an output is not as the transactions told final leave it',
  'has-outcome': 'liveness: an admitted transaction has no outcome at some validator',
  'probe-final': 'liveness: a payment sent after healing did not become final',
} as const;

export type Rule = keyof typeof RULES;

export type Violation = { readonly rule: Rule; readonly detail: string };
