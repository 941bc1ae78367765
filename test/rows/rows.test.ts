import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFECTS } from '../../src/sim/defects/defects.ts';
import { readProjectFile } from '../project/files.ts';
import { rowsOf, SECTIONS } from './catalogue.ts';
import { namedTests, testsIn } from './scan.ts';
import { withRows } from './table.ts';

const rows = SECTIONS.flatMap(([, section]) => rowsOf(section));

describe('the catalogue of bad inputs and faults', () => {
  const tested = new Set(namedTests().flatMap(({ ids }) => ids));

  it('has 153 rows, each with a test that carries its id or the reason why there is none', () => {
    const open = rows.filter(({ id, without }) => !tested.has(id) && without === undefined);
    assert.deepEqual(open, []);
    assert.equal(rows.length, 153);
  });

  it('knows every id that a test carries', () => {
    const known = new Set(rows.map(({ id }) => id));
    assert.deepEqual(
      [...tested].filter((id) => !known.has(id)),
      [],
    );
  });

  it('stands in docs/TESTING.md as it is', () => {
    const page = readProjectFile('docs/TESTING.md');
    assert.equal(page, withRows(page), 'run: node scripts/generate-docs.mjs');
  });

  it('finds ids at the beginning of names only', () => {
    const text = [
      "it('T7, B2: x', a);",
      "test(\n  'an R1 within', b);",
      ['it(`D3: $', '{n} \\`y\\``, c)'].join(''),
    ].join('\n');
    assert.deepEqual(
      testsIn('a.test.ts', text).map(({ ids, name }) => [ids, name]),
      [
        [['T7', 'B2'], 'x'],
        [['D3'], '… `y`'],
      ],
    );
  });
});

describe('docs/TRAPS.md', () => {
  const traps = [...readProjectFile('docs/TRAPS.md').matchAll(/^\| (\d+) (.*)\|$/gm)];

  it('has 48 traps, each with what shows it or why it does not apply', () => {
    assert.deepEqual(
      traps.map(([, number]) => Number(number)),
      Array.from({ length: 48 }, (_, index) => index + 1),
    );
    for (const [line] of traps)
      assert.match(line, /planted `|\.test\.ts`: \*|Applies: |Does not apply/);
  });

  it('names tests and planted bugs that exist', () => {
    for (const [line] of traps) {
      for (const [, name = ''] of line.matchAll(/planted `([^`]+)`/g)) {
        assert.ok(Object.hasOwn(DEFECTS, name), `planted ${name}`);
      }
      for (const [, file = '', name = ''] of line.matchAll(/`([^`]+\.test\.ts)`: \*([^*]+)\*/g)) {
        assert.ok(readProjectFile(file).includes(name), `${file}: ${name}`);
      }
    }
  });
});
