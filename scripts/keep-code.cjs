// Preloaded into what code-cache.mjs runs: one validator leaves beside each chunk what V8 has compiled of it.
'use strict';
const { writeFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');

const [, main, command, , home = ''] = process.argv;
if (command === 'start' && home.endsWith('validator-0')) {
  // What a start has called once would be thrown away by the end.
  setFlagsFromString('--no-flush-bytecode');
  process.on('exit', () => {
    // What is kept is for processes with the usual flags only, as they are while they load it.
    setFlagsFromString('--flush-bytecode');
    if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=67584');
    for (const [file, { script }] of require(main).loaded) {
      writeFileSync(`${file}.cache`, script.createCachedData());
    }
  });
}
