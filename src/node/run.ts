import path from 'node:path';
import { StorageFault } from '../storage/fault.ts';
import { HALTS } from '../types/errors.ts';
import type { Config } from './folder/config.ts';
import { onParentGone, tellParent } from './lifeline.ts';
import { createLogger, type Log } from './logger.ts';
import { ReplicaHalt } from './loop/driver.ts';
import { type RunningNode, startNode } from './node.ts';
import { configError, OperatorError } from './operator-error.ts';

/**
 * `misconfigured`: the operator has to put something right first; `halted`: the validator must not be
 * started again before the cause is understood.
 */
export type RunEnd = 'stopped' | 'failed' | 'misconfigured' | 'halted';

/** How long a clean end may take. */
const STOP_MS = 10_000;

type Cause =
  | { readonly kind: 'signal'; readonly name: string }
  | { readonly kind: 'again' }
  | Failure;
type Failure = { readonly kind: 'failure'; readonly cause: unknown };

/**
 * Runs the node of a folder until a signal comes, the parent process is gone, or something fails. A
 * fault that nobody expected ends the process: in consensus code there is no "log and go on".
 */
export async function runNode(home: string, config: Config): Promise<RunEnd> {
  const log = await openLog(home, config);
  let end = Promise.withResolvers<Cause>();
  const failed = (cause: unknown) => end.resolve({ kind: 'failure', cause });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => end.resolve({ kind: 'signal', name }));
  }
  onParentGone(() => end.resolve({ kind: 'signal', name: 'end of the parent process' }));
  process.on('uncaughtException', failed);
  process.on('unhandledRejection', failed);

  for (;;) {
    log.info({ home, pid: process.pid }, 'starting');
    let node: RunningNode;
    try {
      const { resolve } = end;
      const again = () => resolve({ kind: 'again' });
      node = await startNode({ home, config, log, failed, again });
    } catch (cause) {
      return sayFailure(log, cause);
    }
    const hasLogFile = config.log.file !== '';
    if (hasLogFile) tellStarter(`REST ${node.rest}, metrics ${node.metrics}; Ctrl-C stops it`);
    void node.ready.then(() => {
      tellParent({ kind: 'ready' });
      if (hasLogFile) tellStarter('ready');
    });
    const cause = await end.promise;
    if (cause.kind === 'failure') return sayFailure(log, cause.cause);
    const signal = cause.kind === 'signal' ? cause.name : 'a later state was taken up';
    log.info({ signal }, 'stopping');
    // A signal that comes while it stops ends it for good.
    if (cause.kind === 'again') end = Promise.withResolvers<Cause>();
    const isStopped = await stopInTime(node, log);
    if (!isStopped) return 'failed';
    if (cause.kind === 'signal') return 'stopped';
  }
}

async function openLog(home: string, { log: { level, file } }: Config): Promise<Log> {
  const place = file === '' ? '' : path.resolve(home, file);
  try {
    const log = await createLogger(level, place);
    if (place !== '') tellStarter(`the log is ${place}`);
    return log;
  } catch (cause) {
    throw configError(`log.file: ${place} cannot be written: ${(cause as Error).message}`);
  }
}

/** To whoever started it by hand, and would see nothing where the log is a file. */
function tellStarter(line: string): void {
  if (!process.connected) process.stderr.write(`althing: ${line}\n`);
}

/** One line in the log, on standard error and to the parent; the same everywhere. */
function sayFailure(log: Log, cause: unknown): RunEnd {
  const halted = cause instanceof StorageFault || cause instanceof ReplicaHalt;
  const message = cause instanceof Error ? cause.message : String(cause);
  const detail = halted ? haltText(cause) : message;
  const isExplained = halted || cause instanceof OperatorError;
  log.fatal(isExplained ? {} : { err: cause }, detail);
  tellParent({ kind: 'failed', detail });
  process.stderr.write(`althing: ${detail}\n`);
  if (halted) return 'halted';
  return cause instanceof OperatorError && cause.kind === 'config' ? 'misconfigured' : 'failed';
}

/** With what the operator should do. */
function haltText({ code, message }: StorageFault | ReplicaHalt): string {
  // Nothing has begun here, and the process that has the folder goes on signing.
  if (code === 'folder-locked') return message;
  return `HALTED, nothing is signed any more: ${message}. docs/ERRORS.md: ${HALTS[code]}`;
}

async function stopInTime(node: RunningNode, log: Log): Promise<boolean> {
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), STOP_MS);
  const ended = await Promise.race([node.stop().then(() => 'stopped' as const), late.promise]);
  clearTimeout(timer);
  log.info(ended === 'late' ? 'gave up waiting for a clean end' : 'stopped');
  return ended === 'stopped';
}
