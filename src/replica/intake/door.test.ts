import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Mempool } from '../../iss/mempool.ts';
import { named } from '../../sim/reference/sketch.ts';
import type { NodeId } from '../../types/dag.ts';
import {
  type Epoch,
  type LaneId,
  type Lock,
  type OutpointKey,
  outpointKey,
  type TxId,
} from '../../types/ids.ts';
import { inputOf, type Output, type Transaction } from '../../types/transaction.ts';
import type { Core } from '../core.ts';
import type { Retention } from '../generations/retention.ts';
import { checkAtDoor } from './door.ts';

const [A, B] = ['01'.padEnd(66, 'a'), '01'.padEnd(66, 'b')] as [Lock, Lock];
const tx = named('tx') as TxId;
const coin = named('coin') as TxId;
const parent = named('parent') as TxId;
const waiting = named('waiting') as TxId;
const rival = named('rival') as TxId;
const gone = named('gone') as TxId;

/** The lane of who is asked, one that is right, one that forks, and one that forges. */
const [OWN, RIGHT, FORKS, FORGES] = [0, 1, 2, 3] as const;
/** The only block of the lane. */
const blockOf = (lane: LaneId): NodeId => 10 + lane;
const HEAD = blockOf(OWN);

/** A transaction in blocks. */
type Open = {
  readonly spends?: readonly OutpointKey[];
  readonly lanes?: readonly LaneId[];
  readonly validUntil?: Epoch;
};

type Known = {
  readonly applied?: number;
  readonly spender?: TxId;
  /** Who spent the first output of `gone`, in an ended generation. */
  readonly spentBefore?: TxId;
  readonly spenders?: readonly TxId[];
  readonly standing?: boolean;
  readonly rejected?: readonly TxId[];
  /** Without outcome unless rejected; `parent` is one, of the lane that is right, unless this says otherwise. */
  readonly open?: ReadonlyMap<TxId, Open>;
  /** Lanes whose blocks the own one has named. */
  readonly named?: readonly LaneId[];
  /** Who has `coin` in the ledger. */
  readonly taken?: TxId;
  /** By ended generations. */
  readonly rejectedBefore?: readonly TxId[];
  readonly dropped?: number;
};

/** Two epochs have ended; the least fee is 2. Of `coin`, `parent` and `waiting` there is one output of 10 for A. */
function answer(
  inputs: readonly OutpointKey[],
  change: Partial<Transaction> = {},
  known: Known = {},
) {
  const output: Output = { amount: 10n, lock: A };
  const rejected = (txid: TxId) => known.rejected?.includes(txid) === true;
  const open = new Map<TxId, Open>([[parent, {}], ...(known.open ?? [])]);
  const core = {
    cuts: { applied: known.applied ?? 2 },
    options: { genesis: { params: { minFee: 2n, blockBytesMax: 99 } }, lane: OWN },
    graph: {
      node: (id: NodeId) => ({ id, lane: id - blockOf(0) }),
      forked: (lane: LaneId) => lane === FORKS,
      height: () => 1,
      at: (lane: LaneId) => [blockOf(lane)],
      contains: ({ id }: { id: NodeId }, block: NodeId) =>
        id === HEAD && known.named?.some((lane) => blockOf(lane) === block) === true,
    },
    soundness: { isUnsoundLane: (lane: LaneId) => lane === FORGES },
    coins: {
      get: (key: OutpointKey) =>
        key === outpointKey(coin, 0) ? { ...output, spentBy: known.taken ?? null } : undefined,
      spentBefore: (key: OutpointKey) =>
        key === outpointKey(gone, 0) ? { spentBy: known.spentBefore ?? null } : undefined,
    },
    index: {
      get: (txid: TxId) => {
        const { lanes = [RIGHT] } = open.get(txid) ?? {};
        const copies = lanes.map((lane) => ({ block: blockOf(lane), index: 0 }));
        return open.has(txid) ? { txid, copies } : undefined;
      },
      transaction: ({ txid }: { txid: TxId }) => {
        const { spends = [], validUntil = 9 } = open.get(txid)!;
        return { outputs: [output], inputs: spends.map(inputOf), validUntil };
      },
      spenders: () => known.spenders ?? [],
      isStanding: () => known.standing ?? true,
    },
    early: {
      outcome: (txid: TxId) => (rejected(txid) ? { accepted: false } : null),
      spender: () => known.spender ?? null,
    },
  } as unknown as Core;
  const pool = {
    waiting: (txid: TxId) => (txid === waiting ? { outputs: [output] } : undefined),
  } as unknown as Mempool;
  const whole = {
    txid: tx,
    bytes: new Uint8Array(99),
    validUntil: 3,
    witnessLocks: [A],
    inputs: inputs.map(inputOf),
    outputs: [{ amount: 8n, lock: B }],
    ...change,
  };
  const retention = {
    dropped: known.dropped ?? 0,
    isRejected: (txid: TxId) => known.rejectedBefore?.includes(txid) === true,
  } as Retention;
  const said = checkAtDoor(core, pool, whole as unknown as Transaction, retention);
  return said.kind === 'refused' ? said.problem.code : said.kind;
}

