import path from 'node:path';
import { StorageFault } from '../../storage/fault.ts';
import { HALTS } from '../../types/errors.ts';
import type { Config } from '../folder/config.ts';
import { checkLogPlaces } from '../folder/log-places.ts';
import { createLogger, type Log } from '../log/logger.ts';
import { ReplicaHalt } from '../loop/driver.ts';
import { type RunningNode, startNode } from '../node.ts';
import { OperatorError, unwritable } from '../operator-error.ts';
import { Life } from './life.ts';
import { onParentGone, tellParent } from './lifeline.ts';

/**
 * `misconfigured`: the operator has to put something right first; `halted`: the validator must not be
 * started again before the cause is understood.
 */
export type RunEnd = 'stopped' | 'failed' | 'misconfigured' | 'halted';

/** How long a clean end may take. */
const STOP_MS = 10_000;

/** Runs the node of a folder until a signal comes, the parent process is gone, or something fails. */
export async function runNode(home: string, config: Config): Promise<RunEnd> {
  checkLogPlaces(home, config);
  const log = await openLog(home, config);
  const life = new Life({
    start: (told) => {
      log.info({ home, pid: process.pid }, 'starting');
      return startNode({ home, config, log, ...told });
    },
    started: (node) => sayStarted(node, config),
    stopping: (signal) => log.info({ signal }, 'stopping'),
    stopMs: STOP_MS,
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => life.signal(name));
  }
  // Node.js would open its debugger, and any user of this machine could have the key from there.
  process.on('SIGUSR1', () => log.warn('SIGUSR1: there is no debugger'));
  onParentGone(() => life.signal('end of the parent process'));
  process.on('uncaughtException', (cause) => life.fault(cause));
  process.on('unhandledRejection', (cause) => life.fault(cause));
  const end = await life.run();
  if (end.kind === 'failed') return sayFailure(log, end.cause);
  log.info(end.kind === 'late' ? 'gave up waiting for a clean end' : 'stopped');
  log.flush();
  return end.kind === 'late' ? 'failed' : 'stopped';
}

function sayStarted(node: RunningNode, { log: { file } }: Config): void {
  const hasLogFile = file !== '';
  if (hasLogFile) tellStarter(`REST ${node.rest}, metrics ${node.metrics}; Ctrl-C stops it`);
  void node.ready.then(() => {
    tellParent({ kind: 'ready' });
    if (hasLogFile) tellStarter('ready');
  });
}

async function openLog(home: string, { log: { level, file } }: Config): Promise<Log> {
  const place = file === '' ? '' : path.resolve(home, file);
  try {
    const log = await createLogger(level, place);
    if (place !== '') tellStarter(`the log is ${place}`);
    return log;
  } catch (cause) {
    throw unwritable('log.file', place, cause);
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
