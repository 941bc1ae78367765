import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { projectFilesBelow, readProjectFile, withoutComments } from './files.ts';

/** The rules of docs/ARCHITECTURE: who may import whom, and what must not stand where. */

/** What a folder of src may import besides itself. */
const PURE_1 = ['std', 'types'];
const PURE_2 = [...PURE_1, 'codec', 'crypto', 'committee'];
const PARTS = ['dag', 'dependency', 'consensus', 'iss', 'execution', 'ledger'];
const PURE_4 = [...PURE_2, ...PARTS, 'replica'];
const PORTS = ['network', 'membership', 'storage', 'metrics', 'api'];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  std: [],
  types: ['std'],
  codec: PURE_2,
  crypto: PURE_2,
  committee: PURE_2,
  ...Object.fromEntries(PARTS.map((part) => [part, PURE_2])),
  replica: [...PURE_2, ...PARTS],
  ...Object.fromEntries(PORTS.map((port) => [port, PURE_2])),
  node: [...PURE_4, ...PORTS],
  sim: [...PURE_4, 'storage'],
  explore: [...PURE_4, 'storage', 'sim'],
  audit: [...PURE_4, 'storage', 'sim'],
  picture: [...PURE_2, 'storage', 'sim'],
  client: PURE_2,
  replay: [...PURE_2, 'client'],
  devnet: [...PURE_2, ...PORTS, 'node'],
  cli: [
    ...PURE_4,
    ...PORTS,
    'node',
    'devnet',
    'sim',
    'explore',
    'audit',
    'picture',
    'client',
    'replay',
  ],
  main: ['std', 'cli'],
};

/** Files of replica that say what it needs and gives; everybody from layer 3 on may name them. */
const SEAM = ['ports.ts', 'effects.ts', 'view.ts', 'replica-options.ts'];

