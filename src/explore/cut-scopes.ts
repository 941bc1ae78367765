import type { PrefixStep, Scope } from './scope.ts';
import { byLane, CALM, RIVALS } from './set-up.ts';

/** Lanes 0 and 2 have proposed rivals; they and a third lane ack both, and all three judge them contested. */
function contested(third: number): PrefixStep[] {
  return [
    { lane: third, takes: ['0/1', '2/1'] },
    { lane: 0, takes: ['2/1', `${third}/1`] },
    { lane: 2, takes: ['0/1', `${third}/1`] },
    { lane: third, takes: ['0/2', '2/2'] },
    { lane: 0, takes: ['2/2', `${third}/2`] },
    { lane: 2, takes: ['0/2', `${third}/2`] },
  ];
}

const LATER_VIEW =
  'lanes 0 and 2 and the Byzantine leader 1 have committed in view 0, all others asked for view 1: lane 2 has proposed';

const LATER_PREFIX: readonly PrefixStep[] = [
  ...contested(3),
  { lane: 0, takes: ['2/3', '1/1a'] },
  { lane: 2, takes: ['0/3', '1/1a'] },
  { lane: 0, takes: ['2/4', '1/2a'] },
  { lane: 2, takes: ['0/4', '1/2a'] },
  { lane: 0, takes: ['2/5'], expires: true },
  { lane: 2, takes: ['0/5', '0/6'], expires: true },
  { lane: 3, takes: ['0/3', '2/3', '1/1a', '0/4', '2/4', '1/2a', '0/5', '2/5', '0/6', '2/6'] },
  { lane: 2, takes: ['3/3'] },
];

/** The leader's proposal in view 0, and its COMMIT there, which it may show at any moment: it decides view 0. */
const LATE_COMMIT: Scope['byzantine'] = {
  lane: 1,
  menu: [
    ...proposal('1/1a', ['0/3', '2/3', '3/2']),
    {
      name: '1/3a',
      on: '1/2a',
      refs: ['0/4', '2/4'],
      payments: [],
      votes: [{ kind: 'commit', epoch: 1, view: 0, of: '1/1a' }],
    },
  ],
};

/** Cuts: lane 1 leads view 0 of the first instance, lane 2 view 1. */
export const CUT_SCOPES: readonly Scope[] = [
  {
    ...CALM,
    name: 'cut',
    about: 'contested rivals judged by lanes 0, 1 and 2, lane 3 silent: proposal, votes, decision',
    prefix: contested(1),
    blocks: byLane({ 0: 2, 1: 2, 2: 2 }),
  },
  {
    ...CALM,
    name: 'beside-a-cut',
    about:
      'lane 1 has proposed the cut; the payment of lane 3 is heard of, acked and judged while it is voted for',
    payments: [...RIVALS, { name: 'p', spends: [1] }],
    proposes: byLane({ 0: ['t'], 2: ['u'], 3: ['p'] }),
    prefix: [...contested(1), { lane: 1, takes: ['0/3', '2/3'] }],
    blocks: byLane({ 0: 2, 1: 1, 2: 2, 3: 0 }),
  },
  {
    ...CALM,
    name: 'two-proposals',
    about:
      'contested rivals judged by lanes 0, 2 and 3; the Byzantine leader 1 has two proposals and votes for both',
    prefix: contested(3),
    blocks: byLane({ 0: 2, 2: 2, 3: 1 }),
    byzantine: {
      lane: 1,
      menu: [
        ...proposal('1/1a', ['0/3', '2/3', '3/2']),
        ...proposal('1/1b', ['0/2', '2/2', '3/1']),
      ],
    },
  },
  {
    ...CALM,
    name: 'later-view',
    about: `${LATER_VIEW}; no further time-out`,
    prefix: LATER_PREFIX,
    blocks: byLane({ 0: 2, 2: 1, 3: 2 }),
    byzantine: LATE_COMMIT,
  },
  {
    ...CALM,
    name: 'later-time-outs',
    about: `${LATER_VIEW}; one block more of each, and a time-out each`,
    prefix: LATER_PREFIX,
    blocks: byLane({ 0: 1, 2: 1, 3: 1 }),
    timeouts: 1,
    byzantine: LATE_COMMIT,
  },
  {
    ...CALM,
    name: 'later-decision',
    about: 'the same, and lanes 0, 2 and 3 have prepared in view 1: both views may be decided',
    prefix: [
      ...LATER_PREFIX,
      { lane: 0, takes: ['2/6', '3/3', '2/7'] },
      { lane: 3, takes: ['2/7'] },
      { lane: 2, takes: ['0/7', '3/4'] },
    ],
    blocks: byLane({ 0: 1, 2: 1, 3: 1 }),
    byzantine: LATE_COMMIT,
  },
];

function proposal(name: string, refs: readonly string[]) {
  return [
    { name, on: null, refs, payments: [], votes: [{ kind: 'propose', epoch: 1, view: 0 }] },
    {
      name: name.replace('/1', '/2'),
      on: name,
      refs: [],
      payments: [],
      votes: [{ kind: 'prepare', epoch: 1, view: 0, of: name }],
    },
  ] as const;
}
