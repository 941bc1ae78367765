/**
 * Cost of a small block's form: encoding one and reading it back, without signatures.
 * Usage: node dist/bench/micro/codec.js [blocks]
 */
import { contentsOf, encodeBlock, inspectBlock } from '../../src/codec/block.ts';
import type { BlockHeader, Vote } from '../../src/types/block.ts';
import { type Digest, type LedgerId, ZERO_DIGEST } from '../../src/types/ids.ts';

const blocks = Number(process.argv[2] ?? 100_000);
const digest = (byte: string) => byte.repeat(32) as Digest;
const refs = [1, 2, 3].map((lane) => ({ lane, generation: 0, seq: 9, digest: digest(`a${lane}`) }));

for (const [name, votes] of [
  ['without votes', []],
  ['with a vote', [{ kind: 'checked', lane: 1, seq: 9 }]],
] as const satisfies readonly (readonly [string, readonly Vote[]])[]) {
  const header: BlockHeader = {
    ledgerId: digest('1f') as string as LedgerId,
    committee: 0,
    lane: 0,
    generation: 0,
    seq: 7,
    prev: digest('2e'),
    epoch: 3,
    timeMs: 1_000_000,
    refs,
    ...contentsOf([], votes),
  };
  const signature = new Uint8Array(64);
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const contents = contentsOf([], votes);
      const bytes = encodeBlock({ ...header, ...contents }, signature, [], votes);
      const read = inspectBlock(bytes);
      if (!read.ok || read.value.header.prev === ZERO_DIGEST) throw new Error('not read back');
    }
  };
  run(blocks / 10);
  const before = process.cpuUsage().user;
  run(blocks);
  const us = (process.cpuUsage().user - before) / blocks;
  console.log(`${name}: ${us.toFixed(2)} us to make and read one`);
}
