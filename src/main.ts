import './std/polyfill.ts';
import { runCli } from './cli/program.ts';
import { flushStandardStreams, leaveWhenUnheard } from './cli/standard-streams.ts';

// Whoever may write to the configuration or the data of a node is its operator: never everybody.
process.umask(process.umask() | 0o002);
leaveWhenUnheard();
void main();

async function main(): Promise<void> {
  const code = await runCli(process.argv.slice(2));
  await flushStandardStreams();
  // Not left to the event loop: a node that has failed may still hold sockets and timers.
  process.exit(code);
}
