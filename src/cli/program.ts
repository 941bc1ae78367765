import { Command, CommanderError } from 'commander';
import { OperatorError } from '../node/operator-error.ts';
import { VERSION } from '../node/version.ts';
import type { AddCommand, CommandContext } from './context.ts';
import { devnetCommand } from './devnet.ts';
import { CommandError, EXIT, EXIT_HELP, type ExitCode } from './exit-code.ts';
import { genesisCommand } from './genesis.ts';
import { keyCommand } from './key.ts';
import { createOutput } from './output.ts';
import { startCommand } from './start.ts';

/** Runs one command; resolves to the exit code of the process. Never rejects. */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, program.opts().json === true);
  }
}

function createProgram(setExit: CommandContext['setExit']): Command {
  const program = new Command('althing')
    .description('A ledger node without a leader, and the tools around it.')
    .version(VERSION)
    .option('--json', 'answer with one JSON document')
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what is possible)')
    .addHelpText('after', EXIT_HELP)
    .exitOverride();
  const output = () => createOutput(program.opts().json === true);
  const commands: readonly AddCommand[] = [devnetCommand, startCommand, genesisCommand, keyCommand];
  for (const add of commands) add(program, { output, setExit });
  return program;
}

function report(error: unknown, json: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const [code, message] = explain(error);
  if (json) process.stderr.write(`${JSON.stringify({ error: message, exitCode: code })}\n`);
  else process.stderr.write(`althing: ${message}\n`);
  return code;
}

function explain(error: unknown): [ExitCode, string] {
  if (error instanceof CommandError) return [error.exitCode, error.message];
  if (error instanceof OperatorError) {
    return [error.kind === 'config' ? EXIT.config : EXIT.failed, error.message];
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [EXIT.failed, text];
}
