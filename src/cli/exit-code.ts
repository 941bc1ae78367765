/** What the process ends with: EXIT_HELP is what people are told. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  rejected: 4,
  unreachable: 5,
  timeout: 6,
  config: 7,
  halted: 8,
  /** Nobody reads the answer any more: what a shell says of a program that SIGPIPE ended, 128 + 13. */
  unheard: 141,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 transaction, proof or state rejected,
5 node unreachable, 6 timed out, 7 wrong configuration, 8 the validator halted (do not restart it
before the cause in its log is understood), 141 nobody read the answer to its end (| head).`;

/** A command that ends with a message instead of a result. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What the work returns; what it throws ends the command, behind these words. */
export function orFail<T>(words: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new CommandError(EXIT.failed, `${words}: ${(cause as Error).message}`);
  }
}
