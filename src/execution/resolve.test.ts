import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pausesOf } from '../../test/execution/pauses.ts';
import { GENESIS_TX, sketchTransaction as sketch } from '../sim/reference/sketch.ts';
import { runToEnd } from '../std/slices.ts';
import { type OutpointKey, outpointKey, type TxId } from '../types/ids.ts';
import type { Outcome } from '../types/ledger.ts';
import type { Transaction } from '../types/transaction.ts';
import { type LedgerView, type Member, resolveEpoch } from './resolve.ts';

const accepted = ({ txid }: Transaction): Outcome => ({ txid, accepted: true });
const rejected = (
  { txid }: Transaction,
  reason: 'stale-input' | 'parent-rejected' | 'input-spent',
  winner: TxId,
): Outcome => ({ txid, accepted: false, reason, winner });
const genesisKey = (index: number) => outpointKey(GENESIS_TX, index);

function member(
  tx: Transaction,
  of: Member['class'] = 'clean',
  dependencies: readonly Transaction[] = [],
): Member {
  return { tx, class: of, dependencies: dependencies.map(({ txid }) => txid) };
}

type World = {
  readonly outcomes?: readonly Outcome[];
  readonly open?: readonly Transaction[];
  readonly spent?: ReadonlyMap<OutpointKey, TxId>;
  readonly classified?: readonly Transaction[];
};

/** What the ledgers before say; who is in none of the lists is an output of the genesis. */
function viewOf({ outcomes = [], open = [], spent = new Map(), classified = [] }: World) {
  const view: LedgerView = {
    outcome: (txid) => {
      if (open.some((tx) => tx.txid === txid)) return null;
      return outcomes.find((outcome) => outcome.txid === txid) ?? { txid, accepted: true };
    },
    spender: (key) => spent.get(key) ?? null,
    isClassified: (txid) => classified.some((tx) => tx.txid === txid),
  };
  return view;
}

/** The ledger of the members: all of them are open before it, and in P. */
function resolve(members: readonly Member[], world: World = {}): Outcome[] {
  const txs = members.map(({ tx }) => tx);
  const open = [...txs, ...(world.open ?? [])];
  const classified = [...txs, ...(world.classified ?? [])];
  const outcomes = runToEnd(resolveEpoch(members, viewOf({ ...world, open, classified })));
  return [...outcomes.values()];
}

describe('6.9: the ledger of an epoch', () => {
  it('rejects a stale one for the spender of its first spent input, before all others', () => {
    const old = sketch('old', [1]);
    const older = sketch('older', [2]);
    const stale = sketch('stale', [0, 2, 1]);
    const child = sketch('child', [[stale, 0]]);
    const rival = sketch('z', [0]);
    const spent = new Map([
      [genesisKey(1), old.txid],
      [genesisKey(2), older.txid],
    ]);
    // The child comes first, and is clean: it must not find its parent open.
    const outcomes = resolve([member(child), member(stale, 'stale'), member(rival, 'contested')], {
      spent,
    });
    assert.deepEqual(outcomes, [
      rejected(stale, 'stale-input', older.txid),
      rejected(child, 'parent-rejected', stale.txid),
      accepted(rival),
    ]);
  });

  it('executes clean ones first, then the contested one with the smallest txid', () => {
    const [a, b, c] = [sketch('a', [1, 2]), sketch('b', [2, 3]), sketch('c', [3])];
    const clean = sketch('z', [1]);
    const members = [member(c, 'contested'), member(b, 'contested'), member(a, 'contested')];
    assert.deepEqual(resolve([...members, member(clean)]), [
      accepted(clean),
      rejected(a, 'input-spent', clean.txid),
      accepted(b),
      rejected(c, 'input-spent', b.txid),
    ]);
  });

  it('executes a clean child before the next contested one', () => {
    const parent = sketch('b', [1]);
    const child = sketch('z', [2, [parent, 0]]);
    const rival = sketch('c', [2]);
    const members = [member(child), member(rival, 'contested'), member(parent, 'contested')];
    assert.deepEqual(resolve(members), [
      accepted(parent),
      accepted(child),
      rejected(rival, 'input-spent', child.txid),
    ]);
  });

  it('lets a child wait for each of its parents in turn', () => {
    const [a, b] = [sketch('a', [1]), sketch('b', [2])];
    const child = sketch('c', [
      [b, 0],
      [a, 0],
    ]);
    const grandchild = sketch('d', [[child, 0]]);
    const members = [member(grandchild), member(child), member(a), member(b, 'contested')];
    assert.deepEqual(resolve(members), [
      accepted(a),
      accepted(b),
      accepted(child),
      accepted(grandchild),
    ]);
  });

  it('leaves who waits for a parent or a dependency without an outcome to the next epoch', () => {
    const parent = sketch('p', [1]);
    const child = sketch('c', [[parent, 0]]);
    const rival = sketch('r', [2]);
    const early = sketch('a', [2]);
    const open = [parent, early];
    assert.deepEqual(resolve([member(child), member(rival, 'contested', [early])], { open }), []);
    assert.deepEqual(
      resolve([member(rival, 'contested', [early])], { open, classified: [early] }),
      [accepted(rival)],
    );
  });

  it('rejects for a parent that was rejected before it looks at spent inputs', () => {
    const parent = sketch('p', [1]);
    const child = sketch('c', [3, [parent, 0]]);
    const spent = new Map([[genesisKey(3), sketch('s', [3]).txid]]);
    const outcomes = [rejected(parent, 'input-spent', GENESIS_TX)];
    const view = viewOf({ outcomes, spent, open: [child] });
    assert.deepEqual(
      [...runToEnd(resolveEpoch([member(child)], view)).values()],
      [rejected(child, 'parent-rejected', parent.txid)],
    );
  });

  it('takes an input that the transaction itself has spent for its own (5.1)', () => {
    const tx = sketch('t', [1]);
    const spent = new Map([[genesisKey(1), tx.txid]]);
    assert.deepEqual(resolve([member(tx)], { spent }), [accepted(tx)]);
  });

  it('pauses whenever a slice is full: by members, and by inputs where these are looked at', () => {
    const txs = Array.from({ length: 128 }, (_, i) => sketch(`t${i}`, [2 * i, 2 * i + 1]));
    const job = resolveEpoch(
      txs.map((tx) => member(tx)),
      viewOf({ open: txs }),
    );
    assert.equal(pausesOf(job), 2 + 4 + 4);
  });
});
