import { type ParseArgsConfig, parseArgs } from 'node:util';

/**
 * The command line of a tool of the project, such as `npm run bench`: what its help does not have, or has as a number
 * (`--rate <n>`) and is none that is whole, ends the process with a line that says so, the help, and code 2.
 */
export function toolOptions<const T extends ParseArgsConfig>(help: string, config: T) {
  try {
    const read = parseArgs(config);
    for (const [name, value] of Object.entries(read.values)) {
      if (help.includes(`--${name} <n>`)) for (const one of [value].flat()) demandNumber(name, one);
    }
    return read;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help}`);
    return process.exit(2);
  }
}

/** '' stands for an option that was left out. */
function demandNumber(name: string, value: unknown): void {
  if (value === '' || /^\d{1,15}$/.test(String(value))) return;
  throw new Error(`--${name} ${value}: a whole number is wanted`);
}
