import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { projectFolder } from './files.ts';

/**
 * The formal model (model/*.qnt, docs/proof/README.md), checked by Quint's simulator: runs drawn by hand, in
 * which the protocol holds and broken variants of it do not, and a sample of random runs under a fixed seed.
 */

const QUINT = path.join(projectFolder, 'model/node_modules/@informalsystems/quint/dist/src/cli.js');
const SAMPLES = Number(process.env.ALTHING_MODEL_SAMPLES ?? 10);
const SEED = process.env.ALTHING_MODEL_SEED ?? '7';

type Ran = { readonly code: number; readonly text: string };

function quint(command: string, file: string, options: readonly string[]): Promise<Ran> {
  const spec = path.join(projectFolder, 'model', file);
  const args = [QUINT, command, '--backend=typescript', ...options, spec];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, text: stdout + stderr });
    });
  });
}

/** The runs that a file says it checks. */
function runsOf(file: string): string[] {
  const text = readFileSync(path.join(projectFolder, 'model', file), 'utf8');
  return [...text.matchAll(/run (\w+Test) =/g)].map((match) => match[1] as string);
}

const DRAWN = [
  { file: 'payments.qnt', main: 'paymentsChecks', broken: 9 },
  { file: 'consensus.qnt', main: 'consensusChecks', broken: 5 },
  { file: 'checks.qnt', main: 'checksChecks', broken: 6 },
];

/** `share`: of the number of samples; those of the consensus take longer. */
const SAMPLED = [
  {
    file: 'payments.qnt',
    main: 'payments4',
    share: 1,
    steps: 22,
    claims:
      'oneCleanRival verdictsStay visible oneSees finalIsClean earlyAgrees noDoubleSpend'.split(
        ' ',
      ),
    met: ['metEarly', 'metFork'],
  },
  {
    file: 'payments.qnt',
    main: 'generations4',
    share: 1,
    steps: 22,
    claims: ['finalIsClean', 'earlyAgrees', 'noDoubleSpend', 'stopKeepsFinal'],
    met: ['metFork'],
  },
  {
    file: 'consensus.qnt',
    main: 'consensusLed',
    share: 0.3,
    steps: 18,
    claims: ['agreement', 'onePrepared'],
    met: ['metFork'],
  },
  {
    file: 'checks.qnt',
    main: 'checks4',
    share: 1,
    steps: 16,
    claims: ['takenIsSound', 'oneAnswer', 'honestClean', 'nothingForged'],
    met: ['metForged', 'metVouched'],
  },
];

describe('the formal model', { concurrency: 2 }, () => {
  it('is checked by what `npm test` installs, or `npm ci --prefix model`', () => {
    assert.ok(existsSync(QUINT), QUINT);
  });

  for (const { file, main, broken } of DRAWN) {
    it(`holds in the drawn runs of ${file}, and its ${broken} broken variants do not`, async () => {
      const { code, text } = await quint('test', file, [`--main=${main}`]);
      assert.equal(code, 0, text);
      const runs = runsOf(file);
      for (const run of runs) assert.match(text, new RegExp(`ok ${run} passed`), text);
      const variants = readFileSync(path.join(projectFolder, 'model', file), 'utf8');
      const expected = variants.match(/\.expect\(not\(\w+::\w+\)\)/g) ?? [];
      assert.equal(expected.length, broken);
    });
  }

  for (const { file, main, share, steps, claims, met } of SAMPLED) {
    const samples = Math.ceil(SAMPLES * share);
    it(`holds in ${samples} random runs of ${main}`, async () => {
      const { code, text } = await quint('run', file, [
        `--main=${main}`,
        `--max-samples=${samples}`,
        `--max-steps=${steps}`,
        `--seed=${SEED}`,
        '--invariants',
        ...claims,
        '--witnesses',
        ...met,
        '--verbosity=1',
      ]);
      assert.equal(code, 0, text);
      assert.match(text, /No violation found/);
      for (const witness of met) {
        assert.match(text, new RegExp(`${witness} was witnessed in [1-9]`), text);
      }
    });
  }
});
