import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Option } from 'commander';
import {
  CONFIG_FILE,
  dumpSettings,
  envName,
  nearest,
  readSettings,
  toConfig,
} from '../../node/folder/config.ts';
import { SETTING_NAMES, SETTINGS, type Settings } from '../../node/folder/settings.ts';
import { configError } from '../../node/operator-error.ts';
import type { RunEnd } from '../../node/process/run.ts';
import type { AddCommand } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { listed, notes } from '../help-notes.ts';

type Options = Readonly<Record<string, string>> & {
  readonly home: string;
  readonly dumpConfig?: boolean;
};

const ENDS: Readonly<Record<RunEnd, ExitCode>> = {
  stopped: EXIT.ok,
  failed: EXIT.failed,
  misconfigured: EXIT.config,
  halted: EXIT.halted,
};

export const startCommand: AddCommand = (program, { output, setExit }) => {
  const start = program
    .command('start')
    .description('run one node from its folder, until a signal comes')
    .addOption(
      new Option('--home <folder>', 'folder of the node')
        .env('ALTHING_HOME')
        .default('.althing/node'),
    )
    .option('--dump-config', 'print every setting with its value and origin, and end')
    .addHelpText(
      'after',
      notes(
        `Settings come from flags (--rest.port 4600), the environment
         (${envName('rest.port')}=4600), ${CONFIG_FILE} in the folder, and defaults; an earlier
         one wins. An unknown one is an error.`,
      ),
    )
    .addHelpText('after', listed(SETTING_NAMES.map((name) => [name, SETTINGS[name].help])))
    .allowUnknownOption()
    .allowExcessArguments();
  for (const name of SETTING_NAMES) {
    start.addOption(new Option(`--${name} <value>`, SETTINGS[name].help).hideHelp());
  }
  start.action(async (options: Options) => {
    refuseUnknown(start.args);
    const settings = loadSettings(options);
    if (options.dumpConfig === true) {
      output().result(Object.fromEntries(settings), () => dumpSettings(settings).trimEnd());
      return;
    }
    const { runNode } = await import('../../node/process/run.ts');
    const end = await runNode(path.resolve(options.home), toConfig(settings));
    setExit(ENDS[end]);
  });
};

/** Commander would call it an unknown option and not say which setting was meant. */
function refuseUnknown(args: readonly string[]): void {
  const [first] = args;
  if (first === undefined) return;
  const name = first.replace(/^-+/, '').replace(/=.*/, '');
  const meant = nearest(name, [...SETTING_NAMES, 'home', 'dump-config']);
  throw configError(`unknown setting "${first}"; did you mean "--${meant}"?`);
}

/** Of the node in `options.home`; throws an OperatorError that says what to put right. */
export function loadSettings(options: Options): Settings {
  const file = readConfigFile(path.join(options.home, CONFIG_FILE));
  const flags = Object.fromEntries(
    SETTING_NAMES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
  const settings = readSettings({ file, env: process.env, flags });
  if (!settings.ok) throw configError(settings.error);
  return settings.value;
}

/** undefined: there is none. One that cannot be read must not pass for that: the node would run with defaults. */
function readConfigFile(place: string): string | undefined {
  try {
    // Looks at a link itself, which is there also when it leads nowhere.
    if (lstatSync(place, { throwIfNoEntry: false }) === undefined) return undefined;
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(place));
  } catch (cause) {
    throw configError(`${place} cannot be read: ${(cause as Error).message}`);
  }
}
