import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DrawnGraph } from '../../test/dag/drawn-graph.ts';
import { sketchTransaction as sketch } from '../sim/reference/sketch.ts';
import type { Core } from './core.ts';
import { type TraceEvent, Tracer } from './tracer.ts';

test('3.3: each lane tells of a clean verdict once, at the first block that shows a quorum', () => {
  const drawn = new DrawnGraph();
  const tracer = new Tracer({ ...drawn } as unknown as Core);
  const tx = sketch('t', [1]);
  const lanes = [0, 1, 2, 3];
  let last = lanes.map((lane) => drawn.draw(lane, lane === 0 ? { txs: [tx] } : {}));
  const told: string[] = [];
  const look = () => {
    for (const block of last) {
      const trace: TraceEvent[] = [];
      tracer.admitted(drawn.graph.node(drawn.id(block)), block, false, trace);
      const { lane, seq } = block.header;
      for (const event of trace) {
        if (event.kind !== 'verdicts') continue;
        assert.deepEqual([event.clean, event.contested], [[tx.txid], []]);
        told.push(`${lane}/${seq}`);
      }
    }
  };
  look();
  for (let round = 0; round < 4; round++) {
    last = drawn.round(lanes, last);
    look();
  }
  assert.deepEqual(told, ['0/3', '1/3', '2/3', '3/3']);
});

test('3.3: of what has a rival each lane tells the verdict by the definition, once and no other', () => {
  const drawn = new DrawnGraph();
  const tracer = new Tracer({ ...drawn } as unknown as Core);
  const [tx, rival] = [sketch('t', [1]), sketch('u', [1])];
  const lanes = [0, 1, 2, 3];
  let last = lanes.map((lane) => drawn.draw(lane, { txs: [[tx], [rival]][lane] ?? [] }));
  const trace: TraceEvent[] = [];
  for (let round = 0; round < 5; round++) {
    for (const block of last)
      tracer.admitted(drawn.graph.node(drawn.id(block)), block, false, trace);
    last = drawn.round(lanes, last);
  }
  const told = trace.flatMap((event) =>
    event.kind === 'verdicts' ? [[event.block.header.lane, event.clean, event.contested]] : [],
  );
  // Lanes 2 and 3 have seen both at once, in the order of the lanes that carry them.
  assert.deepEqual(
    told,
    lanes.map((lane) => [lane, [tx.txid], [rival.txid]]),
  );
});
