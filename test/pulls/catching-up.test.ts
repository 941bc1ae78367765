import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CatchingUp, correct, dribbling, type Manner } from './catching-up.ts';

/** 10 MiB a second. */
const LINK = correct(400);
/** Half a MiB a second: an answer takes almost as long as a turn. */
const THIN_LINK = correct(8000);
/** One turn of a peer, the longest that there is. */
const TURN_MS = 10_000;

const MANNERS: readonly { readonly id: string; readonly what: string; readonly manner: Manner }[] =
  [
    {
      id: 'B18',
      what: 'brings a block every second, and no end',
      manner: dribbling(1000, 11),
    },
    {
      id: 'B18',
      what: 'brings a block every second, and the end in time',
      manner: dribbling(1000, 9),
    },
    { id: 'B18', what: 'brings a block of each lane per beat', manner: dribbling(200, 2) },
  ];

describe('a validator that was away comes back, and a peer that is asked', () => {
  const aloneMs = new CatchingUp(LINK, LINK, LINK).ms();

  for (const { id, what, manner } of MANNERS) {
    it(`${id}: ${what}: it takes no more than twice as long, and one turn`, () => {
      const ms = new CatchingUp(LINK, LINK, manner).ms();
      assert.ok(ms > aloneMs && ms < 2 * aloneMs + TURN_MS, `${ms}, ${aloneMs} without`);
    });
  }

  it('has links as thin as all others: each block is sent once', () => {
    const catchingUp = new CatchingUp(THIN_LINK, THIN_LINK, THIN_LINK);
    catchingUp.ms();
    assert.equal(catchingUp.copies, 1);
  });
});
