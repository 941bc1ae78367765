import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SnapshotClient } from '../../client/snapshot-client.ts';
import { checkpointDigest } from '../../codec/checkpoint.ts';
import { ledgerIdOf } from '../../codec/genesis.ts';
import { createCommittee } from '../../committee/committee.ts';
import { createVerifier } from '../../crypto/verify.ts';
import { readGenesisFile, writeGenesisFile } from '../../node/folder/genesis-file.ts';
import { Observer, type Progress } from '../../node/observer/observer.ts';
import { openObserverData, refuseFolderOfNode } from '../../node/observer/observer-data.ts';
import { Providers } from '../../node/observer/providers.ts';
import type { Patience } from '../../node/observer/questions.ts';
import { makeFolder } from '../../storage/make-folder.ts';
import type { Genesis } from '../../types/genesis.ts';
import { OBSERVER_LIMITS } from '../../types/limits.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { wholeNumber } from '../options/parse-option.ts';
import { nodeUrls } from '../options/url-option.ts';
import type { Output } from '../output.ts';
import { stopSignal } from '../stop-signal.ts';

type Options = {
  readonly from: readonly string[];
  readonly genesis?: string;
  readonly home: string;
  readonly once: boolean;
  readonly pollMs: number;
};

const GENESIS_FILE = 'genesis.json';

export const observeCommand: AddCommand = (program, { output }) => {
  program
    .command('observe')
    .description('install the newest certified state and follow, believing nobody')
    .requiredOption('--from <url>', 'REST of a node to ask; may be repeated', nodeUrls)
    .option('--genesis <file>', 'what is trusted; afterwards the copy in the folder')
    .option('--home <folder>', 'folder of the observer', path.join('.althing', 'observer'))
    .option('--once', 'end when nobody has anything newer', false)
    .option('--poll-ms <ms>', 'how often to look for a new epoch', wholeNumber(1, 3_600_000), 500)
    .action((options: Options) => observe(options, output()));
};

const patience: Patience = (signal) =>
  sleep(OBSERVER_LIMITS.patienceMs.value, undefined, { signal }).catch(() => undefined);

/** Runs until a signal comes, or until it has caught up. */
async function observe(options: Options, output: Output): Promise<void> {
  refuseFolderOfNode(options.home);
  const genesis = adoptGenesis(options);
  const ledgerId = ledgerIdOf(genesis);
  const trust = {
    ledgerId,
    committee: createCommittee(genesis.committee),
    verifier: createVerifier('auto'),
  };
  const clients = options.from.map((url) => new SnapshotClient(url));
  const note = (line: string) => output.note(line);
  const providers = new Providers(clients, note);
  const data = await openObserverData(path.resolve(options.home), ledgerId);
  const stop = stopSignal();
  try {
    const observer = new Observer({
      data,
      trust,
      providers,
      note,
      patience,
      stop,
      now: () => performance.now(),
    });
    await follow({ observer, providers, stop }, options, (progress) => tell(output, progress));
  } finally {
    await data.close();
    await Promise.all(clients.map((client) => client.close()));
  }
}

type Followed = {
  readonly observer: Observer;
  readonly providers: Providers;
  readonly stop: AbortSignal;
};

async function follow(
  { observer, providers, stop }: Followed,
  { once, pollMs }: Options,
  took: (progress: Progress) => void,
): Promise<void> {
  const resumed = await observer.resume();
  if (resumed !== null) took(resumed);
  while (!stop.aborted) {
    const step = await observer.step();
    if (providers.exhausted !== null) {
      throw new CommandError(EXIT.failed, `nobody is left to ask. ${providers.exhausted}`);
    }
    if (step.kind === 'idle' || step.kind === 'unreachable') {
      if (stop.aborted) return;
      if (once) return endOnce(observer, step.kind);
      await sleep(pollMs, undefined, { signal: stop }).catch(() => undefined);
    } else took(step);
  }
}

function endOnce(observer: Observer, kind: 'idle' | 'unreachable'): void {
  if (kind === 'unreachable') throw new CommandError(EXIT.unreachable, 'nobody answers');
  if (observer.checkpoint !== null) return;
  throw new CommandError(EXIT.notFound, 'there is no certified state yet');
}

function tell(output: Output, { kind, checkpoint, provider }: Progress): void {
  const { epoch, stateRoot, acceptedCount, rejectedCount, timeMs } = checkpoint;
  const digest = checkpointDigest(checkpoint);
  const line = {
    epoch,
    kind,
    stateRoot,
    checkpoint: digest,
    acceptedCount,
    rejectedCount,
    timeMs,
    provider,
  };
  output.line(line, () => {
    const counts = `${acceptedCount} accepted, ${rejectedCount} rejected`;
    const source = provider === null ? '' : ` from ${provider}`;
    return `epoch ${epoch}  ${kind}  root ${stateRoot}  ${counts}${source}`;
  });
}

/** The genesis given, whose copy is kept in the folder; or that copy. */
function adoptGenesis({ genesis, home }: Options): Genesis {
  const copy = path.join(home, GENESIS_FILE);
  if (genesis === undefined && !existsSync(copy)) {
    throw new CommandError(EXIT.usage, `--genesis is needed: ${copy} does not exist yet`);
  }
  const adopted = readGenesisFile(genesis ?? copy);
  makeFolder(home);
  if (!existsSync(copy)) writeGenesisFile(copy, adopted);
  return adopted;
}
