import type { Command } from 'commander';
import type { ExitCode } from './exit-code.ts';
import type { Output } from './output.ts';

/** What every command gets. */
export type CommandContext = {
  readonly output: () => Output;
  /** A command that does not call it ends with ok. */
  readonly setExit: (code: ExitCode) => void;
};

export type AddCommand = (program: Command, context: CommandContext) => void;
