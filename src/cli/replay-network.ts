import path from 'node:path';
import { Wallet } from '../client/wallet.ts';
import { fromHex } from '../codec/hex.ts';
import { devNetwork } from '../node/dev-network.ts';
import { readDevnetState } from '../node/devnet-layout.ts';
import type { ReplayOptions } from '../replay/replay.ts';
import { CommandError, EXIT } from './exit-code.ts';

export type ReplayNetwork = Pick<ReplayOptions, 'targets' | 'wallet' | 'pids'> & {
  readonly metricsUrls: readonly string[];
};

export type NetworkChoice = {
  readonly target: readonly string[];
  readonly home: string;
  readonly secret?: string;
};

/** The validators named, or those of the devnet that runs in `home`. */
export function networkOf({ target, home, secret }: NetworkChoice): ReplayNetwork {
  const state = readDevnetState(path.resolve(home));
  if (target.length === 0 && state === null) {
    throw new CommandError(
      EXIT.unreachable,
      `no devnet runs in ${home}: start one ("npm start"), or give --target for each validator`,
    );
  }
  const isDevnet = target.length === 0 && state !== null;
  const funding = secret ?? (isDevnet ? state.funding.secret : publicFundingSecret());
  const wallet = Wallet.fromSecrets([fromHex(funding) ?? new Uint8Array(0)]);
  if (!wallet.ok) throw new CommandError(EXIT.usage, `--secret: ${wallet.error.detail}`);
  return {
    targets: isDevnet ? state.validators.map(({ rest }) => rest) : target,
    pids: isDevnet ? state.validators.map(({ pid }) => pid) : [],
    metricsUrls: isDevnet ? state.validators.map(({ metrics }) => metrics) : [],
    wallet: wallet.value,
  };
}

function publicFundingSecret(): string {
  return Buffer.from(devNetwork(1, 0, null).funding.secret).toString('hex');
}
