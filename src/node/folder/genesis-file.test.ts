import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { encodeGenesisJson, encodeGenesisLines, ledgerIdOf } from '../../codec/genesis.ts';
import { devNetwork } from '../../devnet/dev-network.ts';
import type { Genesis } from '../../types/genesis.ts';
import type { Lock } from '../../types/ids.ts';
import {
  DEFAULT_PARAMS,
  readGenesisFile,
  readOutputsFile,
  varied,
  writeGenesisFile,
} from './genesis-file.ts';

/** Enough for the form of lines. */
const MANY = 20_001;

describe('genesis files', () => {
  let folder = '';
  const file = () => path.join(folder, 'genesis.json');
  const genesis = withOutputs(MANY);

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'althing-genesis-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('of few outputs are one JSON value, of many are lines; both read back as they were', () => {
    for (const one of [withOutputs(3), genesis]) {
      writeGenesisFile(file(), one);
      const back = readGenesisFile(file());
      assert.equal(ledgerIdOf(back), ledgerIdOf(one));
      assert.deepEqual([...back.outputs], [...one.outputs]);
      assert.equal(back.outputs.length, one.outputs.length);
    }
    assert.equal(readFileSync(file(), 'utf8').split('\n').length, 1 + MANY + 1);
  });

  it('may have lines of any number of outputs, and a last line that does not end', () => {
    for (const count of [0, 3]) {
      writeFileSync(file(), [...encodeGenesisLines(withOutputs(count))].join('\n'));
      assert.equal(ledgerIdOf(readGenesisFile(file())), ledgerIdOf(withOutputs(count)));
    }
  });

  it('are the same behind a byte order mark, and refused in another encoding', () => {
    const one = withOutputs(3);
    for (const lines of [encodeGenesisLines(one), [JSON.stringify(encodeGenesisJson(one))]]) {
      const text = [...lines].join('\n');
      writeFileSync(file(), `\uFEFF${text}`);
      assert.equal(ledgerIdOf(readGenesisFile(file())), ledgerIdOf(one));
      writeFileSync(file(), `\uFEFF${text}`, 'utf16le');
      assert.throws(() => readGenesisFile(file()), /cannot be read: .*encod/);
    }
  });

  it('name the line or the output that is wrong', () => {
    const lines = [...encodeGenesisLines(withOutputs(3))];
    const refused = (expected: RegExp, changed: readonly string[]) => {
      writeFileSync(file(), changed.join('\n'));
      assert.throws(() => readGenesisFile(file()), expected);
    };
    const one = lines[1] as string;
    refused(/outputs: 3 are announced, 2 follow/, lines.slice(0, 3));
    refused(/outputs: 3 are announced, 4 follow/, [...lines, one]);
    refused(/line 4 is not JSON/, [...lines.slice(0, 3), one.slice(0, 9)]);
    refused(/outputs\[2\]: unknown member "x"/, [
      ...lines.slice(0, 3),
      one.replace('{', '{"x":1,'),
    ]);
    refused(/outputs\[2\]\.amount: is 0/, [
      ...lines.slice(0, 3),
      one.replace(/"amount":"\d+"/, '"amount":"0"'),
    ]);
    const most = one.replace(/"amount":"\d+"/, `"amount":"${2n ** 64n - 1n}"`);
    refused(/outputs\[2\]: the sum of all outputs/, [...lines.slice(0, 3), most]);
    refused(/member "name" is missing/, [(lines[0] as string).replace(/"name":"[^"]*",/, ''), one]);
  });

  it('take further outputs from a file of lines', () => {
    const lines = [...encodeGenesisLines(withOutputs(5))].slice(1);
    writeFileSync(file(), lines.join('\n'));
    const named = [...withOutputs(2).outputs];
    const outputs = readOutputsFile(file(), named, genesis.addressPrefix);
    assert.deepEqual([...outputs], [...named, ...withOutputs(5).outputs]);
  });
});

describe('a new network', () => {
  const shares = (validators: number, sharedChecks?: boolean) =>
    varied({ validators, ...(sharedChecks === undefined ? {} : { sharedChecks }) }, DEFAULT_PARAMS)
      .sharedChecks === true;

  it('shares checks where somebody may be Byzantine, unless its author decides otherwise', () => {
    assert.deepEqual(
      [1, 3, 4, 100].map((n) => shares(n)),
      [false, false, true, true],
    );
    assert.deepEqual([shares(4, false), shares(3, true)], [false, true]);
  });

  it('may share checks and have generations', () => {
    const params = varied({ validators: 4, generationEpochs: 7 }, DEFAULT_PARAMS);
    assert.deepEqual(params, { ...DEFAULT_PARAMS, sharedChecks: true, generationEpochs: 7 });
  });
});

function withOutputs(count: number): Genesis {
  const outputs = Array.from({ length: count }, (_, at) => ({
    amount: BigInt(at + 1) * 1000n,
    lock: `01${at.toString(16).padStart(64, '0')}` as Lock,
  }));
  return { ...devNetwork(2, 0, null).genesis, outputs };
}
