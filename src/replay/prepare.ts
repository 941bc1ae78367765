import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerParams } from '../client/answers.ts';
import type { Wallet } from '../client/wallet.ts';
import { err, type Result } from '../std/result.ts';
import type { Outpoint } from '../types/ids.ts';
import type { Fleet } from './fleet.ts';
import { type Funding, planFunding } from './funding.ts';
import type { Owners } from './owners.ts';
import { type SignedTrace, signTrace } from './signed-trace.ts';
import type { Trace } from './trace/trace.ts';

const VALID_EPOCHS = 100_000;
const FINAL_WAIT_MS = 30_000;

export type Preparation = {
  readonly fleet: Fleet;
  readonly params: LedgerParams;
  readonly trace: Trace;
  readonly owners: Owners;
};

/**
 * Pays the trace's genesis outputs from the wallet. Returns when every target calls every payment final.
 * Throws AlthingError when a validator cannot be reached.
 */
export async function fundTrace(
  { fleet, params, trace, owners }: Preparation,
  wallet: Wallet,
): Promise<Result<Funding, string>> {
  const { ledgerId, epoch, minFee, addressPrefix } = params;
  const coins = await wallet.coins(fleet.client(0), addressPrefix);
  const outputs = trace.genesis.map(({ owner, amount }) => ({ amount, lock: owners.lock(owner) }));
  const validUntil = epoch + VALID_EPOCHS;
  const planned = planFunding({ wallet, coins, outputs, ledgerId, validUntil, fee: minFee });
  if (!planned.ok) return err(`the funding account: ${planned.error.detail}`);
  const { payments } = planned.value;
  const wait = { level: 'final', timeoutMs: FINAL_WAIT_MS } as const;
  await Promise.all(payments.map(({ bytes }, at) => fleet.client(at).submit(bytes)));
  for (const client of fleet.clients) {
    for (const { txid } of payments) {
      const { state } = await client.transaction(txid, wait);
      if (state !== 'final' && state !== 'checkpointed') {
        return err(`funding transaction ${txid} is ${state} at ${client.url}`);
      }
    }
  }
  return planned;
}

/** Signs a little at a time; `progress` gets the number of transactions signed so far. */
export async function signAll(
  { params, trace, owners }: Preparation,
  genesis: readonly Outpoint[],
  progress: (signed: number) => void,
): Promise<Result<SignedTrace, string>> {
  const { ledgerId, epoch } = params;
  const validUntil = epoch + VALID_EPOCHS;
  const signing = signTrace(trace, { ledgerId, validUntil, owners, genesis });
  for (;;) {
    const next = signing.next();
    if (next.done) return next.value;
    progress(next.value);
    await sleep(0);
  }
}
