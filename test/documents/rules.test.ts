import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { projectFolder, readProjectFile } from '../project/files.ts';

/**
 * Each rule and lemma of docs/PROTOCOL.md, and the test that fails when it is broken: its file, and words of its
 * title (or, in the simulator's files, the name of a planted bug or a checker). A new rule needs a line here.
 */

const REFERENCE = 'src/sim/reference/admission.test.ts';
const VECTORS = 'test/sim/vectors.test.ts';
const PURITY = 'test/purity/admission.test.ts';
const MEMORY = 'test/purity/memory.test.ts';
const PAYMENTS = 'model/payments.qnt';
const CONSENSUS = 'model/consensus.qnt';
const CHECKS = 'model/checks.qnt';
const SOUNDNESS = 'src/dag/soundness.test.ts';
const WHO_CHECKS = 'src/dag/soundness-checks.test.ts';
const SHARED = 'test/replica/shared-checks.test.ts';
const CHECKERS = 'src/sim/checkers/names.ts';
const PLANTED = 'src/sim/defects/generations.ts';
const GENERATIONS = 'src/replica/generations/generations.test.ts';

type Place = readonly [file: string, words: string];

const TESTED: Readonly<Record<string, Place>> = {
  '1.1': ['src/committee/committee.test.ts', 'two quorums share a correct validator'],
  '1.2': ['src/crypto/hash.test.ts', 'tags are those of the protocol, no two alike'],
  '1.3': ['src/replica/replica.test.ts', 'a validator that was down catches up'],
  '1.4': ['test/sim/simulator.test.ts', 'no checker finds anything'],
  '2.1': ['src/codec/block.test.ts', 'digest and votesHash are those of the protocol'],
  '2.2': [VECTORS, ': contains'],
  '2.3': [REFERENCE, 'counts a lane whose ack came before any rival'],
  '2.4': [REFERENCE, 'orders the new blocks of a step by lane'],
  '2.5': [MEMORY, 'clean verdicts, whether or not the ledger had'],
  '2.6': [CHECKERS, "'own-admissible'"],
  '2.7': [REFERENCE, 'refuses an epoch that its history does not show'],
  '2.8': [CHECKERS, "'not-silent'"],
  '2.9': [CHECKERS, '  durability:'],
  '2.10': ['test/byzantine/costs.test.ts', 'has so many branches taken'],
  A1: ['src/codec/block.test.ts', 'header fields have their bounds'],
  A2: [REFERENCE, 'refuses a reference to a lane that forks'],
  A3: [PURITY, 'fees of an epoch that only the own COMMIT decides'],
  A4: [REFERENCE, 'refuses votes of no leader, twice in a view'],
  A5: [REFERENCE, 'stops a lane that runs ahead'],
  '3.1': [REFERENCE, 'refuses copies and rivals in one chain'],
  '3.2': [REFERENCE, 'counts a lane whose ack came before any rival'],
  '3.3': [REFERENCE, 'gives a clean verdict at the first block'],
  '3.4': [VECTORS, 'certified: '],
  '3.5': [REFERENCE, 'of another lane only when it is settled'],
  '3.6': [CHECKERS, "'early-final'"],
  '4.1': [MEMORY, 'a second copy that comes after the ledger'],
  '4.2': [REFERENCE, 'and names what came before'],
  '5.1': ['src/replica/replica.test.ts', 'a double spend through two lanes'],
  '5.2': [CHECKERS, '  outcome:'],
  '5.3': ['src/node/loop/driver.test.ts', 'only when their blocks are durable'],
  '6.1': [REFERENCE, 'decides by commits of a quorum'],
  '6.2': [PURITY, 'a block proposes once'],
  '6.3': [REFERENCE, 'twice in a view, unprepared'],
  '6.4': [REFERENCE, 'twice in a view, unprepared'],
  '6.5': [REFERENCE, 'or below the own view'],
  '6.6': [REFERENCE, 'refuses votes of no leader'],
  '6.7': [PAYMENTS, 'run membersByAcksTest'],
  '6.8': [PAYMENTS, 'run classByMajorityTest'],
  '6.9': [REFERENCE, 'resolves contested rivals by the smallest txid'],
  '6.10': ['src/ledger/checkpoint.test.ts', 'are shared equally'],
  '6.11': ['src/ledger/checkpoint.test.ts', 'is the lower median of a quorum'],
  '6.12': ['src/ledger/proofs.test.ts', 'holds with the signatures of any quorum'],
  '6.13': [CHECKERS, "'no-outcome'"],
  '7.1': [PURITY, 'admission does not depend on what else is known'],
  '7.2': [CHECKERS, "'one-block-per-seq'"],
  '7.3': [PAYMENTS, 'val oneCleanRival'],
  '7.4': [PAYMENTS, 'val visible'],
  '7.5': [VECTORS, 'vectors and tracked transactions against the definitions'],
  '7.6': [CONSENSUS, 'val agreement'],
  '7.7': [PAYMENTS, 'val finalIsClean'],
  '7.8': [CHECKERS, '  checkpoint:'],
  '7.9': [PAYMENTS, 'val noDoubleSpend'],
  '7.10': [CHECKERS, "'no-outcome'"],
  '7.11': ['test/sim/simulator.test.ts', 'no checker finds anything'],
  '7.12': ['test/state-sync/follower.test.ts', 'installs any certified state'],
  '7.14': [PAYMENTS, 'val earlyAgrees'],
  '7.15': [CHECKERS, "'no-outcome'"],
  '7.16': [CHECKERS, "'no-outcome'"],
  '7.17': [CHECKERS, "'not-final'"],
  '7.23': [PAYMENTS, 'val stopKeepsFinal'],
  '7.24': [CHECKERS, "'rivals-accepted'"],
  '7.25': [GENERATIONS, 'what an earlier generation spent exists no more'],
  '7.26': [GENERATIONS, 'a validator that missed the end of generations'],
  '7.27': ['test/pruning/folder.test.ts', 'goes on from there like one that has everything'],
  '7.28': ['src/sim/defects/checks.ts', "'forged-left-over'"],
  '7.29': ['test/replica/three-delays.test.ts', 'is final after three deliveries'],
  '7.30': ['test/byzantine/costs.test.ts', 'What an honest lane names comes in'],
  '8.1': ['src/iss/mempool.test.ts', 'lets the first spender of an output win'],
  '8.2': ['src/iss/buckets.test.ts', 'moves every bucket to the next owner'],
  '8.3': ['src/iss/buckets.test.ts', 'staggers proposing again by rank'],
  '8.4': ['src/iss/batch.test.ts', 'is cut at once by an idle lane'],
  '7.18': [CHECKS, 'val takenIsSound'],
  '7.19': [WHO_CHECKS, 'is found out after the patience'],
  '7.20': [CHECKS, 'val oneAnswer'],
  '7.21': [CHECKS, 'val honestClean'],
  '7.22': [WHO_CHECKS, 'is found out after the patience'],
  '10.1': [SHARED, 'transactions of a void chain count nowhere, and its blocks are admitted'],
  '10.2': [SHARED, 'refuses words on what is not there, on the own lane, or twice'],
  '10.3': [SOUNDNESS, 'is vouched for by f others and the author, not by one less'],
  '10.4': [WHO_CHECKS, 'draws each validator equally often'],
  '10.5': [WHO_CHECKS, 'a lane that was late is not awaited again'],
  '10.6': [SHARED, 'a forged rival that came first takes nothing from a payment'],
  '10.7': [SHARED, 'a forger is named by nobody, and its own signature convicts it'],
  '9.1': [PLANTED, "'begins-on-genesis-again'"],
  '9.2': [PLANTED, "'verdicts-behind-end'"],
  '9.3': [PLANTED, "'stop-before-a-quorum-ends'"],
  '9.4': [PLANTED, "'stop-cut-like-any-other'"],
  '9.5': [PLANTED, "'spent-long-ago-exists'"],
  '9.6': [PLANTED, "'deciding-commits-not-named'"],
  '9.7': [GENERATIONS, 'follow each other, and what was told stays'],
  '9.8': [GENERATIONS, 'an own block of a later generation stops'],
  '9.9': ['test/pruning/folder.test.ts', 'starts after a crash at each step of dropping'],
  '9.10': ['test/cluster/pruned-network.test.ts', 'lets one come back that was away for longer'],
};

