import { Command, CommanderError } from 'commander';
import { OperatorError, type OperatorErrorKind } from '../node/operator-error.ts';
import { VERSION } from '../node/version.ts';
import { StorageFault } from '../storage/fault.ts';
import type { AddCommand, CommandContext } from './context.ts';
import { CommandError, EXIT, EXIT_HELP, type ExitCode } from './exit-code.ts';
import { notes } from './help-notes.ts';
import { createOutput } from './output.ts';

/** In the order of the help. Each is loaded only when it is wanted: a start should not wait for all. */
export const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  devnet: async () => (await import('./commands/devnet.ts')).devnetCommand,
  start: async () => (await import('./commands/start.ts')).startCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  wallet: async () => (await import('./commands/wallet.ts')).walletCommand,
  tx: async () => (await import('./commands/tx.ts')).txCommand,
  observe: async () => (await import('./commands/observe.ts')).observeCommand,
  root: async () => (await import('./commands/root.ts')).rootCommand,
  audit: async () => (await import('./commands/audit.ts')).auditCommand,
  draw: async () => (await import('./commands/draw.ts')).drawCommand,
  evidence: async () => (await import('./commands/evidence.ts')).evidenceCommand,
  verify: async () => (await import('./commands/verify.ts')).verifyCommand,
  replay: async () => (await import('./replay/replay.ts')).replayCommand,
  trace: async () => (await import('./commands/trace.ts')).traceCommand,
  sim: async () => (await import('./sim/sim.ts')).simCommand,
  latency: async () => (await import('./commands/latency.ts')).latencyCommand,
  explore: async () => (await import('./commands/explore.ts')).exploreCommand,
  genesis: async () => (await import('./commands/genesis.ts')).genesisCommand,
  key: async () => (await import('./commands/key.ts')).keyCommand,
};

const EXIT_OF_KIND: Readonly<Record<OperatorErrorKind, ExitCode>> = {
  config: EXIT.config,
  missing: EXIT.notFound,
  unproved: EXIT.rejected,
  failed: EXIT.failed,
};

/** Runs one command; resolves to the exit code of the process. Never rejects. */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = createProgram();
  const isJson = args.includes('--json');
  // What commander says of wrong usage comes from `report` then.
  if (isJson) program.configureOutput({ writeErr: () => undefined });
  const context: CommandContext = {
    output: () => createOutput(program.opts().json === true),
    setExit: (code) => {
      exitCode = code;
    },
  };
  try {
    for (const add of await wantedCommands(args)) add(program, context);
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, isJson);
  }
}

export function createProgram(): Command {
  return new Command('althing')
    .description('A ledger node without a leader, and the tools around it.')
    .version(VERSION)
    .option('--json', 'answer with one JSON document')
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what is possible)')
    .addHelpText('after', notes(EXIT_HELP))
    .exitOverride();
}

/** The command that is named first; all of them when none is, for the help. */
function wantedCommands(args: readonly string[]): Promise<AddCommand[]> {
  const name = args.find((arg) => !arg.startsWith('-')) ?? '';
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return Promise.all(load === undefined ? Object.values(COMMANDS).map((one) => one()) : [load()]);
}

function report(error: unknown, json: boolean): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    if (!json) return EXIT.usage;
  }
  const [code, message] = explain(error);
  if (json) process.stderr.write(`${JSON.stringify({ error: message, exitCode: code })}\n`);
  else process.stderr.write(`althing: ${message}\n`);
  return code;
}

function explain(error: unknown): [ExitCode, string] {
  if (error instanceof CommandError) return [error.exitCode, error.message];
  if (error instanceof CommanderError) {
    const isHelp = error.code === 'commander.help';
    const said = isHelp ? 'no command is named: --help lists them' : error.message;
    return [EXIT.usage, said.replace(/^error: /, '')];
  }
  if (error instanceof OperatorError) return [EXIT_OF_KIND[error.kind], error.message];
  if (error instanceof StorageFault) return [EXIT.failed, error.message];
  // What the system refuses, such as a folder that is not there or a full disk, is no fault of ours.
  if (error instanceof Error && 'syscall' in error) return [EXIT.failed, error.message];
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [EXIT.failed, text];
}
