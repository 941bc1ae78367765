import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ledgerIdOf } from '../codec/genesis.ts';
import { encodeAddress } from '../crypto/address.ts';
import type { KeyPair } from '../crypto/keys.ts';
import { keyLock } from '../crypto/locks.ts';
import { peerIdOfKey } from '../network/host.ts';
import { CONFIG_FILE, writeConfigFile } from '../node/folder/config.ts';
import { DEV_PREFIX } from '../node/folder/dev-prefix.ts';
import { DEFAULT_PARAMS, readGenesisFile, varied } from '../node/folder/genesis-file.ts';
import type { SettingName, SettingValue } from '../node/folder/settings.ts';
import { writeValidatorFolder } from '../node/folder/validator-folder.ts';
import { configError } from '../node/operator-error.ts';
import { makeFolder } from '../storage/make-folder.ts';
import type { Genesis } from '../types/genesis.ts';
import { type DevNetwork, devNetwork } from './dev-network.ts';

export type DevnetOptions = {
  readonly home: string;
  readonly validators: number;
  readonly accounts: number;
  readonly seed: string | null;
  readonly portBase: number;
  readonly reset: boolean;
  /** Witnesses are checked by f + 1 validators: a parameter of the genesis (docs/adr/0018). Left out: as `varied` says. */
  readonly sharedChecks?: boolean;
  /** Milliseconds from one lane to another, to stand for distance. */
  readonly distanceMs?: (from: number, to: number) => number;
  /** Left out: there is one generation. */
  readonly generationEpochs?: number;
  /** Further settings of every validator. */
  readonly settings: Partial<Record<SettingName, SettingValue>>;
};

/** REST is served at base + i, metrics at base + 100 + i, p2p at base + 200 + i. */
export const PORT_OFFSETS = { rest: 0, metrics: 100, p2p: 200 } as const;

export type DevnetValidator = {
  readonly name: string;
  readonly lane: number;
  readonly home: string;
  readonly log: string;
  readonly rest: string;
  readonly metrics: string;
  readonly p2p: string;
};

export type DevnetAccount = {
  readonly address: string;
  readonly publicKey: string;
  readonly secret: string;
  /** What the genesis gave it, or what it has now. */
  readonly balance: bigint;
  /** Not all of its outputs are in the balance. */
  readonly isPartial?: true;
};

export type Devnet = {
  readonly home: string;
  readonly ledgerId: string;
  readonly addressPrefix: string;
  readonly validators: readonly DevnetValidator[];
  readonly accounts: readonly DevnetAccount[];
  /** Pays the owners of replayed traces. */
  readonly funding: DevnetAccount;
};

/** Writes what is missing in the folder. Throws an OperatorError if it holds another network. */
export function layOutDevnet(options: DevnetOptions): Devnet {
  const { home, portBase } = options;
  if (options.reset) removeDevnet(home);
  const params = varied(options, DEFAULT_PARAMS);
  const network = devNetwork(options.validators, options.accounts, options.seed, params);
  const ledgerId = ledgerIdOf(network.genesis);
  const validators = network.validators.map(({ publicKey }, lane) => ({
    name: `validator-${lane}`,
    lane,
    home: path.join(home, `validator-${lane}`),
    log: path.join(home, `validator-${lane}`, 'althing.log'),
    rest: `http://127.0.0.1:${portBase + PORT_OFFSETS.rest + lane}`,
    metrics: `http://127.0.0.1:${portBase + PORT_OFFSETS.metrics + lane}/metrics`,
    p2p: p2pAddress(portBase + PORT_OFFSETS.p2p + lane, publicKey),
  }));
  checkFolder(home, ledgerId);
  makeFolder(home);
  for (const validator of validators) {
    writeFolder(validator, network, settingsOf(validator, validators, options));
  }
  return {
    home,
    ledgerId,
    addressPrefix: network.genesis.addressPrefix,
    validators,
    accounts: network.users.map((pair) => accountOf(pair, network)),
    funding: accountOf(network.funding, network),
  };
}

/** Those of the network that is in the folder now. */
export function validatorFolders(home: string): string[] {
  const folders: string[] = [];
  for (let lane = 0; ; lane += 1) {
    const folder = path.join(home, `validator-${lane}`);
    if (!existsSync(folder)) return folders;
    folders.push(folder);
  }
}

/** Only what this file lays out is removed, whatever else may be in the folder. */
function removeDevnet(home: string): void {
  const folders = validatorFolders(home);
  for (const folder of folders) developmentGenesis(folder);
  for (const folder of folders) rmSync(folder, { recursive: true });
}

