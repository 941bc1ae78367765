import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  decodeEvidence,
  evidenceFromJson,
  evidenceToJson,
  type LedgerEvidence,
} from '../../codec/evidence.ts';
import { ledgerIdOf } from '../../codec/genesis.ts';
import { createCommittee } from '../../committee/committee.ts';
import { readEvidenceFolder } from '../../node/evidence-book.ts';
import { readGenesisFile } from '../../node/folder/genesis-file.ts';
import { judgeEvidence } from '../../replica/misbehaviour.ts';
import { err, type Result } from '../../std/result.ts';
import { makeFolder } from '../../storage/make-folder.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT, orFail } from '../exit-code.ts';
import { nodeFolder } from '../node-folder.ts';
import { urlOption, withClient } from '../options/url-option.ts';
import { table } from '../output.ts';

type ListOptions = { readonly url: string; readonly home?: string; readonly out?: string };
type Named = { readonly name: string; readonly evidence: LedgerEvidence };

export const evidenceCommand: AddCommand = (program, { output }) => {
  const evidence = program
    .command('evidence')
    .description('proofs that a validator broke the rules, by its own signatures');
  evidence
    .command('list')
    .description('what a node has recorded: of a running one by REST, or from its folder')
    .addOption(urlOption())
    .option('--home <folder>', 'home of a node instead, running or not')
    .option('--out <folder>', 'write each piece there, as JSON')
    .action(async ({ url, home, out }: ListOptions) => {
      const pieces = home === undefined ? await ofNode(url) : ofFolder(path.resolve(home));
      if (out !== undefined) for (const piece of pieces) write(out, piece);
      const rows = pieces.map(({ name, evidence: piece }) => ({
        name,
        kind: piece.kind,
        lane: piece.lane,
        bytes: piece.blocks.map((block) => block.length),
      }));
      output().result(rows, () =>
        rows.length === 0
          ? 'no evidence'
          : table(rows.map((row) => [row.name, row.kind, `validator ${row.lane}`])),
      );
    });
  evidence
    .command('verify')
    .description('check one piece offline against the genesis; exit code 4 if it proves nothing')
    .argument('<file>', 'what "evidence list --out" wrote, REST answered, or a node keeps')
    .requiredOption('--genesis <file>', 'the genesis of the ledger: all that is trusted')
    .action(async (file: string, options: { genesis: string }) => {
      const genesis = readGenesisFile(options.genesis);
      const { createVerifier } = await import('../../crypto/verify.ts');
      const ledgerId = ledgerIdOf(genesis);
      const piece = readEvidence(file);
      if (piece.ledgerId !== ledgerId) {
        throw new CommandError(EXIT.rejected, `not proved: it is of ledger ${piece.ledgerId}`);
      }
      const committee = createCommittee(genesis.committee);
      const verifier = createVerifier('auto');
      const judged = judgeEvidence(piece, { ledgerId, committee, verifier });
      if (!judged.ok) throw new CommandError(EXIT.rejected, `not proved: ${judged.error}`);
      const { kind, lane } = piece;
      const validator = genesis.committee[lane]?.name ?? null;
      const value = { proved: true, ledgerId, kind, lane, validator, says: judged.value };
      output().result(value, () => `proved: ${judged.value}`);
    });
};

function ofNode(url: string): Promise<Named[]> {
  return withClient(url, async (client) => {
    const pieces = await client.evidence();
    return pieces.map((evidence, index) => ({ name: `${index}-${evidence.kind}`, evidence }));
  });
}

function ofFolder(home: string): Named[] {
  const { data } = nodeFolder(home);
  return readEvidenceFolder(path.join(data, 'evidence')).map(({ name, evidence }) => {
    if (typeof evidence === 'string') {
      throw new CommandError(EXIT.failed, `${name} is damaged: ${evidence}`);
    }
    return { name: path.parse(name).name, evidence };
  });
}

function write(folder: string, { name, evidence }: Named): void {
  const file = path.join(folder, `${name}.json`);
  const text = `${JSON.stringify(evidenceToJson(evidence), null, 1)}\n`;
  orFail(`cannot write ${file}`, () => {
    makeFolder(folder);
    writeFileSync(file, text, { flag: 'wx' });
  });
}

/** Either form; a piece has one binary form, so what is not encoded like that is refused. */
function readEvidence(file: string): LedgerEvidence {
  const bytes = orFail(`${file} cannot be read`, () => readFileSync(file));
  const isJson = /^\s*\{/.test(bytes.toString('latin1', 0, 16));
  const read = isJson ? ofJson(bytes) : decodeEvidence(bytes);
  if (!read.ok) throw new CommandError(EXIT.rejected, `${file} is no evidence: ${read.error}`);
  return read.value;
}

function ofJson(bytes: Buffer): Result<LedgerEvidence, string> {
  try {
    const read = evidenceFromJson(JSON.parse(bytes.toString('utf8')));
    return read.ok ? read : err(read.error.detail);
  } catch (cause) {
    return err((cause as Error).message);
  }
}
