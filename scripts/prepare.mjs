// Makes a fresh clone runnable: installs when node_modules does not match the lockfile, builds when a
// source is newer than dist. Uses nothing but Node.js, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockfile = join(root, 'package-lock.json');
const installed = join(root, 'node_modules', '.package-lock.json');
const installStamp = join(root, 'node_modules', '.althing-lock');
const buildStamp = join(root, 'dist', '.sources.json');
const bundler = join(root, 'scripts', 'bundle.mjs');
/** The program as orders of the nemesis can reach into it: its folder and its entry. */
const obedient = ['dist/nemesis/bundle', 'nemesis/cluster/obedient.ts'];
/** What a build runs, each some seconds long: said one by one, so that nobody waits without a word. */
const stages = [
  ['compiling', [join(root, 'node_modules', 'typescript', 'bin', 'tsc')]],
  ['bundling the program', [bundler]],
];
const bundlerParts = ['bundle-main.cjs', 'code-cache.mjs', 'keep-code.cjs'].map((name) =>
  join(root, 'scripts', name),
);
const sourceFolders = ['src', 'test', 'bench', 'nemesis', 'fuzz', 'mutation'];

/** Installs and builds what is missing. Exits the process with code 1 when that fails. */
export function prepare() {
  requireNode();
  install();
  build();
}

/** The same, and the program as orders of the nemesis can reach into it, for which nobody else should wait. */
export function prepareNemesis() {
  prepare();
  const made = join(root, obedient[0], 'main.js');
  if (existsSync(made) && mtime(made) >= mtime(buildStamp)) return;
  step('Bundling the program for the nemesis');
  run(process.execPath, [bundler, ...obedient]);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Node.js ${process.versions.node} is too old: install Node.js 20.19 or newer.`);
}

function install() {
  const lock = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  if (isInstalled(lock)) return;
  step('Installing dependencies (npm ci), which takes a minute or two');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(installStamp, lock);
}

/** A tool that is no package of the product has a folder and a lockfile of its own. */
export function prepareApart(folder, what) {
  const place = join(root, folder);
  const made = join(place, 'node_modules', '.package-lock.json');
  const isNew = existsSync(made) && mtime(made) >= mtime(join(place, 'package-lock.json'));
  if (isNew) return;
  step(`Installing ${what} (npm ci)`);
  run('npm', ['ci', '--prefix', place, '--no-audit', '--no-fund', '--loglevel=error']);
}

function mtime(path) {
  return statSync(path).mtimeMs;
}

function isInstalled(lock) {
  if (!existsSync(installed)) return false;
  if (existsSync(installStamp)) return readFileSync(installStamp, 'utf8') === lock;
  return statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs;
}

function build() {
  const now = sources();
  const before = readBuildStamp();
  const names = Object.keys(now);
  const same = before !== null && Object.keys(before).length === names.length;
  if (same && names.every((name) => before[name] === now[name])) return;
  // What was compiled from a file that is gone must not stay: its tests would still run.
  if (before === null || Object.keys(before).some((name) => !(name in now))) {
    rmSync(join(root, 'dist'), { recursive: true, force: true });
  }
  rmSync(buildStamp, { force: true });
  for (const [at, [what, args]] of stages.entries()) {
    step(`Building ${at + 1} of ${stages.length}: ${what}`);
    run(process.execPath, args);
  }
  writeFileSync(buildStamp, JSON.stringify(now));
}

function readBuildStamp() {
  try {
    return JSON.parse(readFileSync(buildStamp, 'utf8'));
  } catch {
    return null;
  }
}

/** Path -> size and time of change of everything that the build depends on. */
function sources() {
  const found = {};
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    found[relative(root, path)] = `${size}:${mtimeMs}`;
  };
  for (const folder of sourceFolders) {
    for (const path of filesBelow(join(root, folder))) if (path.endsWith('.ts')) add(path);
  }
  add(join(root, 'tsconfig.json'));
  for (const path of [bundler, ...bundlerParts]) add(path);
  add(lockfile);
  return found;
}

/** Every file of ours below a folder, sorted; none if the folder does not exist. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.name !== 'node_modules')
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .sort();
}

/** Runs a command with our terminal; exits the process with code 1 when it fails. */
export function run(command, args) {
  const windows = process.platform === 'win32';
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: windows,
  });
  if (status === 0) return;
  fail(
    `${relative(root, command) || command} ${args[0] ?? ''} failed${error ? `: ${error.message}` : ''}`,
  );
}

export function step(title) {
  process.stderr.write(`\u203a ${title}\n`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