function checkFolder(home: string, ledgerId: string): void {
  const genesis = developmentGenesis(path.join(home, 'validator-0'));
  if (genesis === null || ledgerIdOf(genesis) === ledgerId) return;
  throw configError(
    `${home} holds a network made with other arguments (--validators, --accounts, --seed, --generation-epochs, --shared-checks or --no-shared-checks): ` +
      'give the same again, or --reset to throw its data away',
  );
}

/**
 * That of a validator's folder; null: it has none yet. Throws for that of another network: `genesis new` lays
 * folders out alike, and their keys exist nowhere else.
 */
function developmentGenesis(folder: string): Genesis | null {
  const file = path.join(folder, 'genesis.json');
  if (!existsSync(file)) return null;
  const genesis = readGenesisFile(file);
  if (genesis.addressPrefix === DEV_PREFIX) return genesis;
  throw configError(
    `${folder} is of the network "${genesis.name}", which is no development network: choose another --home`,
  );
}

function writeFolder(
  { home, lane }: DevnetValidator,
  network: DevNetwork,
  settings: DevnetOptions['settings'],
): void {
  if (existsSync(path.join(home, 'genesis.json'))) {
    // Ports may be others than last time.
    writeFileSync(path.join(home, CONFIG_FILE), writeConfigFile(settings));
    return;
  }
  const { secret } = network.validators[lane] as KeyPair;
  const faucetSecret = network.faucets[lane]?.secret ?? null;
  writeValidatorFolder({ folder: home, genesis: network.genesis, secret, faucetSecret, settings });
}

function settingsOf(
  { lane, rest, metrics, p2p }: DevnetValidator,
  validators: readonly DevnetValidator[],
  options: DevnetOptions,
): DevnetOptions['settings'] {
  const { distanceMs } = options;
  const delayTo = (to: DevnetValidator) => (distanceMs?.(lane, to.lane) ?? 0).toFixed(1);
  return {
    'rest.port': Number(new URL(rest).port),
    'metrics.port': Number(new URL(metrics).port),
    'p2p.listen': p2p.slice(0, p2p.indexOf('/p2p/')),
    'p2p.bootstrap': validators.filter((one) => one.lane !== lane).map((one) => one.p2p),
    'log.file': 'althing.log',
    'rest.page': true,
    'dev.faucet': true,
    ...(distanceMs ? { 'dev.linkDelayMs': validators.map(delayTo) } : {}),
    ...options.settings,
  };
}

function p2pAddress(port: number, publicKey: Uint8Array): string {
  return `/ip4/127.0.0.1/tcp/${port}/p2p/${peerIdOfKey(Buffer.from(publicKey).toString('hex'))}`;
}

function accountOf({ publicKey, secret }: KeyPair, { genesis }: DevNetwork): DevnetAccount {
  const lock = keyLock(publicKey);
  let balance = 0n;
  for (const output of genesis.outputs) if (output.lock === lock) balance += output.amount;
  return {
    address: encodeAddress(genesis.addressPrefix, lock),
    publicKey: Buffer.from(publicKey).toString('hex'),
    secret: Buffer.from(secret).toString('hex'),
    balance,
  };
}

/** What replay and bench need to know of a running devnet. */
export type DevnetState = Omit<Devnet, 'accounts' | 'funding' | 'validators'> & {
  readonly version: 1;
  readonly pid: number;
  readonly validators: readonly (DevnetValidator & { readonly pid: number })[];
  /** Balances as decimal strings. */
  readonly accounts: readonly (Omit<DevnetAccount, 'balance'> & { readonly balance: string })[];
  readonly funding: Omit<DevnetAccount, 'balance'> & { readonly balance: string };
};

const stateFile = (home: string) => path.join(home, 'devnet.json');

/** `pids`: of the validators, by lane. */
export function writeDevnetState(devnet: Devnet, pids: readonly number[]): void {
  const text = (account: DevnetAccount) => ({ ...account, balance: account.balance.toString() });
  const state: DevnetState = {
    ...devnet,
    version: 1,
    pid: process.pid,
    validators: devnet.validators.map((one, lane) => ({ ...one, pid: pids[lane] ?? 0 })),
    accounts: devnet.accounts.map(text),
    funding: text(devnet.funding),
  };
  writeFileSync(stateFile(devnet.home), `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
}

/** null: no devnet runs in this folder. */
export function readDevnetState(home: string): DevnetState | null {
  try {
    return JSON.parse(readFileSync(stateFile(home), 'utf8')) as DevnetState;
  } catch {
    return null;
  }
}

/** That of this process: of two that are started at once on one folder the one that has to give up has another's. */
export function removeDevnetState(home: string): void {
  if (readDevnetState(home)?.pid !== process.pid) return;
  rmSync(stateFile(home), { force: true });
}
