import path from 'node:path';
import { type Command, Option } from 'commander';
import { AlthingError } from '../../client/althing-error.ts';
import { SYSTEMS } from '../../replay/load/link.ts';
import { progressView } from '../../replay/progress.ts';
import { RATES_END } from '../../replay/rates/rate-format.ts';
import { REPLAY_DEFAULTS, type ReplayOptions, replay } from '../../replay/replay.ts';
import { formatReport } from '../../replay/report.ts';
import { ROUTINGS } from '../../replay/routes.ts';
import { type Pace, parsePace } from '../../replay/schedule.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { gather, wholeNumber } from '../options/parse-option.ts';
import { explainAnswer, nodeUrls } from '../options/url-option.ts';
import { readTrace } from './read-trace.ts';
import { type LoadCommand, replayRates } from './replay-load.ts';
import { type NetworkChoice, networkOf } from './replay-network.ts';

type Options = LoadCommand &
  NetworkChoice & {
    readonly rate: string;
    readonly speed: string;
    readonly routing: ReplayOptions['routing'];
  };

/** Headings of the options that only one kind of trace has. */
const PAYMENTS = 'With a trace of payments:';
const RATES = 'With a trace of rates:';

export const replayCommand: AddCommand = (program, { output, setExit }) => {
  program
    .command('replay')
    .description('send a trace of payments to a running network and check what came of it')
    .argument('<file>', 'a trace of payments (*.utxo.ndjson, also .gz) or of rates (*.rate.json)')
    .option(
      '--target <url>',
      'REST of a validator; give all of them. Default: the devnet',
      nodeUrls,
      [],
    )
    .option('--home <folder>', 'folder of the running devnet', path.join('.althing', 'devnet'))
    .option('--secret <hex>', 'key that funds the owners. Default: the devnet funding account')
    .option('--run-id <text>', 'another text gives other owners. Default: random')
    .option('--drain <ms>', 'wait for outcomes', wholeNumber(0, 3_600_000), REPLAY_DEFAULTS.drainMs)
    .optionsGroup(PAYMENTS)
    .option('--rate <pace>', 'transactions per second, "max", or "trace" for its own times', '200')
    .option('--speed <factor>', 'with --rate trace: how many times as fast', '1')
    .addOption(
      new Option('--routing <how>', 'spread over validators, owners stick to one, rivals race')
        .choices(ROUTINGS)
        .default(REPLAY_DEFAULTS.routing),
    )
    .optionsGroup(RATES)
    .addOption(
      new Option('--system <name>', 'what the targets are; null takes everything')
        .choices(SYSTEMS)
        .default('althing'),
    )
    .option('--token <text>', "of algod's REST; one for all targets, or one for each", gather, [])
    .option('--mnemonic-file <file>', 'the 25 words of an Algorand account that pays')
    .option('--payments <file>', 'take the payments from this trace (*.utxo.ndjson)')
    .option('--scale <factor>', 'multiply every rate', '1')
    .option('--from <second>', 'begin here', wholeNumber(0, 1_000_000), 0)
    .option('--seconds <n>', 'and stop after so many; 0: at the end', wholeNumber(0, 1_000_000), 0)
    .addOption(
      new Option('--arrivals <how>', 'spaced equally, or at random times')
        .choices(['uniform', 'poisson'])
        .default('uniform'),
    )
    .option('--warm-up <seconds>', 'before the trace', wholeNumber(0, 3600), 5)
    .option('--warm-up-rate <n>', 'payments a second', wholeNumber(0, 100_000), 50)
    .option('--drivers <n>', 'processes that send', wholeNumber(1, 64), 1)
    .action(async (file: string, options: Options, command: Command) => {
      const isRates = file.endsWith(RATES_END);
      refuseGiven(command, isRates ? PAYMENTS : RATES, file);
      if (isRates) {
        const network = () => networkOf(options, output().note);
        const valid = await replayRates(file, options, network, options.target, output());
        if (!valid) setExit(EXIT.failed);
        return;
      }
      const read = await readTrace(file);
      const pace = paceOf(options, isGiven(command, 'speed'));
      const network = await networkOf(options, output().note);
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      const view = progressView(process.stderr);
      try {
        const report = await replay({
          ...REPLAY_DEFAULTS,
          ...read,
          ...network,
          pace,
          signal: stop.signal,
          routing: options.routing,
          drainMs: options.drain,
          ...(options.runId === undefined ? {} : { runId: options.runId }),
          onProgress: (progress) => view.update(progress),
        });
        view.stop();
        if (!report.ok) throw new CommandError(EXIT.failed, report.error);
        output().result(report.value, () => formatReport(report.value));
        if (!report.value.passed) setExit(EXIT.failed);
      } catch (error) {
        view.stop();
        if (error instanceof AlthingError) throw explainAnswer(error);
        throw error;
      }
    });
};

function isGiven(command: Command, name: string): boolean {
  return command.getOptionValueSource(name) === 'cli';
}

/** What is left unused without a word would be another load than the one that was meant. */
function refuseGiven(command: Command, group: string, file: string): void {
  const given = command.options.find(
    (option) => option.helpGroupHeading === group && isGiven(command, option.attributeName()),
  );
  if (given === undefined) return;
  const kind = group === RATES ? 'payments' : 'rates';
  throw new CommandError(EXIT.usage, `${given.long}: ${file} is a trace of ${kind}`);
}

function paceOf({ rate, speed }: Options, isSpeedGiven: boolean): Pace {
  if (rate === 'trace') {
    if (Number(speed) > 0) return { kind: 'trace', speed: Number(speed) };
    throw new CommandError(EXIT.usage, `--speed ${speed}: a number above 0`);
  }
  if (isSpeedGiven) throw new CommandError(EXIT.usage, '--speed is for --rate trace');
  const pace = parsePace(rate);
  if (pace !== null) return pace;
  throw new CommandError(EXIT.usage, `--rate ${rate}: a number per second, "max" or "trace"`);
}
