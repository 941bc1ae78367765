import { renameSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  mergeProposals,
  type Proposal,
  proposalBytes,
  propose,
  type Review,
  reviewProposal,
  signProposal,
} from '../../client/proposal.ts';
import { proposalFromJson, proposalToJson } from '../../client/proposal-json.ts';
import { encodeAddress } from '../../crypto/address.ts';
import { readGenesisFile } from '../../node/folder/genesis-file.ts';
import { readJsonFile } from '../../node/folder/json-file.ts';
import type { Result } from '../../std/result.ts';
import type { Problem } from '../../types/errors.ts';
import type { Genesis } from '../../types/genesis.ts';
import type { Signer } from '../../types/signature.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, EXIT, orFail } from '../exit-code.ts';
import { gather } from '../options/parse-option.ts';
import { type KeyOptions, openWallet, withKey } from '../options/payer-options.ts';
import { type PaymentOptions, payeesOf, termsOf, withPayment } from '../options/payment-options.ts';
import { ownersFrom, thresholdNumber } from '../options/public-keys.ts';
import { urlOption, withClient } from '../options/url-option.ts';
import { toWait, type WaitOptions, waitOptions } from '../options/wait-option.ts';
import { type Output, table } from '../output.ts';
import { exitCodeOf, refusal, statusText } from '../transaction-text.ts';

type ProposeOptions = PaymentOptions & {
  readonly threshold: number;
  readonly publicKey: readonly string[];
  readonly out: string;
  readonly url: string;
};
type SignOptions = KeyOptions & { readonly genesis: string; readonly txid?: string };

/** Owners take their time: a file goes from one to the next. */
const VALID_EPOCHS = 1_000_000;

/** `propose`, `sign` and `submit` of a group of commands: payments of m-of-n owners. */
export function addProposals(group: Command, { output, setExit }: CommandContext): void {
  const proposing = group
    .command('propose')
    .description('write a payment of m-of-n owners to a file, for "wallet sign"');
  withPayment(proposing, VALID_EPOCHS)
    .requiredOption('--threshold <m>', 'how many owners have to sign', thresholdNumber)
    .requiredOption('--public-key <hex>', 'of an owner; give all of them', gather)
    .requiredOption('--out <file>', 'where to write it; an existing file is never overwritten')
    .addOption(urlOption())
    .action((words: string[], options: ProposeOptions) =>
      withClient(options.url, async (client) => {
        const { threshold, publicKey, out } = options;
        const payees = payeesOf(words);
        const terms = termsOf(options);
        const owners = ownersFrom(threshold, publicKey);
        const proposal = demand(await propose(client, { owners, payees, terms }));
        const { txid } = proposal;
        const text = textOf(proposal);
        orFail(`cannot write ${out}`, () => writeFileSync(out, text, { flag: 'wx' }));
        output().result({ txid, file: out }, () => `${out}: ${txid}`);
      }),
    );

  withKey(group.command('sign').description('show what such a file pays, and sign it; offline'))
    .argument('<file>', 'what "wallet propose" wrote; the signature is added to it')
    .requiredOption('--genesis <file>', 'the genesis of the ledger: all that is trusted')
    .option('--txid <txid>', 'sign it, this being what was shown without this option')
    .action((file: string, options: SignOptions) => {
      const genesis = readGenesisFile(options.genesis);
      const proposal = readProposal(file);
      const review = demand(reviewProposal(proposal, genesis));
      if (options.txid === undefined) return show(proposal, review, genesis, output());
      if (options.txid !== proposal.txid) {
        throw new CommandError(EXIT.rejected, `${file} holds another payment: ${proposal.txid}`);
      }
      const signed = demand(signProposal(proposal, genesis, signerOf(options)));
      const text = textOf(signed);
      orFail(`cannot write ${file}`, () => {
        writeFileSync(`${file}.new`, text);
        renameSync(`${file}.new`, file);
      });
      return show(signed, review, genesis, output());
    });

  const [wait, timeout] = waitOptions('final');
  group
    .command('submit')
    .description('send such a payment when enough owners have signed it')
    .argument('<files...>', 'one file, or copies of it that owners have signed')
    .addOption(urlOption())
    .addOption(wait)
    .addOption(timeout)
    .action((files: string[], options: WaitOptions & { url: string }) =>
      withClient(options.url, async (client) => {
        const [first, ...others] = files.map(readProposal) as [Proposal, ...Proposal[]];
        const bytes = demand(proposalBytes(demand(mergeProposals(first, others))));
        const status = await client.submit(bytes, toWait(options));
        output().result(status, () => statusText(status));
        setExit(exitCodeOf(status, options.wait === 'none' ? undefined : options.wait));
      }),
    );
}

function show(proposal: Proposal, review: Review, genesis: Genesis, output: Output): void {
  const { txid, body, owners, signatures } = proposal;
  const address = (lock: Review['payer']) => encodeAddress(genesis.addressPrefix, lock);
  const { threshold } = owners;
  const payer = address(review.payer);
  const paid = review.paid.map(({ amount, lock }) => ({ address: address(lock), amount }));
  const { change, fee } = review;
  const { validUntil } = body;
  const shown = { txid, payer, paid, change, fee, validUntil };
  output.result({ ...shown, threshold, signatures: signatures.size }, () =>
    table([
      ['txid', txid],
      ['payer', payer],
      ...paid.map((one) => ['pays', `${one.amount} to ${one.address}`]),
      ['fee', fee.toString()],
      ['comes back', change.toString()],
      ['until', `epoch ${validUntil}`],
      ['signatures', `${signatures.size} of ${threshold}`],
    ]),
  );
}

function signerOf(options: KeyOptions): Signer {
  const wallet = openWallet(options);
  return wallet.signerOf(wallet.lock) as Signer;
}

function textOf(proposal: Proposal): string {
  return `${JSON.stringify(proposalToJson(proposal), null, 2)}\n`;
}

function readProposal(file: string): Proposal {
  const value = orFail(`${file} cannot be read`, () => readJsonFile(file));
  return demand(proposalFromJson(value), `${file}: `);
}

function demand<T>(made: Result<T, Problem>, words = ''): T {
  if (made.ok) return made.value;
  throw refusal(made.error, words);
}
