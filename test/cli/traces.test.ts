import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { althing } from '../cluster/processes.ts';
import { projectFolder } from '../project/files.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { ends } from './ends.ts';

const PAYMENTS = path.join(projectFolder, 'traces', 'uniform-400.utxo.ndjson');
const RATES = path.join(projectFolder, 'traces', 'rates', 'burst.rate.json');

describe('traces on the command line', { timeout: 600_000 }, () => {
  const folder = temporaryFolder({ after });
  const at = (name: string) => path.join(folder, name);

  it('refuses an option that the kind of the trace does not know', async () => {
    await ends(2, /--rate: .* is a trace of rates/, 'replay', RATES, '--rate', '5');
    await ends(2, /--routing: .* of rates/, 'replay', RATES, '--routing', 'race');
    await ends(2, /--scale: .* is a trace of payments/, 'replay', PAYMENTS, '--scale', '3');
    await ends(2, /--from: .* of payments/, 'replay', PAYMENTS, '--from', '0');
    await ends(2, /--speed is for --rate trace/, 'replay', PAYMENTS, '--speed', '2');
    const speed = ['--rate', 'trace', '--speed', 'fast'];
    await ends(2, /--speed fast: a number above 0/, 'replay', PAYMENTS, ...speed);
  });

  it('says of a recording that it has to be converted', async () => {
    writeFileSync(at('block.raw'), Buffer.alloc(300, 1));
    await ends(1, /block\.raw:1: not JSON; .*"althing trace convert"/, 'replay', at('block.raw'));
    // Behind a header it is a trace, with a mistake in it.
    const [header] = readFileSync(PAYMENTS, 'utf8').split('\n');
    writeFileSync(at('torn.utxo.ndjson'), `${header}\n{`);
    await ends(1, /:2: not JSON\n$/, 'replay', at('torn.utxo.ndjson'));
  });

  it('says of a file that is not gzipped, whatever its name, that it cannot be read', async () => {
    writeFileSync(at('block.gz'), 'not gzipped');
    const convert = ['trace', 'convert', '--form', 'mempool', at('block.gz')];
    await ends(
      1,
      /^althing: .*block\.gz: incorrect header check\n$/,
      ...convert,
      at('m.utxo.ndjson'),
    );
  });

  it('joins traces of payments, one as often as it is named', async () => {
    const end = await althing('trace', 'join', at('twice.utxo.ndjson'), PAYMENTS, PAYMENTS);
    assert.equal(end.code, 0, end.err);
    assert.match(end.out, /^transactions +800$/m);
    await ends(0, /^$/, 'trace', 'info', at('twice.utxo.ndjson'));
    await ends(1, /JSON/, 'trace', 'join', at('none.utxo.ndjson'), RATES);
    assert.ok(!existsSync(at('none.utxo.ndjson')));
  });

  it('writes no trace under a name that says the other kind', async () => {
    writeFileSync(at('workload.yaml'), 'txs:\n  0: 5\n  2: 0\n');
    const convert = ['trace', 'convert', '--form', 'diablo', at('workload.yaml')];
    await ends(2, /rates .* ends in \.rate\.json/, ...convert, at('made.utxo.ndjson'));
    const absent = ['trace', 'convert', at('absent.raw'), at('made.rate.json')];
    await ends(2, /payments .* ends in \.utxo/, ...absent);
    await ends(2, /payments .* ends in \.utxo/, 'trace', 'generate', at('made.rate.json'));
    for (const name of ['made.utxo.ndjson', 'made.rate.json']) assert.ok(!existsSync(at(name)));
    await ends(0, /^$/, ...convert, at('made.rate.json'));
  });
});
