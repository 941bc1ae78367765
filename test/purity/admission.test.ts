import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trust } from '../../src/replica/ingress.ts';
import { Replica } from '../../src/replica/replica.ts';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { sketchTransaction } from '../../src/sim/reference/sketch.ts';
import { runToEnd } from '../../src/std/slices.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import { type Block, refOf, type Vote } from '../../src/types/block.ts';
import { outpointKey } from '../../src/types/ids.ts';
import { inputOf } from '../../src/types/transaction.ts';
import { COMMITTEE, Drawing, MEMBERS, SETTING } from './drawing.ts';

/**
 * Lemma 7.1: the answer to a block is a function of the block and its history, whatever else a validator
 * knows and however long ago that was. Each case is one in which it once was not.
 */

/** An observer over the product's own parts; it takes drawn blocks. */
class Observer {
  readonly #replica: Replica;
  #nowMs = 0;

  constructor() {
    const params = {
      minFee: 1n,
      laneWindowMax: 8,
      blockTxsMax: 100,
      blockBytesMax: 100_000,
    };
    this.#replica = new Replica({
      genesis: {
        format: 1,
        name: 'drawn',
        addressPrefix: 'drawn',
        committee: MEMBERS,
        params,
        outputs: [],
      },
      ledgerId: SETTING.ledgerId,
      committee: COMMITTEE,
      lane: null,
      signer: null,
      store: new MemoryStore(),
      archive: { read: () => assert.fail('nothing leaves the window') },
      policy: DEFAULT_POLICY,
      tamper({ coins }) {
        const spent = { acceptedEpoch: 0, spentBy: null, spentEpoch: 0 };
        coins.loadGenesis([...SETTING.genesis].map(([key, coin]) => [key, { ...coin, ...spent }]));
        runToEnd(coins.flush());
      },
    });
  }

  /** 'admitted', or the code of the refusal. */
  take(block: Block): string {
    const from = { kind: 'lane', lane: block.header.lane } as const;
    const input = { kind: 'block', from, block: trust(block) } as const;
    const { rejected, persist } = this.#replica.step(this.#nowMs++, input);
    if (rejected[0] !== undefined) return rejected[0].code;
    return persist.length === 1 ? 'admitted' : 'waiting';
  }
}

function vote(kind: 'propose' | 'viewchange', view: number): Vote {
  return { kind, epoch: 1, view };
}

describe('admission does not depend on what else is known (7.1)', () => {
  it('A3: fees of an epoch that only the own COMMIT decides are not there yet, for nobody', () => {
    const drawing = new Drawing();
    const payment = sketchTransaction('t', [1], [60n]);
    const first = drawing.draw(0, { txs: [payment] });
    const acks = drawing.round([1, 2, 3], [first]);
    const verdicts = drawing.round([0, 1, 2, 3], acks);
    const others = verdicts.filter((block) => block.header.lane !== 1);
    const cut = drawing.draw(1, { refs: others, votes: [vote('propose', 0)] });
    const prepare: Vote = { kind: 'prepare', epoch: 1, view: 0, block: refOf(cut) };
    const prepares = drawing.round([0, 2, 3], [cut], { votes: [prepare] });
    const commit: Vote = { kind: 'commit', epoch: 1, view: 0, block: refOf(cut) };
    const commits = drawing.round([0, 2], prepares, { votes: [commit] });
    const known = [...drawing.blocks];
    const third = drawing.draw(1, { refs: prepares, votes: [prepare, commit] });
    const share = {
      ...sketchTransaction('fee', [1], [1n]),
      inputs: [inputOf(outpointKey(SETTING.feeTxid(1), 0))],
      witnessLocks: [SETTING.payoutLocks[0]!],
    };
    const own = drawing.last(3, { refs: commits, votes: [commit], epoch: 1, txs: [share] });
    assert.equal(own.answer, 'unknown-parent');
    for (const more of [[], [third]]) {
      const observer = new Observer();
      for (const block of [...known, ...more]) assert.equal(observer.take(block), 'admitted');
      assert.equal(observer.take(own.block), own.answer, `${more.length} more known`);
    }
  });

  it('6.2: a block proposes once, so that value(L) is one block', () => {
    const drawing = new Drawing();
    let asking: Block[] = [];
    for (let view = 1; view <= 5; view++) {
      asking = drawing.round([0, 1], asking, { votes: [vote('viewchange', view)] });
    }
    const votes = [
      vote('viewchange', 1),
      vote('propose', 1),
      vote('viewchange', 5),
      vote('propose', 5),
    ];
    // leader(1, 1) and leader(1, 5) of four lanes is lane 2.
    const twice = drawing.last(2, { refs: asking, votes });
    const observer = new Observer();
    for (const block of drawing.blocks) assert.equal(observer.take(block), 'admitted');
    assert.equal(observer.take(twice.block), twice.answer);
    assert.equal(twice.answer, 'bad-vote');
  });
});
