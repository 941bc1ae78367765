import assert from 'node:assert/strict';
import { test } from 'node:test';
import { named } from '../sim/reference/sketch.ts';
import type { TxId } from '../types/ids.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import { Leftovers } from './leftovers.ts';

const void_ = (name: string, own = false) => ({
  tx: { txid: named(name) as TxId } as Verified<Transaction>,
  own,
});
const names = (txs: readonly { readonly txid: TxId }[]) => txs.map(({ txid }) => txid);

test('9.6: what a stop cut left has its turn here, once, and is kept until it stands in a block', () => {
  const leftovers = new Leftovers();
  assert.equal(leftovers.wakeAtMs, null);
  const [parent, child] = [void_('parent', true), void_('child')];
  leftovers.add(parent, 20);
  leftovers.add(child, 10);
  assert.equal(leftovers.wakeAtMs, 10);
  assert.deepEqual(names(leftovers.due(9)), []);
  assert.deepEqual(names(leftovers.due(10)), [child.tx.txid]);
  assert.deepEqual(names(leftovers.due(20)), [parent.tx.txid, child.tx.txid], 'as they came');
  leftovers.taken(child.tx.txid);
  assert.equal(leftovers.wakeAtMs, 20);
  assert.deepEqual(names(leftovers.due(30)), [parent.tx.txid]);
  assert.deepEqual(leftovers.all, [parent, child]);
  leftovers.forget(child.tx.txid);
  leftovers.taken(child.tx.txid);
  assert.deepEqual([leftovers.has(parent.tx.txid), leftovers.has(child.tx.txid)], [true, false]);
  leftovers.taken(parent.tx.txid);
  assert.equal(leftovers.wakeAtMs, null);
});
