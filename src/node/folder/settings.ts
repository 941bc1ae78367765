import { DEFAULT_POLICY } from '../../replica/replica-options.ts';
import { WIRE_LIMITS } from '../../types/limits.ts';

/** What has no room for it would take nothing, or never propose what it took. */
const LARGEST_BYTES = WIRE_LIMITS.transactionBytesMax.value;

/** One setting: how its value is written, what it is when nobody says, and what it means. */
export type Setting = {
  readonly kind: 'text' | 'number' | 'flag' | 'list';
  readonly fallback: string | number | boolean | readonly string[];
  readonly help: string;
  /** The only texts allowed. */
  readonly choices?: readonly string[];
  /** An empty text would mean something that nobody asks for. */
  readonly isNeeded?: true;
  /** What each text of a list must be, and how to say so. */
  readonly each?: { readonly pattern: RegExp; readonly hint: string };
  readonly min?: number;
  readonly max?: number;
};

function text(fallback: string, help: string, choices?: readonly string[]): Setting {
  return { kind: 'text', fallback, help, ...(choices ? { choices } : {}) };
}
function number(fallback: number, help: string, min = 0, max = 2 ** 31): Setting {
  return { kind: 'number', fallback, help, min, max };
}
function flag(fallback: boolean, help: string): Setting {
  return { kind: 'flag', fallback, help };
}
function list(help: string, each?: Setting['each']): Setting {
  return { kind: 'list', fallback: [], help, ...(each ? { each } : {}) };
}
/** Node.js takes an empty one for all addresses of the machine. */
const host = (help: string): Setting => ({ ...text('127.0.0.1', help), isNeeded: true });
const port = (fallback: number, help: string): Setting => number(fallback, help, 0, 65_535);
const ms = (fallback: number, help: string): Setting => number(fallback, help, 1, 3_600_000);

/**
 * Every setting of a node, by its name in althing.toml (`section.key`). Names are stable: scripts and
 * containers depend on them. Paths are relative to the data folder.
 */
export const SETTINGS = {
  'node.genesis': text('genesis.json', 'the genesis file'),
  'node.key': text(
    'validator.key',
    'the private key file, readable by its owner only; "" to observe',
  ),
  'rest.host': host('address on which REST is served'),
  'rest.port': port(4600, 'port of REST; 0 for any free one'),
  'rest.page': flag(false, 'answer GET / of REST with a page about the network, for people'),
  'metrics.host': host('address on which metrics are served'),
  'metrics.port': port(4700, 'port of the Prometheus metrics; 0 for any free one'),
  'p2p.listen': text('/ip4/127.0.0.1/tcp/4800', 'libp2p address to listen on'),
  'p2p.announce': list('libp2p addresses to tell the others, when not the one listened on'),
  'p2p.bootstrap': list('libp2p addresses of other validators to begin with'),
  'log.level': text('info', 'least severe level that is logged', [
    'trace',
    'debug',
    'info',
    'warn',
    'error',
    'fatal',
    'silent',
  ]),
  'log.file': text(
    '',
    'file for the JSON log, appended to and never rotated; "" for standard output',
  ),
  'events.file': text('', 'file for the event log, a JSON object per line; "" for none'),
  'events.fileBytesMax': number(
    268_435_456,
    'size from which on the event log is put aside as FILE.1',
    65_536,
  ),
  'events.filesKept': number(4, 'event logs kept that were put aside', 0, 1000),
  'storage.generationsKept': number(
    0,
    'ended generations that are kept, where the genesis has generations; 0: all of them',
    0,
    1_000_000,
  ),
  'verify.mode': text('workers', 'where signatures are checked', ['workers', 'inline']),
  'verify.workers': number(1, 'worker threads that check signatures', 1, 64),
  'verify.backend': text('auto', 'the signature implementation', ['auto', 'native', 'noble']),
  'dev.faucet': flag(false, 'serve the faucet of development networks'),
  'dev.faucetKey': text('faucet.key', 'private key file of the account that the faucet spends'),
  'dev.linkDelayMs': list(
    'for tests on development networks: keeps messages back so long, to stand for distance; one number for all links, or one for that to each validator',
    { pattern: /^\d{1,4}(\.\d)?$/, hint: 'milliseconds below 10,000, as texts' },
  ),
  'policy.minBlockIntervalMs': number(
    DEFAULT_POLICY.minBlockIntervalMs,
    'least time between two own blocks',
    0,
    3_600_000,
  ),
  'policy.batchTimeoutMs': ms(DEFAULT_POLICY.batchTimeoutMs, 'how long a batch may be gathered'),
  'policy.batchTxsMax': number(DEFAULT_POLICY.batchTxsMax, 'transactions per batch', 1, 2048),
  'policy.batchBytesMax': number(
    DEFAULT_POLICY.batchBytesMax,
    'bytes per batch',
    LARGEST_BYTES,
    1_000_000,
  ),
  'policy.laneWindow': number(
    DEFAULT_POLICY.laneWindow,
    'own payload blocks not certified before the node says busy',
    1,
    4096,
  ),
  'policy.epochIntervalMs': ms(DEFAULT_POLICY.epochIntervalMs, 'longest time between cuts'),
  'policy.minEpochIntervalMs': ms(DEFAULT_POLICY.minEpochIntervalMs, 'least time between cuts'),
  'policy.epochInputs': number(
    DEFAULT_POLICY.epochInputs,
    'inputs spent since the last cut at which the next one is due, after the least time',
    1,
  ),
  'policy.viewTimeoutMs': ms(DEFAULT_POLICY.viewTimeoutMs, 'time-out of view 0'),
  'policy.reproposeAfterMs': ms(DEFAULT_POLICY.reproposeAfterMs, 'age at which to propose again'),
  'policy.resyncMs': ms(DEFAULT_POLICY.resyncMs, 'beat at which peers compare what they hold'),
  'policy.mempoolTxsMax': number(DEFAULT_POLICY.mempoolTxsMax, 'transactions not yet proposed', 1),
  'policy.mempoolBytesMax': number(
    DEFAULT_POLICY.mempoolBytesMax,
    'bytes not yet proposed',
    LARGEST_BYTES,
  ),
  'policy.uncheckpointedTxsMax': number(
    DEFAULT_POLICY.uncheckpointedTxsMax,
    'final transactions not in a checkpoint',
    1,
  ),
  'policy.checkSpares': number(
    DEFAULT_POLICY.checkSpares,
    'where checks are shared: validators drawn to check a lane beyond the f that are needed',
    0,
    100,
  ),
  'policy.checkPatienceMs': ms(
    DEFAULT_POLICY.checkPatienceMs,
    'how long the word of those drawn is awaited before the own check',
  ),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

export type Origin = 'default' | 'file' | 'env' | 'flag';
export type SettingValue = string | number | boolean | readonly string[];
export type Settings = ReadonlyMap<SettingName, { value: SettingValue; origin: Origin }>;
