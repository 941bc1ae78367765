// Makes dist/bundle, the program as it is run: all that `src/main.ts` and its packages consist of, in a few
// files. Finding, reading and linking twelve hundred would take most of a start (docs/adr/0017).
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Elsewhere on request; packages that are left out are looked for in folders above it. */
const outdir = join(root, process.argv[2] ?? 'dist/bundle');

/** Files that a process or a worker is started from. What names them finds them as in the sources. */
const ENTRIES = {
  main: 'src/main.ts',
  'chunks/verification-worker': 'src/node/verification-worker.ts',
  'chunks/driver-process': 'src/replay/load/driver-process.ts',
  'chunks/sim-worker': 'src/cli/sim-worker.ts',
};
/** They look for compiled code beside their own files, or may be absent. */
const PACKAGES_LEFT_OUT = ['classic-level', 'secp256k1', 'algosdk'];
/** For packages that are no ES modules. */
const REQUIRE = `import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);`;

rmSync(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: Object.entries(ENTRIES).map(([out, file]) => ({ in: file, out })),
  outdir,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: PACKAGES_LEFT_OUT,
  banner: { js: REQUIRE },
  logLevel: 'warning',
});