describe('what this validator says of a transaction before it proposes it', () => {
  const inputs = [outpointKey(coin, 0)];

  it('too-large, when no block has room for it', () => {
    assert.equal(answer(inputs, { bytes: new Uint8Array(99) }), 'fits');
    assert.equal(answer(inputs, { bytes: new Uint8Array(100) }), 'too-large');
  });

  it('it fits when its inputs exist, in the ledger, in a block or among what waits', () => {
    for (const txid of [coin, parent, waiting])
      assert.equal(answer([outpointKey(txid, 0)]), 'fits');
    assert.equal(answer([outpointKey(coin, 0), outpointKey(parent, 0)]), 'fits');
    for (const txid of [parent, waiting]) {
      assert.equal(answer([outpointKey(txid, 1)]), 'unknown-input');
    }
    assert.equal(answer([outpointKey(named('nobody') as TxId, 0)]), 'orphan');
    assert.equal(answer([outpointKey(coin, 1), ...inputs]), 'orphan');
    assert.equal(answer([outpointKey(parent, 0)], {}, { rejected: [parent] }), 'parent-rejected');
    const before = { rejectedBefore: [gone] };
    assert.equal(answer([outpointKey(gone, 0)], {}, before), 'parent-rejected');
    assert.equal(answer([outpointKey(coin, 0)], {}, before), 'fits');
  });

  it('it may be proposed up to the epoch that it names', () => {
    assert.equal(answer(inputs, { validUntil: 3 }), 'fits');
    assert.equal(answer(inputs, { validUntil: 2 }), 'expired');
    assert.equal(answer(inputs, {}, { applied: 3 }), 'expired');
  });

  it('what expired, and spends what is not here, may be in a ledger that was dropped', () => {
    const unknown = [...inputs, outpointKey(named('nobody') as TxId, 0)];
    assert.equal(answer(unknown, { validUntil: 2 }), 'expired');
    assert.equal(answer(unknown, { validUntil: 2 }, { dropped: 1 }), 'pruned');
    assert.equal(answer(unknown, {}, { dropped: 1 }), 'orphan');
    // What it spends is unspent, so that no ledger accepted it.
    assert.equal(answer(inputs, { validUntil: 2 }, { dropped: 1 }), 'expired');
  });

  it('the witnesses open exactly the locks of its inputs', () => {
    assert.equal(answer(inputs, { witnessLocks: [B] }), 'witness-missing');
    assert.equal(answer(inputs, { witnessLocks: [] }), 'witness-missing');
    assert.equal(answer(inputs, { witnessLocks: [A, B] }), 'bad-witness');
  });

  it('it takes in what it gives and the least fee', () => {
    const pays = (amount: bigint) => answer(inputs, { outputs: [{ amount, lock: B }] });
    assert.deepEqual([8n, 9n, 10n, 11n].map(pays), [
      ...['fits', 'insufficient-fee', 'insufficient-fee', 'inputs-below-outputs'],
    ]);
  });

  it('no input is spent by another, or wanted by one that stands and has no outcome', () => {
    assert.equal(answer(inputs, {}, { spender: rival }), 'input-spent');
    assert.equal(answer(inputs, {}, { spender: tx }), 'fits');
    const spenders = [rival];
    assert.equal(answer(inputs, {}, { spenders }), 'conflict');
    assert.equal(answer(inputs, {}, { spenders: [tx] }), 'fits');
    assert.equal(answer(inputs, {}, { spenders, standing: false }), 'fits');
    assert.equal(answer(inputs, {}, { spenders, rejected: [rival] }), 'fits');
  });

  describe('8.1: of a parent that stands only in blocks of lanes that fork or forge', () => {
    const spending = [outpointKey(parent, 0)];
    const spends = [outpointKey(coin, 0)];
    const carriedBy = (...lanes: LaneId[]) => new Map([[parent, { spends, lanes }]]);

    it('it is refused once a ledger has for another what that one spends', () => {
      for (const lanes of [[FORKS], [FORGES], [FORKS, FORGES]]) {
        const open = carriedBy(...lanes);
        assert.equal(answer(spending, {}, { open }), 'fits', 'somebody else proposes that one');
        assert.equal(answer(spending, {}, { open, taken: parent }), 'fits');
        assert.equal(answer(spending, {}, { open, taken: rival }), 'parent-rejected');
      }
    });

    it('it waits for the outcome where another lane carries that one, or the own one has named it', () => {
      const taken = rival;
      for (const lane of [OWN, RIGHT]) {
        assert.equal(answer(spending, {}, { open: carriedBy(FORKS, lane), taken }), 'fits');
      }
      const open = carriedBy(FORKS);
      assert.equal(answer(spending, {}, { open, taken, named: [FORKS] }), 'fits');
      assert.equal(answer(spending, {}, { open, taken, named: [FORGES] }), 'parent-rejected');
    });

    it('it waits for a time only, as for one that is unknown, once that one has expired', () => {
      const stray = { spends, lanes: [FORKS], validUntil: 3 };
      const open = new Map([[parent, stray]]);
      assert.equal(answer(spending, {}, { open }), 'fits');
      assert.equal(answer(spending, { validUntil: 4 }, { open, applied: 3 }), 'orphan');
      const known = { open, applied: 3, named: [FORKS] };
      assert.equal(answer(spending, { validUntil: 4 }, known), 'fits');
      assert.equal(
        answer(spending, { validUntil: 3 }, { ...known, named: [], dropped: 1 }),
        'expired',
      );
    });

    it('what that one descends from counts, as far as 64 outputs say', () => {
      const chain = (length: number) => {
        const links = [parent, ...Array.from({ length }, (_, i) => named(`link ${i}`) as TxId)];
        const lanes = [FORKS];
        return new Map<TxId, Open>(
          links.slice(0, length).map((link, i) => {
            return [
              link,
              { lanes, spends: i + 1 < length ? [outpointKey(links[i + 1]!, 0)] : spends },
            ];
          }),
        );
      };
      for (const length of [2, 64]) {
        const open = chain(length);
        assert.equal(answer(spending, {}, { open }), 'fits');
        assert.equal(answer(spending, {}, { open, taken: rival }), 'parent-rejected');
      }
      for (const taken of [parent, rival]) {
        assert.equal(answer(spending, {}, { open: chain(65), taken }), 'orphan');
      }
      const [, second, third] = chain(3).keys();
      assert.equal(answer(spending, {}, { open: chain(3), rejected: [third!] }), 'parent-rejected');
      // The second one is carried by a lane that is right, and waited for.
      const open = chain(3).set(second!, { lanes: [RIGHT], spends: [outpointKey(third!, 0)] });
      assert.equal(answer(spending, {}, { open, taken: rival }), 'fits');
    });

    it('what one looks at twice counts once', () => {
      const twice = [outpointKey(parent, 0), outpointKey(rival, 0)];
      const many = Array.from({ length: 40 }, (_, i) => outpointKey(named(`in ${i}`) as TxId, 0));
      const open = new Map<TxId, Open>([
        [parent, { lanes: [FORKS], spends: many }],
        [rival, { lanes: [FORKS], spends: [outpointKey(parent, 0)] }],
      ]);
      assert.equal(answer(twice, {}, { open }), 'fits');
    });
  });

  it('it waits for no parent whose output an ended generation has spent, for another', () => {
    const spending = [outpointKey(gone, 0)];
    assert.equal(answer(spending, {}, { spentBefore: rival }), 'input-spent');
    assert.equal(answer(spending, {}, { spentBefore: tx }), 'orphan');
    assert.equal(answer([outpointKey(gone, 1)], {}, { spentBefore: rival }), 'orphan');
  });
});
