import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ledgerIdOf } from '../../codec/genesis.ts';
import { createCommittee } from '../../committee/committee.ts';
import { newestBlocks } from '../../picture/newest-blocks.ts';
import { pageOf } from '../../picture/page.ts';
import { sceneOf } from '../../picture/scene.ts';
import { type GenesisFacts, settingOf } from '../../sim/reference/setting.ts';
import type { Genesis } from '../../types/genesis.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { notes } from '../help-notes.ts';
import { genesisOf, nodeFolder } from '../node-folder.ts';
import { wholeNumber } from '../options/parse-option.ts';
import { txidOf } from '../transaction-text.ts';

type Options = {
  readonly blocks: number;
  readonly payment?: string;
  readonly genesis?: string;
  readonly out: string;
};

/** Evaluating the definitions on more takes minutes, and nobody looks at so many. */
const BLOCKS_MAX = 1000;
const PAYMENTS_MAX = 5000;
const BLOCKS = 120;

export const drawCommand: AddCommand = (program, { output }) => {
  program
    .command('draw')
    .description("draw a node's newest blocks as a page: lanes, acks, verdicts, cuts")
    .argument('<folder>', 'home of a node, or its data folder; the node may run')
    .option(
      '--blocks <n>',
      `how many, or fewer: with ${PAYMENTS_MAX} payments at most`,
      wholeNumber(1, BLOCKS_MAX),
      BLOCKS,
    )
    .option('--payment <txid>', 'the blocks around this one, shown at first')
    .option('--genesis <file>', 'genesis of the ledger; default that of the home')
    .option('--out <file>', 'where the page goes', 'blocks.html')
    .addHelpText(
      'after',
      notes(
        `The page needs nothing else and no network. It takes one payment at a time and shows
         which blocks acked it, which gave a verdict, and which made it final, by the definitions
         of docs/PROTOCOL.md on the blocks drawn. No signature is checked: that is what "althing
         audit" does.`,
      ),
    )
    .action(async (folder: string, options: Options) => {
      const { blocks: count, genesis, out } = options;
      const payment = options.payment === undefined ? null : txidOf(options.payment);
      const { home, data } = nodeFolder(path.resolve(folder));
      const facts = factsOf(genesisOf(home, genesis));
      const blocks = await newestBlocks(data, { blocks: count, payments: PAYMENTS_MAX }, payment);
      if (blocks.length === 0) {
        const what = payment === null ? 'no block yet' : `no block that carries ${payment}`;
        throw new CommandError(EXIT.notFound, `${folder} holds ${what}`);
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
      output().result(
        said,
        () =>
          `${out}: ${said.blocks} blocks with ${said.payments} payments, ${said.final} of them final here and ${said.rivals} with rivals, ${said.cuts} cuts; open it in a browser`,
      );
    });
};

function factsOf(genesis: Genesis): GenesisFacts {
  return {
    // Whoever draws needs no coins, and there may be millions.
    genesis: { ...genesis, outputs: [] },
    ledgerId: ledgerIdOf(genesis),
    committee: createCommittee(genesis.committee),
  };
}
