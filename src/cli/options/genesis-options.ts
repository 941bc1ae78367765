import type { Command } from 'commander';
import { GENERATION_EPOCHS_MAX } from '../../codec/genesis.ts';
import type { Variant } from '../../node/folder/genesis-file.ts';
import { wholeNumber } from './parse-option.ts';

/** What `addVariantOptions` reads. */
export type VariantOptions = Pick<Variant, 'sharedChecks' | 'generationEpochs'>;

/** How the network of a new genesis is to work. */
export function addVariantOptions(command: Command): Command {
  return command
    .option(
      '--shared-checks',
      'f + 1 validators check each witness; the default from four validators on: docs/adr/0018',
    )
    .option('--no-shared-checks', 'every validator checks every witness itself')
    .option(
      '--generation-epochs <n>',
      'epochs after which all lanes begin again; default never: docs/adr/0012',
      wholeNumber(1, GENERATION_EPOCHS_MAX),
    );
}
