import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Input, PeerId } from '../../replica/effects.ts';
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

  const wantOf = (from: PeerId, seq: number): Input => {
    const message = { kind: 'want', generation: 0, frontier: [seq], digests: [] } as const;
    return { kind: 'message', from, message };
  };
  const stranger = (id: string): PeerId => ({ kind: 'observer', id });

  it('serves one pull of a peer that asks all the time for each turn of the others', () => {
    const turns = new InputTurns();
    for (let i = 0; i < 50; i += 1) turns.push(block(1, 16 * KIB));
    let pulls = 0;
    for (let i = 0; i < 50; i += 1) {
      turns.push(wantOf(stranger('x'), i));
      if (turns.shift()?.kind === 'message') pulls += 1;
    }
    assert.ok(pulls <= 11, `${pulls} pulls beside ${50 - pulls} blocks, four to a turn`);
  });

  it('keeps the newest pull of a peer in the place of those before it, and nothing else', () => {
    const turns = new InputTurns();
    const peer: PeerId = { kind: 'lane', lane: 1 };
    turns.push(block(1, KIB));
    for (let seq = 1; seq <= 50; seq += 1) turns.push(wantOf(peer, seq));
    turns.push(block(1, KIB));
    turns.push(wantOf({ kind: 'lane', lane: 2 }, 7));
    assert.equal(turns.length, 4);
    const seqs = taken(turns, 4).map((input) =>
      input.kind === 'message' && input.message.kind === 'want' ? input.message.frontier[0] : null,
    );
    assert.deepEqual(seqs.sort(), [50, 7, null, null]);
    turns.push(wantOf(peer, 51));
    assert.equal(turns.length, 1);
  });

  it('gives strangers together what it gives one lane, and all of them their turn', () => {
    const turns = new InputTurns();
    for (let i = 0; i < 32; i += 1) turns.push(wantOf(stranger(`${i}`), i));
    for (let i = 0; i < 40; i += 1) turns.push(block(1, 64 * KIB));
    const first = taken(turns, 20);
    const pulls = first.filter(({ kind }) => kind === 'message').length;
    assert.ok(pulls >= 9 && pulls <= 11, `${pulls} of 20`);
    const rest = taken(turns, 52);
    assert.equal([...first, ...rest].filter(({ kind }) => kind === 'message').length, 32);
    assert.equal(turns.length, 0);
  });

  it('lets a stranger pass another one that floods', () => {
    const turns = new InputTurns();
    const flood = { kind: 'connected', peer: stranger('x') } as const;
    for (let i = 0; i < 1000; i += 1) turns.push(flood);
    turns.push(block(1, KIB));
    turns.push(wantOf(stranger('y'), 1));
    assert.ok(taken(turns, 200).some(({ kind }) => kind === 'message'));
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
