import { parse, stringify } from 'smol-toml';
import type { Policy } from '../../replica/replica-options.ts';
import { err, ok, type Result } from '../../std/result.ts';
import {
  type Origin,
  SETTING_NAMES,
  SETTINGS,
  type Setting,
  type SettingName,
  type Settings,
  type SettingValue,
} from './settings.ts';

export const CONFIG_FILE = 'althing.toml';
const CONFIG_VERSION = 1;

/** The settings of one node, typed. See settings.ts for what each means. */
export type Config = {
  readonly genesis: string;
  readonly key: string;
  readonly rest: { readonly host: string; readonly port: number; readonly page: boolean };
  readonly metrics: { readonly host: string; readonly port: number };
  readonly p2p: {
    readonly listen: string;
    readonly announce: readonly string[];
    readonly bootstrap: readonly string[];
  };
  readonly log: { readonly level: string; readonly file: string };
  readonly events: {
    readonly file: string;
    readonly fileBytesMax: number;
    readonly filesKept: number;
  };
  readonly storage: { readonly generationsKept: number };
  readonly verify: {
    readonly mode: 'workers' | 'inline';
    readonly workers: number;
    readonly backend: 'auto' | 'native' | 'noble';
  };
  readonly dev: {
    readonly faucet: boolean;
    readonly faucetKey: string;
    /** To each validator in milliseconds; one number is for all, none means no delay. */
    readonly linkDelayMs: readonly number[];
  };
  readonly policy: Policy;
};

/** Where settings may come from; a later one wins: default, file, environment, flags. */
export type ConfigSources = {
  /** Content of althing.toml; absent when there is no file. */
  readonly file?: string | undefined;
  /** Looked at are names that begin with ALTHING_ and have a double underscore in them, or should have. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By setting name. */
  readonly flags: Readonly<Record<string, string>>;
};

/** Merges all sources. The error says which setting is wrong, where, and what would be right. */
export function readSettings(sources: ConfigSources): Result<Settings, string> {
  const settings = new Map<SettingName, { value: SettingValue; origin: Origin }>();
  for (const name of SETTING_NAMES) {
    settings.set(name, { value: SETTINGS[name].fallback, origin: 'default' });
  }
  const file = readFile(sources.file);
  if (!file.ok) return file;
  const layers: [Origin, Iterable<[string, unknown]>][] = [
    ['file', file.value],
    ['env', envEntries(sources.env)],
    ['flag', Object.entries(sources.flags)],
  ];
  for (const [origin, entries] of layers) {
    for (const [name, raw] of entries) {
      const checked = checkSetting(name, raw, origin);
      if (!checked.ok) return checked;
      settings.set(name as SettingName, { value: checked.value, origin });
    }
  }
  return ok(settings);
}

function readFile(content: string | undefined): Result<[string, unknown][], string> {
  if (content === undefined) return ok([]);
  let tree: Record<string, unknown>;
  try {
    tree = parse(content);
  } catch (error) {
    return err(`${CONFIG_FILE} is not valid TOML: ${(error as Error).message}`);
  }
  const { version, ...sections } = tree;
  if (version !== CONFIG_VERSION) {
    return err(
      `${CONFIG_FILE}: version must be ${CONFIG_VERSION}, it is ${JSON.stringify(version) ?? 'missing'}`,
    );
  }
  return ok(Object.entries(sections).flatMap(([name, content]) => entriesOf(name, content)));
}

const SECTIONS: ReadonlySet<string> = new Set(
  SETTING_NAMES.map((name) => name.slice(0, name.indexOf('.'))),
);

/** What is no section stands for itself and is refused by its name, also when it has nothing in it. */
function entriesOf(name: string, content: unknown): [string, unknown][] {
  const keys = isTable(content) ? Object.entries(content) : [];
  if (keys.length > 0) return keys.map(([key, value]) => [`${name}.${key}`, value]);
  return isTable(content) && SECTIONS.has(name) ? [] : [[name, content]];
}

function isTable(value: unknown): value is object {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && !Array.isArray(value) && !(value instanceof Date);
}

function* envEntries(env: ConfigSources['env']): Iterable<[string, string]> {
  const byEnvName = new Map(SETTING_NAMES.map((name) => [envName(name), name]));
  const meant = new Set([...byEnvName.keys()].map(withoutLines));
  for (const [name, value] of Object.entries(env)) {
    const isSetting = /^ALTHING_.*__/.test(name) || meant.has(withoutLines(name));
    if (value === undefined || !isSetting) continue;
    yield [byEnvName.get(name) ?? name, value];
  }
}

/** ALTHING_REST_PORT is a slip of the pen: with one line only it would be heeded by nobody. */
function withoutLines(name: string): string {
  return name.replaceAll('_', '');
}

/** `rest.port` -> ALTHING_REST__PORT, `policy.resyncMs` -> ALTHING_POLICY__RESYNC_MS. */
export function envName(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return `ALTHING_${words.replace('.', '__').toUpperCase()}`;
}

