import type { RestClient } from '../../client/rest-client.ts';
import { VALID_EPOCHS } from '../../client/wallet.ts';
import type { AddCommand } from '../context.ts';
import { type KeyOptions, openWallet, withKey } from '../options/payer-options.ts';
import { type PaymentOptions, payeesOf, termsOf, withPayment } from '../options/payment-options.ts';
import { urlOption, withClient } from '../options/url-option.ts';
import { toWait, type WaitOptions, waitOptions } from '../options/wait-option.ts';
import { table } from '../output.ts';
import { exitCodeOf, refusal, statusText } from '../transaction-text.ts';
import { addProposals } from './proposal.ts';
import { addWatch } from './watch.ts';

type UrlOptions = KeyOptions & { readonly url: string };

export const walletCommand: AddCommand = (program, context) => {
  const { output, setExit } = context;
  const wallet = program.command('wallet').description('balances and payments');

  withKey(wallet.command('address').description('the address of a key on the ledger of a node'))
    .addOption(urlOption())
    .action((options: UrlOptions) =>
      withClient(options.url, async (client) => {
        const address = await addressOf(client, options);
        output().result({ address }, () => address);
      }),
    );

  withKey(wallet.command('balance').description('what an address has'))
    .argument('[address]', 'default: the one of the key')
    .addOption(urlOption())
    .action((given: string | undefined, options: UrlOptions) =>
      withClient(options.url, async (client) => {
        const found = await client.balance(given ?? (await addressOf(client, options)));
        output().result(found, () =>
          table([
            ['address', found.address],
            ['balance', found.balance.toString()],
            ['outputs', `${found.outputs}${found.complete ? '' : ' or more'}`],
            ['as of', `epoch ${found.asOf.epoch}`],
          ]),
        );
      }),
    );

  const [wait, timeout] = waitOptions('final');
  withPayment(withKey(wallet.command('send').description('pay one or several')), VALID_EPOCHS)
    .addOption(urlOption())
    .addOption(wait)
    .addOption(timeout)
    .action((words: string[], options: UrlOptions & PaymentOptions & WaitOptions) =>
      withClient(options.url, async (client) => {
        const payees = payeesOf(words);
        const terms = termsOf(options);
        const own = openWallet(options);
        const sent = await own.send(client, payees, { wait: toWait(options), terms });
        if (!sent.ok) throw refusal(sent.error);
        const { payment: _, ...status } = sent.value;
        output().result(status, () => statusText(status, status.tookMs));
        setExit(exitCodeOf(status, options.wait === 'none' ? undefined : options.wait));
      }),
    );

  addProposals(wallet, context);
  addWatch(wallet, context);
};

/** The key is looked at first: a node need not be asked about a wrong one. */
async function addressOf(client: RestClient, options: KeyOptions): Promise<string> {
  const wallet = openWallet(options);
  return wallet.address((await client.params()).addressPrefix);
}
