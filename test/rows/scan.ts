import { projectFilesBelow, readProjectFile } from '../project/files.ts';

/** A test whose name begins with ids of rows, such as "T7, T9: what it shows". */
export type NamedTest = {
  readonly file: string;
  readonly ids: readonly string[];
  readonly name: string;
};

const IDS = /^((?:[RTPBDCNO][0-9]{1,2}(?:, )?)+): (.+)$/s;
const TEST = /\b(?:it|test)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
/** A row of a table of cases: its test's name is made of both. */
const CASE = /\bid: '([RTPBDCNO][0-9]{1,2})',\s*what:\s*(['"])((?:\\.|(?!\2)[^\\])*)\2/g;

/** All of them, by file and place. */
export function namedTests(): NamedTest[] {
  // The test of this very table has ids in its examples.
  const files = ['src', 'test']
    .flatMap(projectFilesBelow)
    .filter((file) => file.endsWith('.ts') && file !== 'test/rows/rows.test.ts')
    .sort();
  return files.flatMap((file) => {
    const text = readProjectFile(file);
    return [...testsIn(file, text), ...casesIn(file, text)];
  });
}

export function testsIn(file: string, text: string): NamedTest[] {
  if (!file.endsWith('.test.ts')) return [];
  return [...text.matchAll(TEST)].flatMap(([, , title = '']) => {
    const match = IDS.exec(title);
    if (match === null) return [];
    return [{ file, ids: (match[1] ?? '').split(', '), name: plain(match[2] ?? '') }];
  });
}

function casesIn(file: string, text: string): NamedTest[] {
  return [...text.matchAll(CASE)].map(([, id = '', , what = '']) => ({
    file,
    ids: [id],
    name: plain(what),
  }));
}

/** As a reader of the table wants it: no escapes, and a placeholder as three dots. */
function plain(text: string): string {
  return text
    .replace(/\$\{[^}]*\}/g, '…')
    .replace(/\\(.)/g, '$1')
    .replaceAll('|', '/');
}