function checkSetting(name: string, raw: unknown, origin: Origin): Result<SettingValue, string> {
  const place = origin === 'file' ? `${CONFIG_FILE}: ` : origin === 'env' ? 'environment: ' : '';
  if (!Object.hasOwn(SETTINGS, name)) {
    const known = origin === 'env' ? SETTING_NAMES.map(envName) : SETTING_NAMES;
    return err(`${place}unknown setting "${name}"; did you mean "${nearest(name, known)}"?`);
  }
  const setting: Setting = SETTINGS[name as SettingName];
  const value = origin === 'file' ? raw : fromText(setting, String(raw));
  const wrong = complaint(setting, value);
  if (wrong !== null) return err(`${place}${name} ${wrong}, it is ${shown(raw)}`);
  return ok(value as SettingValue);
}

/** As JSON would have it, which has no word for `nan` and `inf`. */
function shown(raw: unknown): string {
  return typeof raw === 'number' ? String(raw) : JSON.stringify(raw);
}

function fromText(setting: Setting, text: string): unknown {
  switch (setting.kind) {
    case 'text':
      return text;
    case 'number':
      return /^\d+$/.test(text) ? Number(text) : text;
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'list':
      return text === '' ? [] : text.split(',');
  }
}

function complaint(setting: Setting, value: unknown): string | null {
  switch (setting.kind) {
    case 'text':
      if (typeof value !== 'string') return 'must be a text';
      if (setting.isNeeded === true && value === '') return 'must not be empty';
      if (setting.choices === undefined || setting.choices.includes(value)) return null;
      return `must be one of ${setting.choices.join(', ')}`;
    case 'number': {
      const { min = 0, max = 2 ** 31 } = setting;
      const good = Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
      return good ? null : `must be a whole number from ${min} to ${max}`;
    }
    case 'flag':
      return typeof value === 'boolean' ? null : 'must be true or false';
    case 'list': {
      if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
        return 'must be a list of texts';
      }
      const { each } = setting;
      const isRight = each === undefined || value.every((item) => each.pattern.test(item));
      return isRight ? null : `must be a list of ${each.hint}`;
    }
  }
}

/** The known name with the smallest edit distance. */
export function nearest(name: string, known: readonly string[]): string {
  let best = { name: known[0] ?? '', distance: Number.POSITIVE_INFINITY };
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < best.distance) best = { name: candidate, distance };
  }
  return best.name;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

export function toConfig(settings: Settings): Config {
  const get = <T>(name: SettingName): T => settings.get(name)?.value as T;
  const policy = SETTING_NAMES.filter((name) => name.startsWith('policy.')).map((name) => [
    name.slice('policy.'.length),
    get<number>(name),
  ]);
  return {
    genesis: get('node.genesis'),
    key: get('node.key'),
    rest: { host: get('rest.host'), port: get('rest.port'), page: get('rest.page') },
    metrics: { host: get('metrics.host'), port: get('metrics.port') },
    p2p: {
      listen: get('p2p.listen'),
      announce: get('p2p.announce'),
      bootstrap: get('p2p.bootstrap'),
    },
    log: { level: get('log.level'), file: get('log.file') },
    events: {
      file: get('events.file'),
      fileBytesMax: get('events.fileBytesMax'),
      filesKept: get('events.filesKept'),
    },
    storage: { generationsKept: get('storage.generationsKept') },
    verify: {
      mode: get('verify.mode'),
      workers: get('verify.workers'),
      backend: get('verify.backend'),
    },
    dev: {
      faucet: get('dev.faucet'),
      faucetKey: get('dev.faucetKey'),
      linkDelayMs: get<readonly string[]>('dev.linkDelayMs').map(Number),
    },
    policy: Object.fromEntries(policy) as Policy,
  };
}

/** The file that a node would read, holding the given settings only. */
export function writeConfigFile(values: Partial<Record<SettingName, SettingValue>>): string {
  const sections: Record<string, Record<string, SettingValue>> = {};
  for (const name of SETTING_NAMES) {
    const value = values[name];
    if (value === undefined) continue;
    const [section = '', key = ''] = name.split('.');
    sections[section] = { ...sections[section], [key]: value };
  }
  return `version = ${CONFIG_VERSION}\n\n${stringify(sections)}\n`;
}

/** Every setting with its value, where that came from and what it means, as a valid althing.toml. */
export function dumpSettings(settings: Settings): string {
  const lines = [`version = ${CONFIG_VERSION}`];
  let section = '';
  for (const name of SETTING_NAMES) {
    const [head = '', key = ''] = name.split('.');
    if (head !== section) lines.push('', `[${head}]`);
    section = head;
    const { value, origin } = settings.get(name) ?? { value: '', origin: 'default' };
    lines.push(`${key} = ${JSON.stringify(value)} # ${origin}: ${SETTINGS[name].help}`);
  }
  return `${lines.join('\n')}\n`;
}
