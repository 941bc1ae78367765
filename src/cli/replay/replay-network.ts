import path from 'node:path';
import { AlthingError } from '../../client/althing-error.ts';
import { RestClient } from '../../client/rest-client.ts';
import { Wallet } from '../../client/wallet.ts';
import { fromHex } from '../../codec/hex.ts';
import { devNetwork } from '../../devnet/dev-network.ts';
import { type DevnetState, readDevnetState } from '../../devnet/layout.ts';
import type { ReplayOptions } from '../../replay/replay.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { explainAnswer } from '../options/url-option.ts';

export type ReplayNetwork = Pick<ReplayOptions, 'targets' | 'wallet' | 'pids'> & {
  readonly metricsUrls: readonly string[];
};

export type NetworkChoice = {
  readonly target: readonly string[];
  readonly home: string;
  readonly secret?: string;
};

/** The validators named, all of them, or of the devnet that runs in `home` those that answer. */
export async function networkOf(
  { target, home, secret }: NetworkChoice,
  note: (line: string) => void,
): Promise<ReplayNetwork> {
  const state = target.length > 0 ? null : readDevnetState(path.resolve(home));
  if (target.length === 0 && state === null) {
    throw new CommandError(
      EXIT.unreachable,
      `no devnet runs in ${home}: start one ("npm start"), or give --target for each validator`,
    );
  }
  const funding = secret ?? state?.funding.secret ?? publicFundingSecret();
  const wallet = Wallet.fromSecrets([fromHex(funding) ?? new Uint8Array(0)]);
  if (!wallet.ok) throw new CommandError(EXIT.usage, `--secret: ${wallet.error.detail}`);
  const validators = state === null ? null : await answering(state, note);
  return {
    targets: validators?.map(({ rest }) => rest) ?? target,
    pids: validators?.map(({ pid }) => pid) ?? [],
    metricsUrls: validators?.map(({ metrics }) => metrics) ?? [],
    wallet: wallet.value,
  };
}

/** A devnet of which somebody killed a validator goes on, and a replay with it. */
async function answering(
  { home, validators }: DevnetState,
  note: (line: string) => void,
): Promise<DevnetState['validators']> {
  const quorums = await Promise.all(validators.map(({ rest }) => quorumAt(rest)));
  const found = validators.filter((_, lane) => quorums[lane] !== null);
  const quorum = quorums.find((one) => one !== null) ?? validators.length;
  if (found.length < quorum) {
    const counts = `${found.length} of ${validators.length} validators of ${home} answer`;
    const hint = 'start the others ("althing start --home FOLDER"), or the devnet again';
    throw new CommandError(EXIT.unreachable, `${counts}, payments need ${quorum}: ${hint}`);
  }
  for (const one of validators) {
    if (!found.includes(one)) note(`${one.name} does not answer and is left out: ${one.rest}`);
  }
  return found;
}

/** null: nobody answers there. */
async function quorumAt(url: string): Promise<number | null> {
  const client = new RestClient(url);
  try {
    return (await client.status()).quorum;
  } catch (error) {
    if (error instanceof AlthingError && error.code === 'unreachable') return null;
    throw error instanceof AlthingError ? explainAnswer(error) : error;
  } finally {
    await client.close();
  }
}

function publicFundingSecret(): string {
  return Buffer.from(devNetwork(1, 0, null).funding.secret).toString('hex');
}
