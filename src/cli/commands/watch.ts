import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { AlthingError, isRetryable } from '../../client/althing-error.ts';
import { type CertifiedLedger, LightClient } from '../../client/light-client.ts';
import { SnapshotClient } from '../../client/snapshot-client.ts';
import { decodeAddress } from '../../crypto/address.ts';
import { readGenesisFile } from '../../node/folder/genesis-file.ts';
import type { Epoch, Lock } from '../../types/ids.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { notes } from '../help-notes.ts';
import { wholeNumber } from '../options/parse-option.ts';
import { explainAnswer, urlOption } from '../options/url-option.ts';
import type { Output } from '../output.ts';
import { stopSignal } from '../stop-signal.ts';

type Options = {
  readonly url: string;
  readonly genesis: string;
  readonly after: Epoch;
  readonly once: boolean;
  readonly pollMs: number;
};

const EPOCH_MAX = 2 ** 32 - 1;

/** `watch` of a group of commands. */
export function addWatch(group: Command, { output }: CommandContext): void {
  group
    .command('watch')
    .description('tell every payment to some addresses, one certified ledger after the other')
    .argument('<addresses...>', 'of whom')
    .requiredOption('--genesis <file>', 'the genesis of the ledger: all that is trusted')
    .option('--after <epoch>', 'the last one that is known', wholeNumber(0, EPOCH_MAX), 0)
    .option('--once', 'end when there is no further ledger yet', false)
    .option('--poll-ms <ms>', 'how often to look for a new epoch', wholeNumber(1, 3_600_000), 500)
    .addOption(urlOption())
    .addHelpText(
      'after',
      notes(
        `A line for each payment, and one for each epoch behind its payments. Who has kept that
         may go on with --after EPOCH, at any node: nothing is missed, and what came behind the
         last line of an epoch comes again. Fees of validators are not told.`,
      ),
    )
    .action((addresses: string[], options: Options) => watch(addresses, options, output()));
}

async function watch(addresses: string[], options: Options, output: Output): Promise<void> {
  const genesis = readGenesisFile(options.genesis);
  const owners = ownersOf(addresses, genesis.addressPrefix);
  const light = new LightClient(genesis);
  const node = new SnapshotClient(options.url);
  const stop = stopSignal();
  try {
    for (let epoch = options.after + 1; !stop.aborted; ) {
      const bytes = await ledgerOf(node, epoch, options, stop);
      if (bytes !== null) {
        const ledger = light.verifyLedger(epoch, bytes);
        if (!ledger.ok) {
          throw new CommandError(EXIT.rejected, `epoch ${epoch} is not proved: ${ledger.error}`);
        }
        tell(ledger.value, owners, output);
        epoch += 1;
      } else if (options.once) return;
      else await sleep(options.pollMs, undefined, { signal: stop }).catch(() => undefined);
    }
  } finally {
    await node.close();
  }
}

/** By what a ledger knows of them. */
function ownersOf(addresses: readonly string[], prefix: string): ReadonlyMap<Lock, string> {
  return new Map(
    addresses.map((address) => {
      const lock = decodeAddress(prefix, address);
      if (!lock.ok) throw new CommandError(EXIT.usage, `${address}: ${lock.error.detail}`);
      return [lock.value, address];
    }),
  );
}

/** null: not now. A node that is away for a while ends only who does not want to wait. */
async function ledgerOf(
  node: SnapshotClient,
  epoch: Epoch,
  { once }: Options,
  stop: AbortSignal,
): Promise<Uint8Array | null> {
  try {
    const bytes = await node.ledger(epoch, stop);
    if (bytes !== 'pruned') return bytes;
  } catch (error) {
    if (!(error instanceof AlthingError)) throw error;
    if (stop.aborted || (!once && isRetryable(error.code))) return null;
    throw explainAnswer(error);
  }
  throw new CommandError(
    EXIT.notFound,
    `${node.name} has no ledger of epoch ${epoch} any more: ask a node that keeps more`,
  );
}

function tell(
  { checkpoint, transactions }: CertifiedLedger,
  owners: ReadonlyMap<Lock, string>,
  output: Output,
): void {
  const { epoch, timeMs } = checkpoint;
  let payments = 0;
  for (const { txid, outputs } of transactions) {
    for (const [index, { lock, amount }] of outputs.entries()) {
      const address = owners.get(lock);
      if (address === undefined) continue;
      payments += 1;
      const payment = { kind: 'payment', epoch, txid, index, address, amount };
      output.line(payment, () => `epoch ${epoch}  ${txid} ${index}  ${amount} to ${address}`);
    }
  }
  const end = { kind: 'epoch', epoch, timeMs, payments };
  output.line(end, () => `epoch ${epoch}  ${payments} payments`);
}
