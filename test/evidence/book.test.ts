import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { encodeEvidence, type LedgerEvidence } from '../../src/codec/evidence.ts';
import { EvidenceBook, readEvidenceFolder } from '../../src/node/evidence-book.ts';
import { writeGenesisFile } from '../../src/node/folder/genesis-file.ts';
import { silentLogger } from '../../src/node/log/logger.ts';
import { openBlock } from '../../src/replica/ingress.ts';
import { judgeEvidence } from '../../src/replica/misbehaviour.ts';
import type { Block, Vote } from '../../src/types/block.ts';
import type { Evidence } from '../../src/types/evidence.ts';
import { NODE_LIMITS } from '../../src/types/limits.ts';
import { althing } from '../cluster/processes.ts';
import { ReplicaCluster, verifier } from '../replica/replica-cluster.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import {
  at,
  badlySigned,
  block,
  cluster,
  commit,
  committee,
  type Draft,
  evidence,
  fabricated,
  LANE,
  leave,
  ledgerId,
  payment,
  trust,
} from './misbehaviours.ts';

describe('a node that is given what proves misbehaviour', () => {
  const folder = temporaryFolder({ after });
  const from = { kind: 'lane', lane: LANE } as const;

  function give(to: ReplicaCluster, ...blocks: readonly Block[]): readonly Evidence[] {
    return blocks.flatMap(({ bytes }) => {
      const opened = openBlock(bytes, committee, ledgerId, verifier);
      assert.ok(opened.ok);
      return to.step(0, { kind: 'block', from, block: opened.value }).evidence;
    });
  }

  it('proves from refused blocks what they and their chain prove', () => {
    const start = (): ReplicaCluster => {
      const fresh = new ReplicaCluster();
      fresh.run(20);
      return fresh;
    };
    const first = block({ votes: [leave(1)] });
    const next = (votes: readonly Vote[], change: Draft = {}) =>
      block({ seq: 2, prev: first.digest, votes, ...change });
    for (const [kind, second] of [
      ['contradiction', next([leave(1)])],
      ['contradiction', next([leave(3), leave(2)])],
      ['chain', next([], { timeMs: 0 })],
      ['chain', next([], { seq: 5 })],
    ] as const) {
      const [piece, ...more] = give(start(), first, second);
      assert.equal(piece?.kind, kind);
      assert.deepEqual(more, []);
      assert.ok(piece && judgeEvidence(piece, trust).ok);
    }
    const [fork] = give(start(), first, block({ timeMs: 2 }));
    assert.equal(fork?.kind, 'equivocation');
    // Refused for what only its history shows: nothing to prove.
    assert.deepEqual(give(start(), first, next([commit(1)])), []);
    assert.deepEqual(give(start(), first, next([], { epoch: 4 })), []);
  });

  it('keeps it over restarts, in files that stand for themselves, within its bound', () => {
    const place = path.join(folder, 'kept');
    const log = silentLogger();
    const book = new EvidenceBook(place, trust, log);
    const piece = evidence('equivocation', block(), block({ timeMs: 2 }));
    book.add(piece);
    book.add(piece);
    book.refused(block({ txs: [badlySigned()] }).bytes);
    book.refused(block({ txs: [payment] }).bytes);
    book.refused(block({ txs: [badlySigned()], by: 0 }).bytes);
    book.refused(new Uint8Array(40));
    const kinds = (of: EvidenceBook) => of.list().map(({ kind }) => kind);
    assert.deepEqual(kinds(book), ['equivocation', 'invalid']);
    writeFileSync(path.join(place, 'equivocation-0-x.evidence'), 'not one');
    assert.deepEqual(kinds(new EvidenceBook(place, trust, log)), kinds(book));
    mkdirSync(path.join(place, 'unreadable.evidence'));
    assert.deepEqual(kinds(new EvidenceBook(place, trust, log)), kinds(book));
    for (let i = 0; i < 2 * NODE_LIMITS.evidencePerLaneMax.value; i += 1) {
      book.add(evidence('equivocation', block(), block({ timeMs: 3 + i })));
    }
    assert.equal(book.list().length, NODE_LIMITS.evidencePerLaneMax.value);
    assert.equal(readdirSync(place).length, NODE_LIMITS.evidencePerLaneMax.value + 2);
    const read = readEvidenceFolder(place).filter((file) => typeof file.evidence !== 'string');
    assert.equal(read.length, NODE_LIMITS.evidencePerLaneMax.value);
  });

  it('B22: stops looking for proofs in a lane that sends nothing but rubbish', () => {
    const book = new EvidenceBook(path.join(folder, 'tired'), trust, silentLogger());
    for (let i = 0; i < NODE_LIMITS.evidenceTriesMax.value; i += 1) {
      book.refused(block({ timeMs: i, by: 0 }).bytes);
    }
    book.refused(block({ txs: [badlySigned()] }).bytes);
    assert.deepEqual(book.list(), []);
  });

  it('is asked by the command line, which believes nothing that is fabricated', async () => {
    const home = path.join(folder, 'home');
    const book = new EvidenceBook(path.join(home, 'data', 'evidence'), trust, silentLogger());
    book.add(evidence('equivocation', block(), block({ timeMs: 2 })));
    const genesis = path.join(folder, 'genesis.json');
    writeGenesisFile(genesis, cluster.genesis);
    const out = path.join(folder, 'pieces');
    const list = ['evidence', 'list', '--home', home, '--out', out, '--json'];
    const listed = await althing(...list);
    assert.equal(listed.code, 0, listed.err);
    const again = await althing(...list);
    assert.equal(again.code, 1);
    assert.match(again.err, /cannot write .*pieces.*EEXIST/);
    const [row] = JSON.parse(listed.out);
    assert.equal(row.lane, LANE);
    const file = path.join(out, `${row.name}.json`);
    const verify = (name: string) => althing('evidence', 'verify', name, '--genesis', genesis);
    const proved = await verify(file);
    assert.equal(proved.code, 0, proved.err);
    assert.match(proved.out, /validator 2 signed two blocks 1/);
    const kept = readdirSync(path.join(home, 'data', 'evidence'))[0] ?? '';
    assert.equal((await verify(path.join(home, 'data', 'evidence', kept))).code, 0);
    const lie: LedgerEvidence = { ...fabricated('equivocation', at(1), at(2)), ledgerId };
    writeFileSync(path.join(folder, 'lie'), encodeEvidence(lie));
    const refusal = await verify(path.join(folder, 'lie'));
    assert.equal(refusal.code, 4);
    assert.match(refusal.err, /not proved: no equivocation/);
    const changed = readFileSync(file, 'utf8').replace('"lane": 2', '"lane": 1');
    writeFileSync(path.join(folder, 'changed'), changed);
    assert.equal((await verify(path.join(folder, 'changed'))).code, 4);
    assert.equal((await verify(genesis)).code, 4);
  });
});
