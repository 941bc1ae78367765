import { createHash } from 'node:crypto';
import type { KeyPair } from '../crypto/keys.ts';
import { keyLock } from '../crypto/locks.ts';
import { deriveKeyPair, seedOfPhrase } from '../crypto/phrases.ts';
import { DEV_PREFIX } from '../node/folder/dev-prefix.ts';
import { DEFAULT_PARAMS } from '../node/folder/genesis-file.ts';
import type { Genesis, Params } from '../types/genesis.ts';
import type { Output } from '../types/transaction.ts';

/** Known to everybody who can read this: worth nothing outside of development. */
const DEV_PHRASE =
  'ribbon trial segment bunker liar domain version unfair early monitor involve dash';

/** BIP44 account numbers of the keys of a development network. */
const USERS = 0;
const VALIDATORS = 1;
const FAUCETS = 2;
const FUNDING = 3;

/** Several outputs each, so that payments of one account need not wait for each other. */
const USER_OUTPUTS = { count: 10, amount: 1_000_000_000n };
const FAUCET_OUTPUTS = { count: 20, amount: 1_000_000_000_000_000n };
/** For replays: their owners are paid from here. */
const FUNDING_OUTPUTS = { count: 64, amount: 10_000_000_000_000_000n };

export type DevNetwork = {
  readonly genesis: Genesis;
  readonly users: readonly KeyPair[];
  readonly validators: readonly KeyPair[];
  /** One per validator, so that they do not spend the same coins. */
  readonly faucets: readonly KeyPair[];
  readonly funding: KeyPair;
};

/** The same keys and genesis for the same arguments. `seed`: any text instead of the public phrase. */
export function devNetwork(
  validators: number,
  users: number,
  seed: string | null,
  params: Params = DEFAULT_PARAMS,
): DevNetwork {
  const root =
    seed === null ? seedOfPhrase(DEV_PHRASE) : createHash('sha256').update(seed).digest();
  const keys = (account: number, count: number) =>
    Array.from({ length: count }, (_, index) => deriveKeyPair(root, account, index));
  const network = {
    users: keys(USERS, users),
    validators: keys(VALIDATORS, validators),
    faucets: keys(FAUCETS, validators),
    funding: deriveKeyPair(root, FUNDING, 0),
  };
  const outputs = [
    ...network.users.flatMap((pair) => outputsOf(pair, USER_OUTPUTS)),
    ...network.faucets.flatMap((pair) => outputsOf(pair, FAUCET_OUTPUTS)),
    ...outputsOf(network.funding, FUNDING_OUTPUTS),
  ];
  const committee = network.validators.map(({ publicKey }, index) => ({
    name: `validator-${index}`,
    publicKey: Buffer.from(publicKey).toString('hex'),
  }));
  const genesis: Genesis = {
    format: 1,
    name: 'althing-devnet',
    addressPrefix: DEV_PREFIX,
    committee,
    params,
    outputs,
  };
  return { ...network, genesis };
}

function outputsOf(pair: KeyPair, { count, amount }: typeof USER_OUTPUTS): Output[] {
  const lock = keyLock(pair.publicKey);
  return Array.from({ length: count }, () => ({ amount, lock }));
}
