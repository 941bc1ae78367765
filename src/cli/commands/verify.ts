import { LightClient, type Shown } from '../../client/light-client.ts';
import { readGenesisFile } from '../../node/folder/genesis-file.ts';
import { readJsonFile } from '../../node/folder/json-file.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT, orFail } from '../exit-code.ts';

export const verifyCommand: AddCommand = (program, { output }) => {
  program
    .command('verify')
    .description('check a proof or a certified checkpoint without any network')
    .argument('<file>', 'what "tx proof" or REST gave, "-" for standard input')
    .requiredOption('--genesis <file>', 'the genesis of the ledger: all that is trusted')
    .action((file: string, options: { genesis: string }) => {
      const client = new LightClient(readGenesisFile(options.genesis));
      const shown = client.verifyJson(readJson(file));
      if (!shown.ok) throw new CommandError(EXIT.rejected, `not proved: ${shown.error}`);
      const value = { ledgerId: client.ledgerId, ...shown.value };
      output().result(value, () => shownText(shown.value));
    });
};

function readJson(file: string): unknown {
  const place = file === '-' ? 0 : file;
  return orFail(`${file} cannot be read`, () => readJsonFile(place));
}

function shownText(shown: Shown): string {
  const { epoch, timeMs } = shown.checkpoint;
  const when = `in the ledger of epoch ${epoch} (${new Date(timeMs).toISOString()})`;
  switch (shown.kind) {
    case 'checkpoint':
      return `proved: checkpoint ${when}`;
    case 'transaction': {
      const { outcome } = shown;
      if (outcome.accepted) return `proved: ${outcome.txid} is accepted ${when}`;
      return `proved: ${outcome.txid} is rejected (${outcome.reason}, winner ${outcome.winner}) ${when}`;
    }
    case 'output': {
      const indexes = shown.unspent.map(({ index }) => index).join(', ');
      const which = indexes === '' ? 'no unspent output' : `unspent outputs (${indexes})`;
      return `proved: ${shown.txid} has ${which} ${when}`;
    }
  }
}
