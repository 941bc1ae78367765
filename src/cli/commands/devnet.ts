import { once } from 'node:events';
import path from 'node:path';
import { AlthingError } from '../../client/althing-error.ts';
import { RestClient } from '../../client/rest-client.ts';
import { devnetBanner } from '../../devnet/banner.ts';
import { freePortBase, portsInUse } from '../../devnet/free-ports.ts';
import {
  type Devnet,
  layOutDevnet,
  PORT_OFFSETS,
  removeDevnetState,
  validatorFolders,
  writeDevnetState,
} from '../../devnet/layout.ts';
import { DevnetProcesses } from '../../devnet/processes.ts';
import { DATA_FOLDER } from '../../node/start/data.ts';
import { counted } from '../../replay/report-text.ts';
import { delayUs, REGIONS, type Region } from '../../sim/world/latency-table.ts';
import { folderUser } from '../../storage/folder.ts';
import { WIRE_LIMITS } from '../../types/limits.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { addVariantOptions, type VariantOptions } from '../options/genesis-options.ts';
import { wholeNumber } from '../options/parse-option.ts';
import type { Output } from '../output.ts';
import { stopSignal } from '../stop-signal.ts';

type Options = VariantOptions & {
  readonly validators: number;
  readonly accounts: number;
  readonly seed?: string;
  readonly portBase: number;
  readonly home: string;
  readonly reset: boolean;
  readonly logLevel: string;
  readonly linkDelay: number;
  readonly planet: boolean;
  readonly generationsKept: number;
};

const DEFAULT_PORT_BASE = 4600;
const PORT_BASE_MAX = 65_535 - PORT_OFFSETS.p2p - WIRE_LIMITS.committeeMax.value;

export const devnetCommand: AddCommand = (program, { output, setExit }) => {
  const command = program
    .command('devnet')
    .description('run a development network on this machine, one process per validator')
    .option('--validators <n>', 'how many', wholeNumber(1, WIRE_LIMITS.committeeMax.value), 4)
    .option('--accounts <n>', 'funded accounts', wholeNumber(0, 1000), 10)
    .option('--seed <text>', 'other keys than the public ones, the same for the same text')
    .option(
      '--port-base <port>',
      'REST at base+i, metrics at base+100+i, p2p at base+200+i; 0 finds free ports',
      wholeNumber(0, PORT_BASE_MAX),
      DEFAULT_PORT_BASE,
    )
    .option('--home <folder>', 'where the data is', path.join('.althing', 'devnet'))
    .option('--reset', 'throw the data of the last run away', false)
    .option('--log-level <level>', 'of the validators', 'info')
    .option(
      '--link-delay <ms>',
      'keep every message between validators back, as if they were far apart',
      wholeNumber(0, 9999),
      0,
    )
    .option('--planet', 'the same with the delays between as many regions of the world', false);
  addVariantOptions(command)
    .option(
      '--generations-kept <n>',
      'ended generations that each validator keeps; 0: all of them: docs/adr/0020',
      wholeNumber(0, 1_000_000),
      0,
    )
    .action(async (options: Options) => {
      const failed = await runDevnet(options, output());
      if (failed) setExit(EXIT.failed);
    });
};

/** Runs until a signal comes or no validator is left. Resolves to whether that, or the end of one of them, was a failure. */
async function runDevnet(options: Options, output: Output): Promise<boolean> {
  const stop = once(stopSignal(), 'abort');
  const home = path.resolve(options.home);
  await refuseSecond(home);
  const devnet = layOutDevnet({
    ...options,
    home,
    seed: options.seed ?? null,
    portBase: await choosePorts(options),
    ...(options.planet || options.linkDelay > 0 ? { distanceMs: distanceOf(options) } : {}),
    settings: {
      'log.level': options.logLevel,
      'storage.generationsKept': options.generationsKept,
    },
  });
  let failed = false;
  const processes = new DevnetProcesses(({ validator, detail, isFailure }) => {
    failed ||= isFailure;
    output.note(
      `\n${validator.name} is gone: ${detail}\n  its log is ${validator.log}\n  npm run althing -- start --home ${validator.home} starts it again`,
    );
  });
  process.once('exit', () => processes.kill());
  const { validators } = devnet;
  output.note(`starting ${counted(validators.length, 'validator')}`);
  try {
    const ready = Promise.all(devnet.validators.map((one) => startOne(processes, one)));
    const isUp = await Promise.race([ready.then(() => true), stop.then(() => false)]);
    if (isUp) {
      writeDevnetState(devnet, processes.pids);
      announce(await withBalances(devnet, output), processes.pids, output);
      const deserted = processes.deserted.then(() => true);
      const isDeserted = await Promise.race([stop.then(() => false), deserted]);
      failed ||= isDeserted;
    }
  } finally {
    output.note('stopping');
    await processes.stop();
    removeDevnetState(devnet.home);
  }
  return failed;
}

/** One way between two validators, each in a region of its own as long as there are any. */
function distanceOf({ planet, linkDelay }: Options): (from: number, to: number) => number {
  if (!planet) return () => linkDelay;
  const region = (lane: number) => REGIONS[lane % REGIONS.length] as Region;
  return (from, to) => linkDelay + delayUs(region(from), region(to)) / 1000;
}

async function startOne(
  processes: DevnetProcesses,
  validator: Devnet['validators'][number],
): Promise<void> {
  try {
    await processes.start(validator);
  } catch (cause) {
    const detail = (cause as Error).message;
    throw new CommandError(EXIT.failed, `${validator.name} did not start: ${detail}`);
  }
}

/** Another devnet on other ports would write its configuration over that of the running one, or with --reset its data away. */
async function refuseSecond(home: string): Promise<void> {
  for (const folder of validatorFolders(home)) {
    const halt = await folderUser(path.join(folder, DATA_FOLDER));
    if (halt === null) continue;
    const hint = 'a devnet of its own has a --home of its own';
    throw new CommandError(EXIT.failed, `${halt.detail} (${hint})`);
  }
}

async function choosePorts({ portBase, validators }: Options): Promise<number> {
  if (portBase === 0) return freePortBase(validators);
  const taken = await portsInUse(portBase, validators);
  if (taken.length === 0) return portBase;
  throw new CommandError(
    EXIT.failed,
    `port ${taken.join(', ')} is in use: stop what uses it (another devnet?), or choose others with --port-base`,
  );
}

/** A folder that is kept between runs has payments in it: what accounts have is asked for. */
async function withBalances(devnet: Devnet, output: Output): Promise<Devnet> {
  const client = new RestClient(devnet.validators[0]?.rest ?? '');
  const asked = async (account: Devnet['funding']): Promise<Devnet['funding']> => {
    const { balance, complete } = await client.balance(account.address);
    return { ...account, balance, ...(complete ? {} : { isPartial: true }) };
  };
  try {
    const accounts = await Promise.all(devnet.accounts.map(asked));
    return { ...devnet, accounts, funding: await asked(devnet.funding) };
  } catch (error) {
    if (!(error instanceof AlthingError)) throw error;
    output.note(`balances are those of the genesis: ${error.detail}`);
    return devnet;
  } finally {
    await client.close();
  }
}

function announce(devnet: Devnet, pids: readonly number[], output: Output): void {
  output.result(devnet, () => devnetBanner(devnet, pids, 'npm run althing --'));
}
