import { rowsOf, SECTIONS } from './catalogue.ts';
import { type NamedTest, namedTests } from './scan.ts';

export const BEGIN = '<!-- rows: written by scripts/generate-docs.mjs -->';
export const END = '<!-- end of rows -->';

/** The page with its table as catalogue and test names have it now. */
export function withRows(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error('the page has no place for rows');
  return `${before}${BEGIN}\n${rowsTable(namedTests())}${END}${after}`;
}

export function rowsTable(tests: readonly NamedTest[]): string {
  return SECTIONS.map(([title, rows]) => {
    const lines = rowsOf(rows).map(({ id, what, without }) => {
      const shown = tests.filter(({ ids }) => ids.includes(id)).map(textOf);
      const outcome = [...new Set(shown), ...(without === undefined ? [] : [without])];
      return `| ${id} | ${what} | ${outcome.join('<br>')} |`;
    });
    return `\n### ${title}\n\n| row | input or fault | tests, and what they show |\n|---|---|---|\n${lines.join('\n')}\n\n`;
  }).join('');
}

function textOf({ file, name }: NamedTest): string {
  return `\`${file}\` ${name}`;
}
