#!/usr/bin/env -S node --max-semi-space-size=32
// Copied to dist/bundle/main.js, which is what runs: loads the chunks beside it with the code that the build
// compiled from them (code-cache.mjs). Node.js would compile them again at every start (docs/adr/0017).
'use strict';
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

const CHUNKS = join(__dirname, 'chunks');
const PARAMETERS = 'exports, require, module, __filename, __dirname';
/** File of a chunk -> the module, and what was compiled for it. */
const loaded = new Map();
const elsewhere = createRequire(join(CHUNKS, 'main.js'));
const requireHere = Object.assign(
  (name) => (name.startsWith('./') ? load(join(CHUNKS, name)) : elsewhere(name)),
  elsewhere,
);

function load(file) {
  const known = loaded.get(file);
  if (known !== undefined) return known.module.exports;
  const module = { exports: {} };
  const script = compiled(file);
  loaded.set(file, { module, script });
  const run = script.runInThisContext();
  run(module.exports, requireHere, module, file, CHUNKS);
  return module.exports;
}

/**
 * V8 refuses what another version of it wrote, or one with other flags, and compiles the text: slower, and no more. Read as
 * Latin-1: beyond ASCII there are letters in comments only (esbuild escapes the rest), and one of them would have
 * V8 keep two bytes for each letter of the text.
 */
function compiled(file) {
  const text = `(function (${PARAMETERS}) {${readFileSync(file, 'latin1')}\n})`;
  return new Script(text, { filename: file, cachedData: cacheOf(file) });
}

function cacheOf(file) {
  try {
    return readFileSync(`${file}.cache`);
  } catch {
    return undefined;
  }
}

/**
 * V8 takes what was compiled beforehand, of this program and of Node.js itself, by a process with the same flags only.
 * How large the nursery may become is settled by now: from here on that flag is as it is without.
 */
function takeBackFlags() {
  setFlagsFromString('--max-semi-space-size=0');
}

/**
 * V8 11 (Node.js 20) optimises a function after 67,584 bytes of its code have run. A start has so many
 * functions of which each runs for some milliseconds that this takes a quarter of its processor time.
 */
function optimiseLater() {
  if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=600000');
}

module.exports = { loaded };
takeBackFlags();
load(join(CHUNKS, 'main.js'));
// Until then all that a command needs has been loaded, and little has run.
setImmediate(optimiseLater);
