#!/usr/bin/env -S node --max-semi-space-size=64
// Copied to dist/bundle/main.js, which is what runs: loads the chunks beside it with the code that the build
// compiled from them (code-cache.mjs). Node.js would compile them again at every start (docs/adr/0017).
'use strict';
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join, resolve } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

const MAIN = join(__dirname, 'chunks', 'main.js');
const PARAMETERS = 'exports, require, module, __filename, __dirname';
/** File of a chunk -> the module, and what was compiled for it. */
const loaded = new Map();

function load(file) {
  const known = loaded.get(file);
  if (known !== undefined) return known.module.exports;
  const module = { exports: {} };
  const script = compiled(file);
  loaded.set(file, { module, script });
  const elsewhere = createRequire(file);
  const folder = dirname(file);
  const requireFrom = (name) =>
    name.startsWith('./') ? load(resolve(folder, name)) : elsewhere(name);
  const run = script.runInThisContext();
  run(module.exports, Object.assign(requireFrom, elsewhere), module, file, folder);
  return module.exports;
}

/** V8 refuses what another version of it wrote, or other flags, and compiles the text: slower, and no more. */
function compiled(file) {
  const text = `(function (${PARAMETERS}) {${readFileSync(file, 'utf8')}\n})`;
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
 * V8 11 (Node.js 20) optimises a function after 67,584 bytes of its code have run. A start has so many
 * functions of which each runs for some milliseconds that this takes a quarter of its processor time.
 */
function optimiseLater() {
  if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=600000');
}

module.exports = { loaded };
optimiseLater();
load(MAIN);
