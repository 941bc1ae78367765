import type { AddHelpTextContext, Help } from 'commander';

type HelpText = (context: AddHelpTextContext) => string;

/** Where nobody says how wide it is what shows the help. */
const WIDTH = 80;

/** Paragraphs behind a command's help, as wide as the rest of it: lines in the code are no lines there. */
export function notes(...paragraphs: readonly string[]): HelpText {
  return behind((helper, width) =>
    paragraphs.map((one) => helper.boxWrap(one.trim().replace(/\s+/g, ' '), width)),
  );
}

/** A list behind a command's help: names, and what each means. */
export function listed(items: readonly (readonly [string, string])[]): HelpText {
  const termWidth = Math.max(...items.map(([name]) => name.length));
  return behind((helper) =>
    items.map(([name, meaning]) => helper.formatItem(name, termWidth, meaning, helper)),
  );
}

function behind(lines: (helper: Help, width: number) => readonly string[]): HelpText {
  return ({ command }) => {
    const helper = command.createHelp();
    const helpWidth = command.configureOutput().getOutHelpWidth?.() ?? WIDTH;
    helper.prepareContext({ helpWidth });
    return ['', ...lines(helper, helpWidth)].join('\n');
  };
}
