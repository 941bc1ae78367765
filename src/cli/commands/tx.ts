import { writeFileSync } from 'node:fs';
import { transactionProofToJson } from '../../codec/proof-json.ts';
import type { AddCommand } from '../context.ts';
import { urlOption, withClient } from '../options/url-option.ts';
import { toWait, type WaitOptions, waitOptions } from '../options/wait-option.ts';
import { exitCodeOf, statusText, txidOf } from '../transaction-text.ts';

export const txCommand: AddCommand = (program, { output, setExit }) => {
  const tx = program.command('tx').description('what became of a transaction');

  const [wait, timeout] = waitOptions('none');
  tx.command('status')
    .description('where a transaction is')
    .argument('<txid>', '64 hex digits')
    .addOption(urlOption())
    .addOption(wait)
    .addOption(timeout)
    .action((txid: string, options: WaitOptions & { url: string }) =>
      withClient(options.url, async (client) => {
        const status = await client.transaction(txidOf(txid), toWait(options));
        output().result(status, () => statusText(status));
        setExit(exitCodeOf(status, options.wait === 'none' ? undefined : options.wait));
      }),
    );

  tx.command('proof')
    .description('a proof of its outcome, for "althing verify"')
    .argument('<txid>', '64 hex digits')
    .option('--out <file>', 'write it there instead of to standard output')
    .addOption(urlOption())
    .action((txid: string, options: { url: string; out?: string }) =>
      withClient(options.url, async (client) => {
        const proof = transactionProofToJson(await client.transactionProof(txidOf(txid)));
        const text = JSON.stringify(proof, null, 2);
        if (options.out === undefined) return output().result(proof, () => text);
        writeFileSync(options.out, `${text}\n`);
        const { epoch } = proof.certificate.checkpoint;
        return output().result(
          { file: options.out, epoch },
          () => `${options.out}: epoch ${epoch}`,
        );
      }),
    );
};
