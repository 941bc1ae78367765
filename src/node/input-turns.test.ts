import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Input, PeerId } from '../replica/effects.ts';
import { InputTurns } from './input-turns.ts';

const KIB = 1024;

function block(lane: number, bytes: number): Input {
  const from: PeerId = { kind: 'lane', lane };
  return { kind: 'block', from, block: { bytes: new Uint8Array(bytes) } } as Input;
}

function taken(turns: InputTurns, count: number): Input[] {
  return Array.from({ length: count }, () => turns.shift() as Input);
}

const lanesOf = (inputs: readonly Input[]) =>
  inputs.map((input) =>
    input.kind === 'block' && input.from.kind === 'lane' ? input.from.lane : -1,
  );

describe('InputTurns', () => {
  it('keeps the order of what one source sends, and gives everything back', () => {
    const turns = new InputTurns();
    const sent = [0, 1, 2].map((lane) =>
      [300_000, 10, 90_000, 10].map((size) => block(lane, size)),
    );
    for (const each of sent) for (const one of each) turns.push(one);
    assert.equal(turns.length, 12);
    const all = taken(turns, 12);
    for (const [lane, each] of sent.entries()) {
      assert.deepEqual(
        all.filter((input) => lanesOf([input])[0] === lane),
        each,
      );
    }
    assert.equal(turns.length, 0);
    assert.equal(turns.shift(), undefined);
  });

  it('takes small blocks of others before the large ones of a lane that floods', () => {
    const turns = new InputTurns();
    for (let i = 0; i < 20; i += 1) turns.push(block(3, 1024 * KIB));
    for (const lane of [0, 1, 2]) for (let i = 0; i < 50; i += 1) turns.push(block(lane, 2 * KIB));
    const first = lanesOf(taken(turns, 150));
    assert.equal(first.filter((lane) => lane === 3).length, 0);
    assert.deepEqual(new Set(lanesOf(taken(turns, 20))), new Set([3]));
  });

  it('gives lanes that send as much as each other as much', () => {
    const turns = new InputTurns();
    for (let i = 0; i < 40; i += 1) turns.push(block(0, 256 * KIB));
    for (let i = 0; i < 400; i += 1) turns.push(block(1, 26_215));
    const first = lanesOf(taken(turns, 220));
    const ofLarge = first.filter((lane) => lane === 0).length;
    assert.ok(Math.abs(ofLarge - 20) <= 2, `${ofLarge} of 20`);
  });

  it('does not let a source wait that is alone, and saves up nothing for it', () => {
    const turns = new InputTurns();
    turns.push(block(0, 1024 * KIB));
    assert.deepEqual(lanesOf(taken(turns, 1)), [0]);
    for (let i = 0; i < 3; i += 1) turns.push(block(0, 1024 * KIB));
    turns.push(block(1, KIB));
    assert.deepEqual(lanesOf(taken(turns, 4)), [1, 0, 0, 0]);
  });

  it('serves one pull of a peer that asks all the time for each turn of the others', () => {
    const turns = new InputTurns();
    const from: PeerId = { kind: 'observer', id: 'x' };
    const message = { kind: 'want', generation: 0, frontier: [], digests: [] } as const;
    for (let i = 0; i < 50; i += 1) turns.push({ kind: 'message', from, message });
    for (let i = 0; i < 50; i += 1) turns.push(block(1, 16 * KIB));
    const pulls = taken(turns, 50).filter(({ kind }) => kind === 'message').length;
    assert.ok(pulls <= 11, `${pulls} pulls beside ${50 - pulls} blocks, four to a turn`);
  });

  it('says what waits of one source; clients, peers and the node itself are sources of their own', () => {
    const turns = new InputTurns();
    turns.push(block(1, 5000));
    turns.push(block(1, 10));
    turns.push({ kind: 'tick' });
    assert.deepEqual(
      ['lane 1', 'own', 'lane 2'].map((one) => turns.costOf(one)),
      [6024, 1024, 0],
    );
    taken(turns, 3);
    assert.equal(turns.costOf('lane 1'), 0);
  });
});