/** Single files that a folder may import from a layer that is closed to it otherwise, and why. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // A light client checks proofs and ledgers by the code that the ledger makes them with.
  client: ['ledger/proofs.ts', 'ledger/accepted-transactions.ts'],
};

/** The one folder that knows each package. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  '@noble/hashes': ['crypto', 'replay'],
  '@noble/secp256k1': ['crypto'],
  '@scure/base': ['crypto'],
  '@scure/bip32': ['crypto'],
  '@scure/bip39': ['crypto'],
  secp256k1: ['crypto'],
  libp2p: ['network'],
  '@libp2p/crypto': ['network', 'membership'],
  '@libp2p/identify': ['network'],
  '@libp2p/interface': ['network', 'membership'],
  '@libp2p/peer-id': ['network', 'membership'],
  '@libp2p/peer-record': ['membership'],
  '@libp2p/tcp': ['network'],
  '@chainsafe/libp2p-noise': ['network'],
  '@chainsafe/libp2p-yamux': ['network'],
  '@multiformats/multiaddr': ['network', 'membership'],
  uint8arraylist: ['network'],
  'classic-level': ['storage'],
  'prom-client': ['metrics'],
  fastify: ['api'],
  '@fastify/ajv-compiler': ['api'],
  '@fastify/swagger': ['api'],
  '@fastify/type-provider-typebox': ['api'],
  typebox: ['api'],
  pino: ['node'],
  'pino-pretty': ['node'],
  'smol-toml': ['node'],
  commander: ['cli'],
  'cli-progress': ['replay', 'cli'],
  undici: ['client'],
  algosdk: ['replay'],
};

/** Layers 0 to 4 and what is like them: the same answer on every machine at every time. */
const PURE_FOLDERS = [...PURE_1, 'codec', 'committee', ...PARTS, 'replica'];
const BANNED: readonly [RegExp, string][] = [
  [/\basync\b|\bawait\b/, 'async'],
  [/\bDate\b/, 'Date'],
  [/\bMath\.random\b/, 'Math.random'],
  [/\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/, 'a timer'],
  [/\bprocess\b|\bperformance\b/, 'process'],
  [/\bconsole\b/, 'console'],
  [/\bBuffer\b/, 'Buffer'],
  [/\bfetch\(/, 'fetch'],
];

const LINES_MAX = 350;
const MAIN_LINES_MAX = 40;

type Source = {
  readonly file: string;
  readonly folder: string;
  readonly text: string;
  readonly isTest: boolean;
};

const sources = sourcesBelow('src');
const everything = [
  ...sources,
  ...['test', 'bench', 'fuzz', 'mutation', 'nemesis', 'scripts'].flatMap(sourcesBelow),
];

describe('tidy', () => {
  it('finds the sources', () => {
    assert.ok(sources.length > 100);
    assert.ok(sources.some(({ folder }) => folder === 'replica'));
  });

  it('imports only along the layers', () => {
    const wrong = sources.filter(({ isTest }) => !isTest).flatMap(wrongImports);
    assert.deepEqual(wrong, []);
  });

  it('keeps each package in its home', () => {
    const wrong = sources.filter(({ isTest }) => !isTest).flatMap(strayPackages);
    assert.deepEqual(wrong, []);
  });

  it('keeps the core pure', () => {
    const pure = sources.filter(({ folder, isTest }) => !isTest && PURE_FOLDERS.includes(folder));
    assert.deepEqual(pure.flatMap(impurities), []);
  });

  it('keeps files short', () => {
    const long = everything.filter(({ text }) => text.split('\n').length - 1 > LINES_MAX);
    assert.deepEqual(
      long.map(({ file }) => file),
      [],
    );
    const main = sources.find(({ file }) => file === 'src/main.ts');
    assert.ok(main !== undefined && main.text.split('\n').length <= MAIN_LINES_MAX);
  });

  it('exports no value that no other file takes', () => {
    assert.deepEqual(idleExports(everything), []);
  });

  it('leaves nothing to be done', () => {
    const mark = new RegExp(['TO', 'DO|FIX', 'ME|XX', 'X'].join(''));
    const left = everything.filter(({ text }) => mark.test(text));
    assert.deepEqual(
      left.map(({ file }) => file),
      [],
    );
  });

  it('has no drawers for odds and ends', () => {
    const odd = everything.filter(({ file }) =>
      /(?:^|\/)(?:utils?|helpers?|common|misc|shared)(?:\/|\.ts$)/.test(file),
    );
    assert.deepEqual(
      odd.map(({ file }) => file),
      [],
    );
  });

  it('would see a violation', () => {
    const bad = (file: string, text: string) => ({ ...sourceOf('src/main.ts'), file, text });
    const dag = { ...bad('src/dag/x.ts', "import { x } from '../ledger/x.ts';"), folder: 'dag' };
    assert.deepEqual(wrongImports(dag), ['src/dag/x.ts imports ../ledger/x.ts']);
    const seam = {
      ...bad('src/api/x.ts', "import { x } from '../replica/view.ts';"),
      folder: 'api',
    };
    assert.deepEqual(wrongImports(seam), []);
    const stray = { ...bad('src/node/x.ts', "import x from 'fastify';"), folder: 'node' };
    assert.deepEqual(strayPackages(stray), ['src/node/x.ts imports fastify']);
    const impure = { ...bad('src/dag/x.ts', 'const now = Date.now(); // fine'), folder: 'dag' };
    assert.deepEqual(impurities(impure), ['src/dag/x.ts:1 uses Date']);
    const system = { ...bad('src/dag/x.ts', "import fs from 'node:fs';"), folder: 'dag' };
    assert.deepEqual(impurities(system), ['src/dag/x.ts imports node:fs']);
    const said = {
      ...bad('src/dag/x.ts', "/** Date, process */\n// await\nf('process');"),
      folder: 'dag',
    };
    assert.deepEqual(impurities(said), []);
    const idle = bad('src/dag/x.ts', 'export const taken = 1;\nexport function idle() {}');
    const taker = bad('src/dag/y.ts', "import { taken as other } from './x.ts';");
    assert.deepEqual(idleExports([idle, taker]), ['src/dag/x.ts exports idle']);
  });
});

function wrongImports({ file, folder, text }: Source): string[] {
  const allowed = MAY_IMPORT[folder];
  if (allowed === undefined) return [`${file}: the folder ${folder} is in no layer`];
  return relativeImports(text).flatMap((specifier) => {
    const target = path.posix.join(path.posix.dirname(file), specifier);
    const [root, to = '', name = ''] = target.split('/');
    if (root !== 'src') return [`${file} imports ${specifier}, which is outside of src`];
    const isOwn = to === folder;
    const isSeam = to === 'replica' && SEAM.includes(name) && !PURE_2.includes(folder);
    const isException = EXCEPTIONS[folder]?.includes(`${to}/${name}`) === true;
    const isFine = isOwn || isSeam || isException || allowed.includes(to);
    return isFine ? [] : [`${file} imports ${specifier}`];
  });
}

function strayPackages({ file, folder, text }: Source): string[] {
  return packageImports(text).flatMap((specifier) => {
    const parts = specifier.split('/');
    const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
    return HOMES[name]?.includes(folder) === true ? [] : [`${file} imports ${specifier}`];
  });
}

function impurities({ file, text }: Source): string[] {
  const system = importsOf(text)
    .filter((specifier) => specifier.startsWith('node:'))
    .map((specifier) => `${file} imports ${specifier}`);
  const uses = withoutComments(text)
    .replace(/'[^'\n]*'/g, "''")
    .split('\n')
    .flatMap((line, index) =>
      BANNED.filter(([pattern]) => pattern.test(line)).map(
        ([, name]) => `${file}:${index + 1} uses ${name}`,
      ),
    );
  return [...system, ...uses];
}

/** By name only: two files that export one name cover for each other. What a mutant's harness puts in its place is taken by generated code. */
function idleExports(files: readonly Source[]): string[] {
  const taken = new Set(files.flatMap(({ text }) => takenNames(withoutComments(text))));
  return files
    .filter(({ file }) => !file.startsWith('mutation/'))
    .flatMap(({ file, text }) =>
      [...withoutComments(text).matchAll(/^export (?:async )?(?:const|function\*?|class) (\w+)/gm)]
        .map(([, name = '']) => name)
        .filter((name) => !taken.has(name))
        .map((name) => `${file} exports ${name}`),
    );
}

/** Of `import { a, b as c } from`, `{ a } = await import(...)` and `(await import(...)).a`. */
function takenNames(text: string): string[] {
  const lists = [...text.matchAll(/\{([^{}]*)\}\s*(?:from\b|= await import)/g)]
    .flatMap(([, list = '']) => list.split(','))
    .map((item) =>
      item
        .trim()
        .replace(/^type /, '')
        .replace(/ as .*|:.*/, ''),
    );
  const members = [...text.matchAll(/await import\([^)]*\)\)\.(\w+)/g)].map(
    ([, name = '']) => name,
  );
  return [...lists, ...members];
}

function importsOf(text: string): string[] {
  const pattern = /(?<![.\w])(?:from|import)\s*\(?\s*'([^']+)'/g;
  return [...withoutComments(text).matchAll(pattern)].map(([, specifier]) => specifier ?? '');
}

function relativeImports(text: string): string[] {
  return importsOf(text).filter((specifier) => specifier.startsWith('.'));
}

function packageImports(text: string): string[] {
  return importsOf(text).filter((one) => !one.startsWith('.') && !one.startsWith('node:'));
}

function sourceOf(file: string): Source {
  const [, second = ''] = file.split('/');
  return {
    file,
    folder: second.replace(/\.ts$/, ''),
    text: readProjectFile(file),
    isTest: file.endsWith('.test.ts'),
  };
}

function sourcesBelow(folder: string): Source[] {
  return projectFilesBelow(folder)
    .filter((file) => /\.(?:ts|mjs)$/.test(file))
    .map(sourceOf);
}
