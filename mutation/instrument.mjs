// Writes the sources once more, with every mutant in them behind a switch, and the list of mutants. The mutants
// are Stryker's; only this file needs it, so it is no part of the product's build (docs/MUTATION.md).
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { filesBelow, root } from '../scripts/prepare.mjs';

const [stage, ...layers] = process.argv.slice(2);

/** What readers of JSON call a field by, in the texts of their errors. */
const NAMERS = /^(?:\w+Field|(?:object|list|digest|txid|integer)Of)$/;
/** The condition of an assertion holds in every correct program; texts for people may say what they like. */
const ignorer = {
  shouldIgnore(path) {
    const isArgument = path.listKey === 'arguments';
    const name = isArgument ? path.parent.callee.name : undefined;
    if (name === 'assert' || name === 'unreachable') return 'an assertion';
    if (!path.isStringLiteral() && !path.isTemplateLiteral()) return undefined;
    const isName = isArgument && path.key < 2 && NAMERS.test(name);
    return isName || / /.test(textOf(path.node)) ? 'a text for people' : undefined;
  },
};

function textOf({ value, quasis }) {
  return value ?? quasis.map((quasi) => quasi.value.raw).join('');
}

const silent = () => undefined;
const logger = { isDebugEnabled: () => false, debug: silent, info: silent, warn: console.warn };

for (const folder of ['src', 'test', 'bench', 'fuzz', 'nemesis', 'mutation']) {
  const from = join(root, folder);
  rmSync(join(stage, folder), { recursive: true, force: true });
  for (const path of filesBelow(from)) {
    if (!path.endsWith('.ts') || path.includes('node_modules')) continue;
    copy(path);
  }
}

/** Tests define themselves at the harness; only that itself needs node:test. */
function copy(path) {
  const to = join(stage, relative(root, path));
  const harness = join(stage, 'mutation', 'harness.ts');
  const from = `from '${relative(dirname(to), harness).replace(/^(?!\.)/, './')}'`;
  const text = readFileSync(path, 'utf8');
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, to === harness ? text : text.replaceAll("from 'node:test'", from));
}

const sources = layers
  .flatMap((layer) => filesBelow(join(root, 'src', layer)))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .map((path) => ({ name: path, mutate: true, content: readFileSync(path, 'utf8') }));
const { files, mutants } = await new Instrumenter(logger).instrument(sources, {
  plugins: null,
  ignorers: [ignorer],
  excludedMutations: [],
  noHeader: true,
});

for (const { name, content } of files) {
  const to = join(stage, relative(root, name));
  const header = relative(dirname(to), join(stage, 'mutation', 'switch.ts'));
  const names = 'cover as stryCov_9fa48, isActive as stryMutAct_9fa48';
  const isMutated = content.includes('stryMutAct_9fa48');
  writeFileSync(
    to,
    isMutated ? `import { ${names} } from '${header}';\n${fast(content)}` : content,
  );
}

/** Ids as numbers: a switch is asked millions of times in one simulated second. */
function fast(text) {
  return text.replace(/stry(?:Cov|MutAct)_9fa48\([\d\s",]+\)/g, (call) => call.replaceAll('"', ''));
}

const found = mutants.map(({ id, fileName, mutatorName, replacement, location, status }) => ({
  id: Number(id),
  file: relative(root, fileName),
  mutator: mutatorName,
  replacement,
  start: location.start,
  end: location.end,
  ignored: status === 'Ignored',
}));
writeFileSync(join(stage, 'mutants.json'), JSON.stringify(found));
