import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { COMMANDS, createProgram } from '../../src/cli/program.ts';

test('the help of each command fits a terminal of 80 columns, and uses a wider one', async () => {
  const widest = async (width: number) => {
    const pages = await pagesAt(width);
    assert.ok(pages.size > Object.keys(COMMANDS).length);
    for (const [name, page] of pages) {
      for (const line of page.split('\n')) assert.ok(line.length <= width, `${name}: ${line}`);
    }
    return [...pages.values()].map((page) => page.split('\n').length);
  };
  const [narrow, wide] = [await widest(80), await widest(160)];
  assert.ok(narrow.every((lines, at) => lines >= (wide[at] ?? 0)));
  assert.ok(narrow.some((lines, at) => lines > (wide[at] ?? 0)));
});

/** What each command says of itself, by its name. */
async function pagesAt(width: number): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  const program = createProgram();
  const output = () => assert.fail('help runs nothing');
  for (const load of Object.values(COMMANDS)) (await load())(program, { output, setExit: output });
  const note = (command: Command, name: string) => {
    let page = '';
    command.configureOutput({
      getOutHelpWidth: () => width,
      writeOut: (text) => {
        page += text;
      },
    });
    command.outputHelp();
    pages.set(name, page);
    for (const one of command.commands) note(one, `${name} ${one.name()}`);
  };
  note(program, 'althing');
  return pages;
}
