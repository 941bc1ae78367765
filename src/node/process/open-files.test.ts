import assert from 'node:assert/strict';
import { test } from 'node:test';
import { API_LIMITS } from '../../types/limits.ts';
import { clientConnectionsMax, openFilesMax } from './open-files.ts';

const ALL = API_LIMITS.connectionsMax.value;

test('O5: clients get of few files what the node itself never needs', () => {
  assert.equal(clientConnectionsMax(4, 1, null), ALL);
  assert.equal(clientConnectionsMax(4, 1, 1_000_000), ALL);
  const some = clientConnectionsMax(4, 1, 1024);
  assert.ok(some > 500 && some < 800, `${some}`);
  assert.equal(clientConnectionsMax(4, 1, 1025), some + 1);
  assert.ok(clientConnectionsMax(100, 1, 1024) < some);
  assert.ok(clientConnectionsMax(4, 10, 1024) < some);
});

test('O5: with too few files a node does not start, and says how many it needs', () => {
  assert.throws(
    () => clientConnectionsMax(4, 1, 256),
    /may have 256 files .* needs 3\d\d, .*ulimit/,
  );
  const [needed] = /(?<=needs )\d+/.exec(messageOf(() => clientConnectionsMax(4, 1, 64))) ?? [];
  assert.equal(clientConnectionsMax(4, 1, Number(needed)), 16);
  assert.throws(() => clientConnectionsMax(4, 1, Number(needed) - 1));
});

test('the system says how many files this process may have open', () => {
  const max = openFilesMax();
  assert.ok(max === null || max > 64, `${max}`);
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (cause) {
    return (cause as Error).message;
  }
  return '';
}
