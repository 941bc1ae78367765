import path from 'node:path';
import { checkpointDigest } from '../../codec/checkpoint.ts';
import { toConfig } from '../../node/folder/config.ts';
import { offlineState } from '../../node/start/offline-state.ts';
import type { AddCommand } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { notes } from '../help-notes.ts';
import { wholeNumber } from '../options/parse-option.ts';
import { table } from '../output.ts';
import { loadSettings } from './start.ts';

type Options = { readonly home: string; readonly epoch?: number };

export const rootCommand: AddCommand = (program, { output, setExit }) => {
  program
    .command('root')
    .description(
      'recompute the state root of a stopped node from its folder, without its state tree',
    )
    .option('--home <folder>', 'folder of a validator or an observer', '.althing/node')
    .option('--epoch <n>', 'a certified epoch; default the newest', wholeNumber(1, 0xffff_ffff))
    .addHelpText(
      'after',
      notes(
        `Replays the journal into a temporary store (an observer has none: its store is read),
         then computes the root from all unspent outputs and holds it against the checkpoint. The
         folder of a running node is locked; copy it first (cp -r) and name the copy.`,
        `Exit codes: 0 equal, 1 it could not be computed, 3 no certificate of that epoch is
         there, 4 they differ or no quorum of the genesis in the folder signed the checkpoint, 7
         wrong configuration.`,
      ),
    )
    .action(async (options: Options) => {
      const home = path.resolve(options.home);
      const config = toConfig(loadSettings({ home }));
      const state = await offlineState(home, config, options.epoch ?? null);
      const { checkpoint } = state.certificate;
      const { certificate: _, stateRoot, ...counts } = state;
      const isRight = stateRoot === checkpoint.stateRoot;
      const summary = {
        epoch: checkpoint.epoch,
        stateRoot,
        certifiedRoot: checkpoint.stateRoot,
        checkpoint: checkpointDigest(checkpoint),
        equal: isRight,
        ...counts,
      };
      output().result(summary, () =>
        table(Object.entries(summary).map(([name, value]) => [name, String(value ?? 'none')])),
      );
      if (!isRight) setExit(EXIT.rejected);
    });
};
