import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { drawn } from '../../nemesis/assault.ts';
import { RULES, type Rule } from '../../nemesis/checker/violation.ts';
import { FAULT_NAMES } from '../../nemesis/faults/catalogue.ts';
import { SHAPES, type Shape } from '../../nemesis/faults/links.ts';
import { runMatrix } from '../../nemesis/matrix/matrix.ts';
import { run } from '../../nemesis/run.ts';
import { slopePerHour } from '../../nemesis/slope.ts';
import type { SoakResult } from '../../nemesis/soak.ts';
import { freePortBase } from '../../src/devnet/free-ports.ts';
import { createPrng } from '../../src/std/prng.ts';
import { projectFolder } from '../project/files.ts';

/** One generous limit for everything: what is waited for are events. */
const WATCHDOG = { timeout: 1_800_000 };
const QUIET = { note: () => undefined };

describe('the nemesis, on real processes', WATCHDOG, () => {
  it('D1, R21: ends a validator at failpoints and damages its folder: it is the same or it halts', async () => {
    const { cells, conflicts, slots, verdict } = await runMatrix({
      rate: 30,
      seed: 1,
      portBase: await freePortBase(4),
      ...QUIET,
      points: ['before-fsync', 'after-send'],
      damages: ['torn', 'rollback'],
      chunk: 4,
      record: null,
    });
    assert.deepEqual(
      cells.filter(({ isRight }) => !isRight),
      [],
    );
    assert.ok(cells.some(({ short }) => short === 'same root'));
    assert.ok(cells.some(({ short }) => short === 'own-signature-unknown'));
    assert.deepEqual(conflicts, []);
    assert.ok(slots > 0 && verdict.counts.acknowledged > 0);
    assert.deepEqual(verdict.violations, []);
  });

  it('R21, R24: finds a stale read and a lost acknowledgement of validators that lie', async () => {
    const { verdict, faults } = await run({
      validators: 4,
      seconds: 4,
      seed: 1,
      rate: 40,
      accounts: 4,
      net: 231,
      ...QUIET,
      portBase: await freePortBase(4),
      historyFile: null,
      settleMs: 4000,
      faults: ['pause'],
      planted: ['stale-read', 'lost-acknowledgement'],
    });
    const found = new Set<Rule>(verdict.violations.map(({ rule }) => rule));
    assert.ok(found.has('exact-balance'), [...found].join());
    assert.ok(found.has('acknowledged-kept'), [...found].join());
    assert.ok(!found.has('one-checkpoint') && !found.has('no-rivals'), [...found].join());
    assert.ok(faults.length > 0);
  });
});

describe('a soak', WATCHDOG, () => {
  it('pays between as many accounts as it is told', async () => {
    const main = path.join(projectFolder, 'dist', 'nemesis', 'main.js');
    const portBase = String(await freePortBase(4));
    const options = ['--accounts', '1', '--seconds', '1', '--rate', '40', '--port-base', portBase];
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...[main, 'soak', '--json'],
      ...options,
    ]);
    const { final, mostOutputs, verdict } = JSON.parse(stdout) as SoakResult;
    assert.deepEqual(verdict.violations, []);
    // An account has ten at first, and a payment leaves one more. Of many accounts, none would have half of them.
    assert.ok(final > 10 && mostOutputs > 10 + final / 2, `${mostOutputs} outputs, ${final} final`);
  });
});

describe('what the nemesis is made of', () => {
  /** Who hears whom, as rows of letters. */
  const heard = (shape: Shape, n: number, f: number): string => {
    const lanes = Array.from({ length: n }, (_, lane) => lane);
    const cuts = new Set(SHAPES[shape](lanes, f).map(([from, to]) => `${from}>${to}`));
    const row = (to: number) => lanes.filter((from) => !cuts.has(`${from}>${to}`)).join('');
    return lanes.map(row).join(' ');
  };

  it('N1: cuts the network into the shapes that their names say', () => {
    assert.equal(heard('single', 4, 1), '0 123 123 123');
    assert.equal(heard('minority', 7, 2), '012 012 012 3456 3456 3456 3456');
    assert.equal(heard('halves', 4, 1), '01 01 23 23');
    assert.equal(heard('ring', 5, 1), '014 012 123 234 034');
    assert.equal(heard('bridge', 5, 1), '01234 012 012 034 034');
    assert.equal(heard('mute', 4, 1), '0123 123 123 123');
    assert.equal(heard('deaf', 4, 1), '0 0123 0123 0123');
    assert.equal(heard('dust', 4, 1), '0 1 2 3');
  });

  it('strikes with each fault once, however slow the machine is, and goes on until time is over', () => {
    const names = ['disk-full-kill', 'disk-ro-kill', 'disks-full'] as const;
    for (const seconds of [0, 2, 5]) {
      let passed = 0;
      const struck = [...drawn(createPrng(seconds), names, () => passed++ >= seconds)];
      assert.deepEqual(struck.slice(0, 3).sort(), names);
      assert.equal(struck.length, 3 + seconds);
    }
  });

  it('finds the slope of a line, and of nothing', () => {
    const hour = 3_600_000;
    const points = [0, 1, 2, 3].map((at): [number, number] => [at * hour, 7 + 5 * at]);
    assert.equal(slopePerHour(points), 5);
    assert.equal(slopePerHour([]), 0);
    assert.equal(slopePerHour([[1, 1]]), 0);
  });

  it('is documented: every rule and every fault', () => {
    const page = readFileSync(path.join(projectFolder, 'docs', 'NEMESIS.md'), 'utf8');
    const names = [...Object.keys(RULES), ...FAULT_NAMES, ...Object.keys(SHAPES)];
    assert.deepEqual(
      names.filter((name) => !page.includes(`\`${name}\``)),
      [],
    );
  });
});
