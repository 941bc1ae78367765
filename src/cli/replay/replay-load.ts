import { readFileSync } from 'node:fs';
import { formatFigures } from '../../replay/load/format.ts';
import type { LinkSpec, SystemName } from '../../replay/load/link.ts';
import { type LoadOptions, type Purse, runLoad } from '../../replay/load/load.ts';
import { BYTES_SENT, type MeterSpec } from '../../replay/load/meter.ts';
import { progressView } from '../../replay/progress.ts';
import { readRateFile } from '../../replay/rates/rate-format.ts';
import type { ArrivalKind } from '../../replay/rates/rate-schedule.ts';
import { sliceRates } from '../../replay/rates/rate-trace.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { readTrace } from './read-trace.ts';
import type { ReplayNetwork } from './replay-network.ts';

export type LoadCommand = {
  readonly system: SystemName;
  readonly token: string[];
  readonly mnemonicFile?: string;
  readonly payments?: string;
  readonly scale: string;
  readonly from: number;
  readonly seconds: number;
  readonly arrivals: ArrivalKind;
  readonly warmUp: number;
  readonly warmUpRate: number;
  readonly drivers: number;
  readonly drain: number;
  readonly runId?: string;
};

/** Where the load goes, and what the validators' cost is read from. */
type Aim = { readonly spec: LinkSpec; readonly purse: Purse; readonly meter: MeterSpec };

/** `althing replay` of a rate trace. Resolves to whether the run is valid. */
export async function replayRates(
  file: string,
  command: LoadCommand,
  network: () => Promise<ReplayNetwork>,
  target: readonly string[],
  output: Output,
): Promise<boolean> {
  const read = await readRateFile(file);
  if (!read.ok) throw new CommandError(EXIT.failed, `${file}: ${read.error.detail}`);
  const scale = Number(command.scale);
  if (!(scale > 0))
    throw new CommandError(EXIT.usage, `--scale ${command.scale}: a number above 0`);
  const { from, seconds } = command;
  const rates =
    from === 0 && seconds === 0
      ? read.value.trace
      : sliceRates(read.value.trace, from, seconds || Number.MAX_SAFE_INTEGER);
  const aim = await aimOf(command, network, target);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const view = progressView(process.stderr);
  try {
    const figures = await runLoad({
      ...aim,
      rates,
      scale,
      arrivals: command.arrivals,
      drivers: command.drivers,
      structure: await structureOf(command),
      drainMs: command.drain,
      signal: stop.signal,
      warmUp: { seconds: command.warmUp, perSecond: command.warmUpRate },
      ...(command.runId === undefined ? {} : { runId: command.runId }),
      onProgress: (progress) => view.update(progress),
    });
    view.stop();
    if (!figures.ok) throw new CommandError(EXIT.failed, figures.error);
    const title = `${rates.name} x ${scale} on ${command.system}`;
    output.result({ system: command.system, trace: rates.name, ...figures.value }, () =>
      formatFigures(title, figures.value),
    );
    return !figures.value.invalid;
  } finally {
    view.stop();
  }
}

async function aimOf(
  { system, token, mnemonicFile }: LoadCommand,
  network: () => Promise<ReplayNetwork>,
  target: readonly string[],
): Promise<Aim> {
  if (system === 'althing') {
    const { targets, wallet, pids, metricsUrls } = await network();
    return {
      spec: { system, urls: targets, tokens: [] },
      purse: { system, wallet },
      meter: { pids, metricsUrls, bytesSent: BYTES_SENT.althing },
    };
  }
  if (system === 'null') {
    return {
      spec: { system, urls: [], tokens: [] },
      purse: { system },
      meter: { pids: [], metricsUrls: [], bytesSent: BYTES_SENT.null },
    };
  }
  if (target.length === 0 || mnemonicFile === undefined) {
    throw new CommandError(
      EXIT.usage,
      '--system algorand needs --target, --token and --mnemonic-file of a running network',
    );
  }
  return {
    spec: { system, urls: target, tokens: token },
    purse: { system, mnemonic: readFileSync(mnemonicFile, 'utf8').trim() },
    meter: {
      pids: [],
      metricsUrls: target.map((url) => new URL('/metrics', url).href),
      bytesSent: BYTES_SENT.algorand,
    },
  };
}

async function structureOf({ payments }: LoadCommand): Promise<LoadOptions['structure']> {
  if (payments === undefined) return null;
  return (await readTrace(payments)).trace;
}
