import { withPart } from '../documents/generated-part.ts';
import { rowsOf, SECTIONS } from './catalogue.ts';
import { type NamedTest, namedTests } from './scan.ts';

const PART = {
  begin: '<!-- rows: written by scripts/generate-docs.mjs -->',
  end: '<!-- end of rows -->',
};

/** The page with its table as catalogue and test names have it now. */
export function withRows(page: string): string {
  return withPart(page, PART, rowsTable(namedTests()));
}

function rowsTable(tests: readonly NamedTest[]): string {
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
