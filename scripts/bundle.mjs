// Makes dist/bundle, the program as it is run: all that `src/main.ts` and its packages consist of, in a few
// files, compiled beforehand. Finding, reading, linking and compiling twelve hundred would take most of a start
// (docs/adr/0017).
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { cacheCode } from './code-cache.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Elsewhere on request; packages that are left out are looked for in folders above it. */
const [, , folder = 'dist/bundle', program = 'src/main.ts'] = process.argv;
const outdir = join(root, folder);
const main = join(outdir, 'main.js');

/** Files that a process or a worker is started from. What names them finds them as in the sources. */
const ENTRIES = {
  'chunks/main': program,
  'chunks/verification-worker': 'src/node/verification/verification-worker.ts',
  'chunks/driver-process': 'src/replay/load/driver-process.ts',
  'chunks/sim-worker': 'src/cli/sim/sim-worker.ts',
};
/** They look for compiled code beside their own files, or may be absent. */
const PACKAGES_LEFT_OUT = ['classic-level', 'secp256k1', 'algosdk'];
/** libp2p's curve in JavaScript is a tenth of a start, ours a library in C. */
const OUR_CURVE = {
  name: 'our curve in the place of that of libp2p',
  setup({ onResolve }) {
    onResolve({ filter: /^@noble\/curves\/secp256k1\.js$/ }, ({ importer }) =>
      importer.includes(join('@libp2p', 'crypto'))
        ? { path: join(root, 'src', 'crypto', 'libp2p-curve.ts') }
        : undefined,
    );
  },
};
const TARGET = { platform: 'node', target: 'node20.19' };
/** What V8 has compiled can be kept of scripts, and not of ES modules; esbuild splits ES modules only. */
const COMMONJS = { ...TARGET, format: 'cjs', supported: { 'dynamic-import': false } };
/** What esbuild writes into a chunk that exports something. */
const EXPORTS = /^__export\((\w+), \{\n([\s\S]*?)\n\}\);\nmodule\.exports = __toCommonJS\(\1\);\n/m;
const URL_OF_CHUNK = `const chunkUrl = require('node:url').pathToFileURL(__filename).href;`;

rmSync(outdir, { recursive: true, force: true });
const { outputFiles } = await build({
  ...TARGET,
  absWorkingDir: root,
  entryPoints: Object.entries(ENTRIES).map(([out, file]) => ({ in: file, out })),
  outdir,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  external: PACKAGES_LEFT_OUT,
  plugins: [OUR_CURVE],
  define: { 'import.meta.url': 'chunkUrl', 'import.meta.dirname': '__dirname' },
  logLevel: 'warning',
  write: false,
});
mkdirSync(join(outdir, 'chunks'), { recursive: true });
for (const { path, text } of outputFiles) {
  const banner = text.includes('chunkUrl') ? URL_OF_CHUNK : '';
  const { code } = await transform(text, { ...COMMONJS, banner, sourcefile: basename(path) });
  writeFileSync(path, exportedAsValues(code));
}
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
writeFileSync(
  join(outdir, 'package.json'),
  `${JSON.stringify({ name, version, private: true, type: 'commonjs' })}\n`,
);
copyFileSync(join(root, 'scripts', 'bundle-main.cjs'), main);
/**
 * esbuild's CommonJS exports are getters behind getters, so that whoever uses a name sees it change; each use of a
 * function of another chunk would go through both. Where no module of a chunk is run later (`__esm`) none changes
 * once the chunk has run, and chunks do not need each other in circles: they export what the names stand for then.
 */
function exportedAsValues(code) {
  const [whole, , getters] = EXPORTS.exec(code) ?? [];
  if (whole === undefined || /\b__esm\)?\(\{/.test(code)) return code;
  const values = getters.replaceAll(/^( {2}[\w$]+): \(\) => /gm, '$1: ');
  return `${code.replace(whole, () => '')}\nmodule.exports = {\n  __esModule: true,\n${values}\n};\n`;
}

// What only tests run is compiled when they run it.
if (program === 'src/main.ts') await cacheCode(main);
