import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeHeader } from '../../src/codec/block.ts';
import {
  decodeEvidence,
  encodeEvidence,
  evidenceFromJson,
  evidenceToJson,
} from '../../src/codec/evidence.ts';
import { toHex } from '../../src/codec/hex.ts';
import { evidenceOfRefused, judgeEvidence } from '../../src/replica/misbehaviour.ts';
import { forgeBlock } from '../../src/sim/byzantine/forge.ts';
import type { Block, Vote } from '../../src/types/block.ts';
import type { Digest } from '../../src/types/ids.ts';
import {
  at,
  badlySigned,
  block,
  checkpoint,
  commit,
  digestOf,
  evidence,
  fabricated,
  follow,
  LANE,
  leave,
  ledgerId,
  PROVABLE,
  payment,
  prepare,
  propose,
  refused,
  signers,
  sorted,
  trust,
} from './misbehaviours.ts';

/** As a chain tells of it. */
const asEarlier = (block: Block) => {
  const { header, votes } = block;
  const { seq, timeMs, epoch } = header;
  return { seq, timeMs, epoch, votes, block: () => block };
};

describe('evidence', () => {
  for (const [name, kind, blocks] of PROVABLE) {
    it(`B1, B11, B12, B24: proves ${name}`, () => {
      const piece = evidence(kind, ...blocks());
      const judged = judgeEvidence(piece, trust);
      assert.ok(judged.ok, judged.ok ? '' : judged.error);
      assert.match(judged.value, /^validator 2 signed /);
      // The order in which they were found changes nothing.
      assert.deepEqual(evidence(kind, ...[...blocks()].reverse()), piece);
      for (const other of ['equivocation', 'contradiction', 'chain', 'invalid'] as const) {
        // Two of one seq are an equivocation whatever else they are.
        if (other !== kind && !name.includes('branches'))
          refused({ ...piece, kind: other }, /no |not /);
      }
    });
  }

  it('B33: is refused when another key has signed, for each kind', () => {
    for (const [, kind, blocks] of PROVABLE) {
      const forged = blocks().map((each) => {
        const { header, txs, votes } = each;
        return forgeBlock({ ...header, txs, votes }, signers[0]!);
      });
      refused(fabricated(kind, ...sorted(forged)), /validator 2 has not signed/);
    }
  });

  it('B33: is refused when it accuses another lane, ledger or nobody', () => {
    const piece = evidence('equivocation', block(), block({ timeMs: 2 }));
    refused({ ...piece, lane: 1 }, /a block of lane 2/);
    refused({ ...piece, lane: 60 }, /a block of lane 2/);
    const prev = 'ab'.repeat(32) as Digest;
    const foreign = [1, 2].map((timeMs) => block({ ledgerId: prev, prev, timeMs }));
    refused(fabricated('equivocation', ...sorted(foreign)), /another ledger/);
  });

  it('is refused when its blocks are one, are out of order, or contradict nothing', () => {
    const [first, second] = sorted([block(), block({ timeMs: 2 })]) as [Block, Block];
    refused(fabricated('equivocation', first, first), /order/);
    refused(fabricated('equivocation', second, first), /order/);
    refused(fabricated('equivocation', first), /breaks a rule/);
    refused(fabricated('equivocation', at(1), at(2)), /breaks a rule/);
    refused({ ...fabricated('equivocation', first, second), blocks: [] }, /one block, or two/);
    const three = [first.bytes, second.bytes, second.bytes];
    refused({ ...fabricated('equivocation', first), blocks: three }, /one block, or two/);
    const honest: readonly (readonly [readonly Vote[], readonly Vote[]])[] = [
      [[prepare(0)], [prepare(1, 1)]],
      [[prepare(0)], [commit(0)]],
      [[commit(1)], [leave(2)]],
      [[leave(1)], [leave(2), prepare(2)]],
      [[propose(0)], [propose(1)]],
      [[checkpoint(1, digestOf(1))], [checkpoint(2, digestOf(2))]],
      [[{ ...prepare(0), epoch: 2 } as Vote], [prepare(0, 1)]],
      [[], []],
    ];
    for (const [before, later] of honest) {
      const pair = [at(1, { votes: before }), at(2, { votes: later })];
      refused(fabricated('contradiction', ...pair), /breaks a rule/);
    }
    // Two branches have no order: only what is wrong in any order counts.
    const branches = sorted([at(2, { votes: [leave(2)] }), at(2, { votes: [commit(1)] })]);
    refused(fabricated('contradiction', ...branches), /breaks a rule/);
    const [signed, other] = [1, 2].map((timeMs) =>
      at(2, { timeMs, votes: [checkpoint(1, digestOf(1))] }),
    );
    refused(fabricated('contradiction', ...sorted([signed!, other!])), /breaks a rule/);
    refused(fabricated('chain', ...follow({})), /breaks a rule/);
    refused(fabricated('chain', at(1), at(3, { timeMs: 0 })), /breaks a rule/);
    refused(fabricated('invalid', block({ txs: [payment] })), /breaks a rule/);
    refused(fabricated('invalid', block(), at(2)), /breaks a rule/);
  });

  it('of two generations only two checkpoints of one epoch contradict each other', () => {
    const next = { generation: 1, prev: digestOf(7) };
    refused(fabricated('equivocation', ...sorted([block(), block(next)])), /breaks a rule/);
    const signed = (of: number) => [checkpoint(1, digestOf(of))];
    const [mine, again] = [at(1, { votes: signed(1) }), block({ ...next, votes: signed(1) })];
    refused(fabricated('contradiction', ...sorted([mine, again])), /breaks a rule/);
    const other = evidence('contradiction', mine, block({ ...next, votes: signed(2) }));
    assert.ok(judgeEvidence(other, trust).ok);
  });

  it('B11: of the chain below a refused block only what proves something is read', () => {
    const read: number[] = [];
    const chain = (...blocks: readonly Block[]) =>
      blocks.map(asEarlier).map((earlier) => {
        const block = () => {
          read.push(earlier.seq);
          return earlier.block();
        };
        return { ...earlier, block };
      });
    const earlier = [at(9, { votes: [commit(0)] }), at(8), at(7, { votes: [leave(2)] }), at(6)];
    const found = (votes: readonly Vote[], more = {}) =>
      evidenceOfRefused(at(10, { votes, ...more }), chain(...earlier));
    assert.equal(found([prepare(3)]), null);
    assert.deepEqual(read, []);
    const late = at(10, { votes: [prepare(1)] });
    assert.deepEqual(found([prepare(1)]), evidence('contradiction', earlier[2]!, late));
    assert.deepEqual(read, [7]);
    const last = earlier[0]!;
    const broken = { prev: last.digest, timeMs: 0 };
    assert.deepEqual(found([], broken), evidence('chain', last, at(10, { votes: [], ...broken })));
    assert.deepEqual(read, [7, 9]);
  });

  it('B11: of a refused block is what it contradicts in itself, else in its chain, so far back', () => {
    const alone = at(9, { votes: [leave(2), prepare(0)] });
    assert.deepEqual(evidenceOfRefused(alone, []), evidence('contradiction', alone));
    const [said, refusedOne] = [at(1, { votes: [leave(2)] }), at(99, { votes: [leave(1)] })];
    const found = (between: number) => {
      const blocks = [...Array.from({ length: between }, () => at(50)), said];
      return evidenceOfRefused(refusedOne, blocks.map(asEarlier));
    };
    assert.deepEqual(found(63), evidence('contradiction', said, refusedOne));
    assert.equal(found(64), null);
  });

  it('is refused when somebody put another body under a signed header', () => {
    const honest = block({ txs: [payment] });
    const lie = block({ txs: [badlySigned()] });
    const bytes = Uint8Array.from(lie.bytes);
    const signedBytes = encodeHeader(honest.header).length + honest.signature.length;
    bytes.set(honest.bytes.subarray(0, signedBytes));
    refused({ kind: 'invalid', lane: LANE, blocks: [bytes] }, /no block: txRoot/);
  });

  it('has one binary form and one JSON form, and every other one is refused', () => {
    const piece = { ...evidence('equivocation', block(), block({ timeMs: 2 })), ledgerId };
    const bytes = encodeEvidence(piece);
    const read = decodeEvidence(bytes);
    assert.ok(read.ok);
    assert.deepEqual(read.value.blocks.map(toHex), piece.blocks.map(toHex));
    assert.deepEqual({ ...read.value, blocks: [] }, { ...piece, blocks: [] });
    const again = evidenceFromJson(JSON.parse(JSON.stringify(evidenceToJson(piece))));
    assert.ok(again.ok);
    assert.deepEqual(encodeEvidence(again.value), bytes);
    for (let length = 0; length < bytes.length; length += 1) {
      assert.equal(decodeEvidence(bytes.subarray(0, length)).ok, false);
    }
    assert.equal(decodeEvidence(Uint8Array.of(...bytes, 0)).ok, false);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const other = Uint8Array.from(bytes);
        other[place]! ^= change;
        const decoded = decodeEvidence(other);
        if (!decoded.ok) return;
        assert.deepEqual(toHex(encodeEvidence(decoded.value)), toHex(other));
        const { value } = decoded;
        // Only what the signatures cover proves anything, and of that nothing was left out.
        assert.equal(value.ledgerId === ledgerId && judgeEvidence(value, trust).ok, false);
      }),
      { numRuns: 500 },
    );
    const json = evidenceToJson(piece);
    for (const wrong of [
      { ...json, version: 2 },
      { ...json, kind: 'toString' },
      { ...json, blocks: [] },
      { ...json, blocks: [...json.blocks, json.blocks[0]] },
      { ...json, blocks: ['zz', 'zz'] },
      { ...json, lane: -1 },
      { ...json, more: 1 },
      null,
    ]) {
      assert.equal(evidenceFromJson(wrong).ok, false, JSON.stringify(wrong).slice(0, 80));
    }
  });
});
