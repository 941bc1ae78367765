import { CUT_SCOPES } from './cut-scopes.ts';
import type { Scope } from './scope.ts';
import { byLane, CALM, RIVALS } from './set-up.ts';

/**
 * Acks, verdicts and what is final. Lane 1 leads the first instance and is silent or Byzantine here, and no
 * time-out expires: there are no cuts.
 */
const FAST_PATH: readonly Scope[] = [
  {
    ...CALM,
    name: 'silent-fourth',
    about: 'lanes 0 and 2 propose rivals, lane 1 is silent: whatever happens, nothing is clean',
    blocks: byLane({ 0: 2, 2: 1, 3: 2 }),
  },
  {
    ...CALM,
    name: 'double-spend',
    about: 'lane 0 proposes t; the Byzantine lane 1 has a first block that acks t and one with u',
    proposes: byLane({ 0: ['t'] }),
    blocks: byLane({ 0: 1, 2: 2, 3: 2 }),
    byzantine: {
      lane: 1,
      menu: [
        { name: '1/1a', on: null, refs: ['0/1'], payments: [] },
        { name: '1/1u', on: null, refs: [], payments: ['u'] },
      ],
    },
    interchangeable: [2, 3],
  },
  {
    ...CALM,
    name: 'forked-rivals',
    about:
      'the Byzantine lane 1 has two first blocks, one with each rival; the others ack and judge',
    proposes: new Map(),
    blocks: byLane({ 0: 2, 2: 2, 3: 2 }),
    byzantine: {
      lane: 1,
      menu: [
        { name: '1/1t', on: null, refs: [], payments: ['t'] },
        { name: '1/1u', on: null, refs: [], payments: ['u'] },
      ],
    },
    interchangeable: [0, 2, 3],
  },
  {
    ...CALM,
    name: 'lying-verdicts',
    about:
      'lanes 0 and 2 propose rivals, lane 2 says no more; the Byzantine lane 1 acks and judges each first on a branch of its own',
    blocks: byLane({ 0: 1, 2: 0, 3: 2 }),
    byzantine: {
      lane: 1,
      menu: [
        { name: '1/1t', on: null, refs: ['0/1'], payments: [] },
        { name: '1/1u', on: null, refs: ['2/1'], payments: [] },
        { name: '1/2t', on: '1/1t', refs: ['*3'], payments: [] },
      ],
    },
  },
  {
    ...CALM,
    name: 'late-ack',
    about:
      'lanes 0 and 2 propose rivals; at any moment, also after verdicts, the Byzantine lane 1 is heard to ack one first',
    blocks: byLane({ 0: 2, 2: 1, 3: 1 }),
    byzantine: {
      lane: 1,
      menu: [{ name: '1/1t', on: null, refs: ['0/1'], payments: [] }],
    },
  },
  {
    ...CALM,
    name: 'three-rivals',
    about:
      'lanes 0 and 2 propose t and u, the Byzantine lane 1 carries v, and on another branch a copy of t',
    payments: [...RIVALS, { name: 'v', spends: [0] }],
    blocks: byLane({ 0: 1, 2: 1, 3: 1 }),
    byzantine: {
      lane: 1,
      menu: [
        { name: '1/1v', on: null, refs: [], payments: ['v'] },
        { name: '1/1t', on: null, refs: [], payments: ['t'] },
      ],
    },
  },
  {
    ...CALM,
    name: 'child',
    about:
      'lane 0 proposes p; at any moment the Byzantine lane 1 carries a child of it, on what it then shows',
    payments: [
      { name: 'p', spends: [0] },
      { name: 'c', spends: ['p'] },
    ],
    proposes: byLane({ 0: ['p'] }),
    blocks: byLane({ 0: 1, 2: 2, 3: 2 }),
    byzantine: {
      lane: 1,
      menu: [{ name: '1/1c', on: null, refs: ['*0', '*2', '*3'], payments: ['c'] }],
    },
    interchangeable: [2, 3],
  },
  {
    ...CALM,
    name: 'tangled-forks',
    about:
      'lane 0 proposes t; blocks of the Byzantine lane 1 name its own other branch through lane 0',
    proposes: byLane({ 0: ['t'] }),
    blocks: byLane({ 0: 1, 2: 1, 3: 1 }),
    byzantine: {
      lane: 1,
      menu: [
        { name: '1/1a', on: null, refs: [], payments: ['u'] },
        { name: '1/1b', on: null, refs: ['0/1'], payments: [] },
        { name: '1/2a', on: '1/1a', refs: ['*0'], payments: [] },
        { name: '1/2b', on: '1/1b', refs: ['*2'], payments: [] },
      ],
    },
  },
];

export const SCOPES: ReadonlyMap<string, Scope> = new Map(
  [...FAST_PATH, ...CUT_SCOPES].map((scope) => [scope.name, scope]),
);
