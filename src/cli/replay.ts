import path from 'node:path';
import { Option } from 'commander';
import { AlthingError } from '../client/althing-error.ts';
import { Wallet } from '../client/wallet.ts';
import { fromHex } from '../codec/hex.ts';
import { devNetwork } from '../node/dev-network.ts';
import { readDevnetState } from '../node/devnet-layout.ts';
import { progressView } from '../replay/progress.ts';
import { REPLAY_DEFAULTS, type ReplayOptions, replay } from '../replay/replay.ts';
import { formatReport } from '../replay/report.ts';
import { ROUTINGS } from '../replay/routes.ts';
import { type Pace, parsePace } from '../replay/schedule.ts';
import { readTraceFile } from '../replay/trace-file.ts';
import type { AddCommand } from './context.ts';
import { CommandError, EXIT } from './exit-code.ts';
import { gather, wholeNumber } from './parse-option.ts';
import { explainAnswer } from './url-option.ts';

type Options = {
  readonly target: readonly string[];
  readonly home: string;
  readonly rate: string;
  readonly speed: string;
  readonly routing: ReplayOptions['routing'];
  readonly secret?: string;
  readonly runId?: string;
  readonly drain: number;
};

type Network = Pick<ReplayOptions, 'targets' | 'wallet' | 'pids'>;

export const replayCommand: AddCommand = (program, { output, setExit }) => {
  program
    .command('replay')
    .description('send a trace of payments to a running network and check what came of it')
    .argument('<file>', 'a trace (*.utxo.ndjson, also .gz)')
    .option(
      '--target <url>',
      'REST of a validator; give all of them. Default: the devnet',
      gather,
      [],
    )
    .option('--home <folder>', 'folder of the running devnet', path.join('.althing', 'devnet'))
    .option('--rate <pace>', 'transactions per second, "max", or "trace" for its own times', '200')
    .option('--speed <factor>', 'with --rate trace: how many times as fast', '1')
    .addOption(
      new Option('--routing <how>', 'spread over validators, owners stick to one, rivals race')
        .choices(ROUTINGS)
        .default(REPLAY_DEFAULTS.routing),
    )
    .option('--secret <hex>', 'key that funds the owners. Default: the devnet funding account')
    .option('--run-id <text>', 'another text gives other owners. Default: random')
    .option('--drain <ms>', 'wait for outcomes', wholeNumber(0, 3_600_000), REPLAY_DEFAULTS.drainMs)
    .action(async (file: string, options: Options) => {
      const read = await readTraceFile(file);
      if (!read.ok) {
        throw new CommandError(EXIT.failed, `${file}:${read.error.line}: ${read.error.detail}`);
      }
      const pace = paceOf(options);
      const network = networkOf(options);
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      const view = progressView(process.stderr);
      try {
        const report = await replay({
          ...{ ...REPLAY_DEFAULTS, ...read.value, ...network, pace, signal: stop.signal },
          ...{ routing: options.routing, drainMs: options.drain },
          ...(options.runId === undefined ? {} : { runId: options.runId }),
          onProgress: (progress) => view.update(progress),
        });
        view.stop();
        if (!report.ok) throw new CommandError(EXIT.failed, report.error);
        output().result(report.value, () => formatReport(report.value));
        if (!report.value.passed) setExit(EXIT.failed);
      } catch (error) {
        view.stop();
        if (error instanceof AlthingError) throw explainAnswer(error, network.targets.join(' '));
        throw error;
      }
    });
};

function paceOf({ rate, speed }: Options): Pace {
  if (rate === 'trace' && Number(speed) > 0) return { kind: 'trace', speed: Number(speed) };
  const pace = parsePace(rate);
  if (pace !== null) return pace;
  throw new CommandError(EXIT.usage, `--rate ${rate}: a number per second, "max" or "trace"`);
}

function networkOf({ target, home, secret }: Options): Network {
  const state = readDevnetState(path.resolve(home));
  if (target.length === 0 && state === null) {
    throw new CommandError(
      EXIT.unreachable,
      `no devnet runs in ${home}: start one ("npm start"), or give --target for each validator`,
    );
  }
  const isDevnet = target.length === 0 && state !== null;
  const funding = secret ?? (isDevnet ? state.funding.secret : publicFundingSecret());
  const wallet = Wallet.fromSecrets([fromHex(funding) ?? new Uint8Array(0)]);
  if (!wallet.ok) throw new CommandError(EXIT.usage, `--secret: ${wallet.error.detail}`);
  return {
    targets: isDevnet ? state.validators.map(({ rest }) => rest) : target,
    pids: isDevnet ? state.validators.map(({ pid }) => pid) : [],
    wallet: wallet.value,
  };
}

function publicFundingSecret(): string {
  return Buffer.from(devNetwork(1, 0, null).funding.secret).toString('hex');
}
