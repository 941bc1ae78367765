import path from 'node:path';
import type { AuditReport } from '../../audit/audit.ts';
import { COUNTED, type CountName } from '../../audit/counts.ts';
import { certificateFromJson } from '../../codec/proof-json.ts';
import { readJsonFile } from '../../node/folder/json-file.ts';
import type { Certificate } from '../../types/ledger.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT, orFail } from '../exit-code.ts';
import { notes } from '../help-notes.ts';
import { genesisOf, nodeFolder } from '../node-folder.ts';
import { gather, wholeNumber } from '../options/parse-option.ts';
import { table } from '../output.ts';
import { auditProgress } from './audit-progress.ts';

type Options = {
  readonly genesis?: string;
  readonly checkpoint?: readonly string[];
  readonly trust?: boolean;
  readonly definitions: number;
  readonly store: boolean;
};

/** Its cost grows faster than the square of it. */
const DEFINED_BLOCKS = 200;

export const auditCommand: AddCommand = (program, { output, setExit }) => {
  program
    .command('audit')
    .description('re-check the folder of a stopped node, from the genesis or a checkpoint, offline')
    .argument('<folder>', 'home of a node, or its data folder')
    .option('--genesis <file>', 'genesis to hold it against; default that of the home')
    .option('--checkpoint <file>', 'a certificate from elsewhere (repeatable): must be met', gather)
    .option('--trust', 'begin at the newest --checkpoint: no signature checks in its history')
    .option(
      '--definitions <n>',
      'first blocks to compare with the naive definitions',
      wholeNumber(0, 5000),
      DEFINED_BLOCKS,
    )
    .option('--no-store', 'leave the LevelDB out')
    .addHelpText(
      'after',
      notes(
        `Replays the journal through the node's own rules with every signature checked, adds the
         ledgers up in a second, plain way, and compares the first blocks with the definitions.
         Writes nothing to the folder; docs/AUDIT.md says what each finding means, and what no
         audit of one folder can see. A certificate is what GET /v1/checkpoints/EPOCH answers.`,
        `Exit codes: 0 nothing wrong, 1 it could not be audited, 4 something is wrong, 7 wrong
         configuration.`,
      ),
    )
    .action(async (folder: string, options: Options) => {
      const { auditFolder } = await import('../../audit/audit.ts');
      const { createVerifier } = await import('../../crypto/verify.ts');
      const place = nodeFolder(path.resolve(folder));
      const known = (options.checkpoint ?? []).map(readCertificate);
      if (options.trust === true && known.length === 0) {
        throw new CommandError(EXIT.usage, '--trust needs a --checkpoint');
      }
      const progress = auditProgress(process.stderr);
      try {
        const report = await auditFolder({
          folder: place.data,
          genesis: genesisOf(place.home, options.genesis),
          verifier: createVerifier('auto'),
          known,
          trustKnown: options.trust === true,
          definedBlocks: options.definitions,
          withStore: options.store,
          progress: progress.update,
        });
        progress.stop();
        output().result(report, () => reportText(report));
        if (report.wrong > 0) setExit(EXIT.rejected);
      } finally {
        progress.stop();
      }
    });
};

function readCertificate(file: string): Certificate {
  const json = orFail(`${file} cannot be read`, () => readJsonFile(file));
  const certificate = certificateFromJson(json);
  if (certificate.ok) return certificate.value;
  throw new CommandError(EXIT.failed, `${file} is no certificate: ${certificate.error.detail}`);
}

function reportText(report: AuditReport): string {
  const { checked, findings, notes, wrong } = report;
  const from = beginningOf(report);
  const whose = report.lane === null ? 'an observer' : `validator ${report.lane}`;
  const head = [
    `ledger ${report.ledgerId}`,
    `journal of ${whose}, from ${from} to epoch ${report.certified} (decided: ${report.decided})`,
    `checkpoint ${report.checkpoint ?? 'none'}`,
  ];
  const counts = (Object.keys(COUNTED) as CountName[]).map((name) => [
    String(checked[name]).padStart(12),
    COUNTED[name],
  ]);
  const wrongs = findings.map(({ code, where, detail }) => `${code}: ${where}: ${detail}`);
  const end = wrong === 0 ? 'nothing wrong was found' : `${wrong} findings`;
  const said = notes.map((note) => `note: ${note}`);
  return [...head, 'checked', table(counts), ...said, ...wrongs, end].join('\n');
}

function beginningOf({ from, generation }: AuditReport): string {
  if (from === 0) return 'the genesis';
  if (generation > 0) return `the stop state of generation ${generation}, epoch ${from}`;
  return `the trusted checkpoint of epoch ${from}`;
}
