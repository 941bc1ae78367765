import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { HeldPull, type Hold } from './held-pull.ts';

const BEAT_MS = DEFAULT_POLICY.resyncMs;
const NEVER_MS = Number.POSITIVE_INFINITY;
/** After every turn that there is. */
const LATE_MS = 21 * BEAT_MS;
/** Grace and links, there and back. */
const SOON_MS = 150;

const HOLDS: readonly { readonly what: string; readonly hold: Hold; readonly beats: number }[] = [
  { what: 'is silent', hold: { relayMs: NEVER_MS, endMs: 5 * BEAT_MS }, beats: 2 },
  {
    what: 'brings every two seconds what was just said',
    hold: { relayMs: 1900, endMs: LATE_MS },
    beats: 2,
  },
  {
    what: 'brings in each beat what was just said',
    hold: { relayMs: 450, endMs: LATE_MS },
    beats: 2,
  },
  { what: 'ends its answer in time', hold: { relayMs: 450, endMs: 2 * BEAT_MS + 10 }, beats: 4 },
];

describe('a block is lost just when one is asked that withholds its own, and', () => {
  for (const { what, hold, beats } of HOLDS) {
    it(`B18: ${what}: another is asked within ${beats} beats`, () => {
      const ms = new HeldPull(hold).ms();
      assert.ok(ms < beats * BEAT_MS + SOON_MS, String(ms));
    });
  }
});
