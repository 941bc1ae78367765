import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressView, type ReplayProgress } from './progress.ts';

const AT: ReplayProgress = {
  phase: 'draining',
  total: 100_000,
  sent: 100_000,
  final: 99_999,
  rejected: 1,
  elapsedMs: 100_000,
};

/** What a stream of this kind gets to see. */
function shown(isTTY: boolean): string[] {
  const written: string[] = [];
  const nothing = () => undefined;
  const write = (text: string) => written.push(text);
  const terminal = { cursorTo: nothing, clearLine: nothing, moveCursor: nothing };
  const stream = { isTTY, columns: 80, write, ...terminal } as unknown as NodeJS.WriteStream;
  const view = progressView(stream);
  view.update(AT);
  view.stop();
  return written;
}

test('a bar, with what stands beside it, fits a terminal of 80 columns', () => {
  const frames = shown(true).filter((text) => text.includes('tx/s'));
  assert.ok(frames.length > 0);
  for (const frame of frames) assert.ok(frame.length <= 80, frame);
});

test('in a pipe it is lines, without codes of a terminal', () => {
  const text = 'sent 100000, final 99999, rejected 1, 1000 tx/s';
  assert.deepEqual(shown(false), [`draining 100000/100000  ${text}\n`]);
});
