import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Silence } from './silence.ts';

const SILENT_MS = 1500;

/** On mocked time, which may also jump: `stall` lets it pass without a timer's having its turn. */
function watched(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let nowMs = 0;
  const calls: string[] = [];
  const silence = new Silence({
    now: () => nowMs,
    silentMs: SILENT_MS,
    doubt: (lane) => calls.push(`doubt ${lane}`),
    trust: (lane) => calls.push(`trust ${lane}`),
  });
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 250) {
      nowMs += 250;
      t.mock.timers.tick(250);
    }
  };
  const stall = (ms: number): void => {
    nowMs += ms;
    t.mock.timers.tick(250);
  };
  return { silence, calls, pass, stall };
}

test('a link that brings nothing for long is doubted again and again, until it brings something', (t) => {
  const { silence, calls, pass } = watched(t);
  silence.listen(1);
  silence.listen(2);
  pass(SILENT_MS);
  assert.deepEqual(calls, []);
  silence.heard(2);
  pass(500);
  assert.deepEqual(calls, ['doubt 1', 'doubt 1']);
  silence.heard(1);
  assert.deepEqual(calls.splice(0), ['doubt 1', 'doubt 1', 'trust 1']);
  silence.heard(1);
  pass(500);
  assert.deepEqual(calls, []);
});

test('a link that is gone or not read is not doubted', (t) => {
  const { silence, calls, pass } = watched(t);
  silence.listen(1);
  pass(SILENT_MS + 250);
  silence.ignore(1);
  pass(5000);
  silence.listen(1);
  pass(SILENT_MS);
  assert.deepEqual(calls, ['doubt 1']);
});

test('a peer that has paused and spoken again is given more time, for a while', (t) => {
  const { silence, calls, pass } = watched(t);
  silence.listen(1);
  pass(5000);
  silence.heard(1);
  assert.ok(calls.length > 0);
  calls.length = 0;
  pass(8000);
  assert.deepEqual(calls, []);
  pass(2000);
  assert.deepEqual(calls[0], 'doubt 1');
  // A pause that ended with another link was that of the network.
  silence.listen(1);
  for (let beat = 0; beat < 4 * 240; beat += 1) {
    pass(250);
    silence.heard(1);
  }
  calls.length = 0;
  pass(SILENT_MS + 250);
  assert.deepEqual(calls, ['doubt 1']);
});

test('C4: after standing still itself it gives everybody time', (t) => {
  const { silence, calls, pass, stall } = watched(t);
  silence.listen(1);
  stall(10_000);
  pass(SILENT_MS);
  assert.deepEqual(calls, []);
  pass(250);
  assert.deepEqual(calls, ['doubt 1']);
});

test('it ends when it is stopped', (t) => {
  const { silence, calls, pass } = watched(t);
  silence.listen(1);
  silence.stop();
  pass(5000);
  assert.deepEqual(calls, []);
});