/** What no test of its own can fail for, and why. */
const UNTESTED: Readonly<Record<string, string>> = {
  '7.13': 'a way of speaking for 7.1 and 2.9: what is shown has been admitted',
};

function numbers(): string[] {
  const text = readProjectFile('docs/PROTOCOL.md');
  const rules = [...text.matchAll(/^- (\d+\.\d+|A\d) /gm)];
  const lemmas = [...text.matchAll(/^\| (7\.\d+) \|/gm)];
  return [...rules, ...lemmas].map((match) => match[1] as string);
}

describe('docs/PROTOCOL.md', () => {
  it('has rules and lemmas, each numbered once', () => {
    const found = numbers();
    assert.ok(found.length > 50);
    assert.equal(new Set(found).size, found.length);
  });

  it('has a test for each rule and lemma, or a reason why not', () => {
    const known = [...Object.keys(TESTED), ...Object.keys(UNTESTED)];
    assert.deepEqual(known.toSorted(), numbers().toSorted());
  });

  for (const [number, [file, words]] of Object.entries(TESTED)) {
    it(`${number} is tested where this table says`, () => {
      assert.ok(existsSync(path.join(projectFolder, file)), file);
      assert.ok(readProjectFile(file).includes(words), `${file} has no «${words}»`);
    });
  }

  it('proves each lemma on the page that it names', () => {
    const text = readProjectFile('docs/PROTOCOL.md');
    for (const [, lemma, page] of text.matchAll(/^\| (7\.\d+) \|.*\((proof\/[^)]+)\) \|$/gm)) {
      const proof = readProjectFile(`docs/${page}`);
      assert.match(proof, new RegExp(`^## ${(lemma as string).replace('.', '\\.')} `, 'm'), lemma);
    }
  });
});
