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
        const status = await client.status();
        output().result(status, () => table(rowsOf(status)));
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
