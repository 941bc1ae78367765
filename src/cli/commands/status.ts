import type { AddCommand } from '../context.ts';
import { urlOption, withClient } from '../options/url-option.ts';
import { table } from '../output.ts';

export const statusCommand: AddCommand = (program, { output }) => {
  program
    .command('status')
    .description('one page about a node')
    .addOption(urlOption())
    .action((options: { url: string }) =>
      withClient(options.url, async (client) => {
        const [status, validators] = await Promise.all([client.status(), client.validators()]);
        const members = validators.map(({ lane, name, self, online }) => {
          return { lane, name, self, online };
        });
        const rows = members.map(({ lane, name, self, online }) => {
          return [`lane ${lane}`, `${name}, ${self ? 'this one' : online ? 'online' : 'OFFLINE'}`];
        });
        output().result({ ...status, members }, () => table([...rowsOf(status), ...rows]));
      }),
    );
};

/** Nested values become dotted names. */
function rowsOf(value: object, prefix = ''): string[][] {
  return Object.entries(value).flatMap(([name, one]) =>
    typeof one === 'object' && one !== null
      ? rowsOf(one, `${prefix}${name}.`)
      : [[`${prefix}${name}`, String(one)]],
  );
}
