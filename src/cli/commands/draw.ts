import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ledgerIdOf } from '../../codec/genesis.ts';
import { createCommittee } from '../../committee/committee.ts';
import { JournalTail } from '../../picture/journal-tail.ts';
import { newestBlocks } from '../../picture/newest-blocks.ts';
import { pageOf } from '../../picture/page.ts';
import { sceneOf } from '../../picture/scene.ts';
import { servePictures } from '../../picture/serve.ts';
import { type GenesisFacts, settingOf } from '../../sim/reference/setting.ts';
import type { Genesis } from '../../types/genesis.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { notes } from '../help-notes.ts';
import { genesisOf, nodeFolder } from '../node-folder.ts';
import { wholeNumber } from '../options/parse-option.ts';
import type { Output } from '../output.ts';
import { stopSignal } from '../stop-signal.ts';
import { txidOf } from '../transaction-text.ts';

type Options = {
  readonly blocks?: number;
  readonly payment?: string;
  readonly genesis?: string;
  readonly out: string;
  readonly follow: boolean;
};

/** Evaluating the definitions on more takes minutes, and nobody looks at so many. */
const BLOCKS_MAX = 1000;
const PAYMENTS_MAX = 5000;
const BLOCKS = 120;
/** Of a page that follows, drawn twice a second. */
const FOLLOWED = 60;
const FOLLOWED_PAYMENTS_MAX = 500;

export const drawCommand: AddCommand = (program, { output }) => {
  program
    .command('draw')
    .description("draw a node's newest blocks as a page: lanes, acks, verdicts, cuts")
    .argument('<folder>', 'home of a node, or its data folder; the node may run')
    .option(
      '--blocks <n>',
      `how many (${BLOCKS}, with --follow ${FOLLOWED}), or fewer: with ${PAYMENTS_MAX} payments at most`,
      wholeNumber(1, BLOCKS_MAX),
    )
    .option('--payment <txid>', 'the blocks around this one, shown at first')
    .option('--genesis <file>', 'genesis of the ledger; default that of the home')
    .option('--out <file>', 'where the page goes', 'blocks.html')
    .option(
      '--follow',
      'serve the page instead, on this machine, with new blocks as they come',
      false,
    )
    .addHelpText(
      'after',
      notes(
        `The page needs nothing else and no network. It takes one payment at a time and shows
         which blocks acked it, which gave a verdict, and which made it final, by the definitions
         of docs/PROTOCOL.md on the blocks drawn. No signature is checked: that is what "althing
         audit" does.`,
      ),
    )
    .action((folder: string, options: Options) => {
      if (options.follow && options.payment !== undefined)
        throw new CommandError(EXIT.usage, '--follow shows the newest blocks, not a payment');
      const { home, data } = nodeFolder(path.resolve(folder));
      const facts = factsOf(genesisOf(home, options.genesis));
      if (options.follow) return follow({ data, facts }, options, output());
      return draw({ data, facts, name: folder }, options, output());
    });
};

type Drawn = { readonly data: string; readonly facts: GenesisFacts };

async function draw(
  { data, facts, name }: Drawn & { readonly name: string },
  options: Options,
  output: Output,
): Promise<void> {
  const { blocks: count = BLOCKS, out } = options;
  const payment = options.payment === undefined ? null : txidOf(options.payment);
  const blocks = await newestBlocks(data, { blocks: count, payments: PAYMENTS_MAX }, payment);
  if (blocks.length === 0) {
    const what = payment === null ? 'no block yet' : `no block that carries ${payment}`;
    throw new CommandError(EXIT.notFound, `${name} holds ${what}`);
  }
  const scene = sceneOf(blocks, settingOf(facts, null));
  writeFileSync(out, pageOf(scene, { ledgerId: facts.ledgerId, payment }));
  const { ways, cuts } = scene;
  const said = {
    file: out,
    blocks: blocks.length,
    payments: ways.length,
    cuts: cuts.length,
    final: ways.filter(({ final }) => final !== null).length,
    rivals: ways.filter(({ rivals }) => rivals.length > 0).length,
  };
  output.result(
    said,
    () =>
      `${out}: ${said.blocks} blocks with ${said.payments} payments, ${said.final} of them final here and ${said.rivals} with rivals, ${said.cuts} cuts; open it in a browser`,
  );
}

/** Serves the page until it is told to stop. */
async function follow({ data, facts }: Drawn, options: Options, output: Output): Promise<void> {
  const most = { blocks: options.blocks ?? FOLLOWED, payments: FOLLOWED_PAYMENTS_MAX };
  const tail = new JournalTail(data, most);
  const stop = stopSignal();
  const served = await servePictures({
    async draw() {
      const scene = sceneOf(await tail.look(), settingOf(facts, null));
      return pageOf(scene, { ledgerId: facts.ledgerId, payment: null, follows: true });
    },
    isNewer: async (digest) => (await tail.look()).at(-1)?.digest !== digest,
  });
  output.result({ url: served.url }, () => `${served.url} shows the newest blocks; Ctrl-C ends it`);
  if (!stop.aborted) await once(stop, 'abort');
  served.close();
}

function factsOf(genesis: Genesis): GenesisFacts {
  return {
    // Whoever draws needs no coins, and there may be millions.
    genesis: { ...genesis, outputs: [] },
    ledgerId: ledgerIdOf(genesis),
    committee: createCommittee(genesis.committee),
  };
}
