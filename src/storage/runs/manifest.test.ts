import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeManifest, encodeManifest, type Manifest } from './manifest.ts';

const run = (number: number, records = 7) => ({ number, records });

test('a manifest comes back as it was put, and no other one is taken', () => {
  for (const runs of [[], [run(1)], [run(4, 2 ** 47), run(2)]]) {
    const manifest = { next: 5, runs };
    assert.deepEqual(decodeManifest(encodeManifest(manifest)), manifest);
  }
  const wrong: Manifest[] = [
    { next: 5, runs: [run(5)] },
    { next: 5, runs: [run(4), run(3), run(4)] },
    { next: 5, runs: [run(4, 0)] },
  ];
  for (const manifest of wrong) {
    assert.throws(() => decodeManifest(encodeManifest(manifest)), /returns what was put/);
  }
  const bytes = encodeManifest({ next: 5, runs: [run(4)] });
  for (const length of [0, 3, 13]) {
    assert.throws(() => decodeManifest(bytes.subarray(0, length)), /returns what was put/);
  }
});
