import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { Command } from 'commander';
import { COMMANDS, createProgram } from '../../src/cli/program.ts';
import { toHex } from '../../src/codec/hex.ts';
import { encodeAddress } from '../../src/crypto/address.ts';
import { keyLock } from '../../src/crypto/locks.ts';
import { devNetwork } from '../../src/devnet/dev-network.ts';
import { projectFilesBelow, projectFolder, readProjectFile } from '../project/files.ts';

/** What people read and paste. Decisions and proofs speak of their own time. */
const PAGES = [
  ...['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'traces/README.md', 'docs/proof/README.md'],
  ...readdirSync(path.join(projectFolder, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const { scripts } = JSON.parse(readProjectFile('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Lines of a page that are a shell's, continuations joined and comments left out. */
function shellLines(page: string): string[] {
  const text = readProjectFile(page).replaceAll('\\\n', ' ');
  const fenced = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
    block.split('\n'),
  );
  const indented = [...text.matchAll(/^ {4}((?:npm|althing) .*)$/gm)].map(([, line = '']) => line);
  return [...fenced, ...indented].flatMap((line) =>
    line
      .replace(/(^|\s)#.*$/, '')
      .split(/;|&&|\|/)
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  );
}

/** The words after `althing`; null: no command of it. */
function althingWords(line: string): string[] | null {
  const [, script = '', rest = ''] = /^npm (?:run (?:-s )?)?(\S+)(?: -- ?(.*))?$/.exec(line) ?? [];
  const words = rest.split(/\s+/).filter((word) => word !== '');
  if (script === 'start') return ['devnet', ...words];
  if (script === 'sim') return ['sim', ...words];
  if (script === 'althing' && words[0] !== 'bench') return words;
  return null;
}

/** Parses and does nothing. Throws what commander says of words that no command takes. */
async function parse(words: readonly string[]): Promise<void> {
  const program = createProgram();
  const context = { output: () => assert.fail('nothing runs'), setExit: () => undefined };
  for (const load of Object.values(COMMANDS)) (await load())(program, context);
  const silence = (command: Command): void => {
    command
      .exitOverride()
      .configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
    for (const one of command.commands) silence(one);
  };
  silence(program);
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if ((error as { exitCode?: number }).exitCode !== 0) throw error;
  }
}

describe('what the documents tell people to do', () => {
  for (const page of PAGES) {
    it(`${page}: every link leads somewhere`, () => {
      const links = readProjectFile(page).matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g);
      for (const [, to = ''] of links) {
        const place = path.join(projectFolder, path.dirname(page), to);
        assert.ok(existsSync(place), to);
      }
    });
  }

  it('every npm script that a page names is one', () => {
    for (const page of PAGES) {
      for (const [line, name = ''] of readProjectFile(page).matchAll(
        /npm run (?:-s )?([\w:-]+)/g,
      )) {
        assert.ok(name in scripts, `${page}: ${line}`);
      }
    }
  });

  it('every command is one that the program takes', async () => {
    let count = 0;
    for (const page of PAGES) {
      for (const line of shellLines(page)) {
        const words = althingWords(line);
        if (words === null) continue;
        count += 1;
        await assert.doesNotReject(parse(words), `${page}: ${line}`);
      }
    }
    assert.ok(count > 30, `${count} commands`);
    await assert.rejects(parse(['evidence', 'list', 'FOLDER']), /too many arguments/);
    await assert.rejects(parse(['status', '--home', 'x']), /unknown option/);
  });

  it('every key, address and account of the README is one that npm start makes', () => {
    const { users, genesis } = devNetwork(4, 2, null);
    const said = (name: string) =>
      new RegExp(`^${name}=(\\S+) +# (?:of )?account (\\d)`, 'm').exec(
        readProjectFile('README.md'),
      );
    const [, key, payer = ''] = said('KEY') ?? [];
    assert.equal(key, toHex(users[Number(payer)]!.secret));
    const [, address, payee = ''] = said('TO') ?? [];
    const lock = keyLock(users[Number(payee)]!.publicKey);
    assert.equal(address, encodeAddress(genesis.addressPrefix, lock));
  });

  it('every figure of the README stands in the page that it is from', () => {
    const rows = [...readProjectFile('README.md').matchAll(/^\|(.*)\|(.*)\| \[.*\]\((.*)\) \|$/gm)];
    assert.ok(rows.length > 5);
    for (const [row, , figure = '', page = ''] of rows) {
      const digits = /(?<![\d.,])\d[\d.,]*\d|\d/g;
      const there = new Set(readProjectFile(page).match(digits));
      for (const number of figure.match(digits) ?? []) assert.ok(there.has(number), row);
    }
  });

  it('every folder that the README names is there', () => {
    const [, table = ''] =
      /## Folders\n([\s\S]*?)\n## /.exec(`${readProjectFile('README.md')}\n## `) ?? [];
    const folders = [...table.matchAll(/^\|([^|]*)\|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    );
    assert.ok(folders.length > 20);
    for (const folder of folders) assert.ok(existsSync(path.join(projectFolder, folder)), folder);
  });

  it('every source that a page or a comment names is there', () => {
    const below = ['src', 'test', 'bench', 'nemesis', 'fuzz', 'mutation', 'docs'];
    const files = [...PAGES, ...below.flatMap(projectFilesBelow)].filter(
      (file) => /\.(?:md|ts)$/.test(file) && !file.startsWith('bench/results/'),
    );
    const missing = files.flatMap((file) => sourcesNamed(file).filter((name) => !isSource(name)));
    assert.deepEqual(missing, []);
  });
});

/** Such as dag/graph and src/dag/graph.test.ts; by their paths below src. */
function sourcesNamed(file: string): string[] {
  const folders = readdirSync(path.join(projectFolder, 'src')).filter(
    (name) => !name.includes('.'),
  );
  const name = `(?:src/)?((?:${folders.join('|')})(?:/[a-z][a-z0-9-]*[a-z0-9])+)(?:\\.test)?(?:\\.ts)?`;
  const text = readProjectFile(file).replace(/^(?:import|export|\}) .*from .*$/gm, '');
  return [...text.matchAll(new RegExp(`(?<![\\w./@-])${name}(?![\\w/*{-])`, 'g'))].map(
    ([, named = '']) => named,
  );
}

function isSource(name: string): boolean {
  const place = path.join(projectFolder, 'src', name);
  return [place, `${place}.ts`, `${place}.test.ts`].some(existsSync);
}
