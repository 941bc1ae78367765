import { existsSync } from 'node:fs';
import path from 'node:path';
import { Option } from 'commander';
import { checkGenesis, encodeGenesisJson, ledgerIdOf } from '../../codec/genesis.ts';
import { toHex } from '../../codec/hex.ts';
import { createCommittee } from '../../committee/committee.ts';
import { decodeAddress } from '../../crypto/address.ts';
import { generateKeyPair } from '../../crypto/keys.ts';
import { devNetwork } from '../../devnet/dev-network.ts';
import { CONFIG_FILE } from '../../node/folder/config.ts';
import {
  DEFAULT_PARAMS,
  LISTED_MAX,
  readGenesisFile,
  readOutputsFile,
  varied,
} from '../../node/folder/genesis-file.ts';
import { refuseStrange } from '../../node/folder/peer-addresses.ts';
import {
  KEY_FILE,
  type ValidatorFolder,
  writeValidatorFolder,
} from '../../node/folder/validator-folder.ts';
import type { Genesis, GenesisOutputs } from '../../types/genesis.ts';
import { WIRE_LIMITS } from '../../types/limits.ts';
import type { Output } from '../../types/transaction.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { addVariantOptions, type VariantOptions } from '../options/genesis-options.ts';
import { addressPrefix, gather, wholeNumber } from '../options/parse-option.ts';
import { amountOf } from '../options/payment-options.ts';
import { table } from '../output.ts';

type NewOptions = VariantOptions & {
  readonly validators: number;
  readonly out: string;
  readonly name: string;
  readonly prefix: string;
  readonly minFee: string;
  readonly member: readonly string[];
  readonly output: readonly string[];
  readonly outputs?: string;
  readonly dev: boolean;
  readonly bootstrap: readonly string[];
};

export const genesisCommand: AddCommand = (program, { output }) => {
  const genesis = program.command('genesis').description('make and show the genesis of a network');

  const fresh = genesis
    .command('new')
    .description('write one folder per validator: its key, its configuration, the common genesis')
    .requiredOption('--out <folder>', 'where; must not exist yet')
    .option('--validators <count>', 'how many', wholeNumber(1, WIRE_LIMITS.committeeMax.value), 4)
    .addOption(
      new Option(
        '--member <name=publicKey>',
        'a validator by its public key, in the order of the lanes; may be repeated. Writes one folder without keys, the same for all',
      )
        .argParser(gather)
        .default([])
        .conflicts(['validators', 'dev']),
    )
    .option('--name <text>', 'name of the network', 'althing-test')
    .option('--prefix <prefix>', 'prefix of its addresses', addressPrefix, 'altht')
    .option('--min-fee <amount>', 'least fee of a transaction', DEFAULT_PARAMS.minFee.toString())
    .option('--output <address=amount>', 'an initial output; may be repeated', gather, [])
    .option('--outputs <file>', 'more of them, as many as there are lines {"address":…,"amount":…}')
    .option('--bootstrap <multiaddr>', 'p2p address of a validator; may be repeated', gather, []);
  addVariantOptions(fresh)
    .addOption(
      new Option('--dev', 'development network: public keys, funded accounts, faucet')
        .default(false)
        .conflicts(['name', 'prefix', 'minFee', 'output']),
    )
    .action((options: NewOptions) => {
      if (existsSync(options.out)) {
        throw new CommandError(EXIT.failed, `${options.out} exists: name another folder`);
      }
      refuseStrange('--bootstrap', options.bootstrap);
      const folders = foldersOf(options);
      const [first] = folders;
      if (first !== undefined) refuseUnreadable(first.genesis);
      for (const folder of folders) writeValidatorFolder(folder);
      if (first !== undefined) show(first.genesis, options.out);
      for (const lack of lacking(options, folders)) output().note(lack);
    });

  genesis
    .command('show')
    .description('show what a genesis file says')
    .argument('<file>', 'a genesis.json')
    .action((file: string) => show(readGenesisFile(file), file));

  function show(genesis: Genesis, place: string): void {
    const committee = createCommittee(genesis.committee);
    let total = 0n;
    for (const output of genesis.outputs) total += output.amount;
    const summary = {
      place,
      ledgerId: ledgerIdOf(genesis),
      name: genesis.name,
      validators: committee.n,
      faultsTolerated: committee.f,
      quorum: committee.quorum,
      sharedChecks: genesis.params.sharedChecks === true,
      generationEpochs: genesis.params.generationEpochs ?? null,
      outputs: genesis.outputs.length,
      total,
    };
    const listed = genesis.outputs.length <= LISTED_MAX ? genesis : { ...genesis, outputs: [] };
    const members = genesis.committee.map(({ name, publicKey }, lane) => [
      `lane ${lane}`,
      `${publicKey}  ${name}`,
    ]);
    const rows = Object.entries(summary).map(([name, value]) => [name, String(value ?? 'none')]);
    output().result({ ...summary, genesis: encodeGenesisJson(listed) }, () =>
      table([...rows, ...members]),
    );
  }
};

/** What no node would start with is not written. */
function refuseUnreadable(genesis: Genesis): void {
  const checked = checkGenesis(genesis);
  if (!checked.ok) throw new CommandError(EXIT.usage, `no such genesis: ${checked.error.detail}`);
}

/** What somebody has to add before this network can do anything. */
function lacking({ bootstrap }: NewOptions, folders: readonly ValidatorFolder[]): string[] {
  const lacks: string[] = [];
  const [first] = folders;
  if (first?.secret === null) {
    lacks.push(`no key is in it: each validator puts its own there, as ${KEY_FILE}`);
  }
  if (first?.genesis.outputs.length === 0) {
    lacks.push('nobody owns anything in this ledger: --output or --outputs gives it an owner');
  }
  if (bootstrap.length === 0 && (first?.genesis.committee.length ?? 0) > 1) {
    lacks.push(
      `no validator knows where another is: --bootstrap, or p2p.bootstrap in ${CONFIG_FILE}`,
    );
  }
  return lacks;
}

function foldersOf(options: NewOptions): ValidatorFolder[] {
  if (options.dev) return devFolders(options);
  return options.member.length > 0 ? [commonFolder(options)] : freshFolders(options);
}

function devFolders(options: NewOptions): ValidatorFolder[] {
  const network = devNetwork(options.validators, 10, null);
  const { addressPrefix } = network.genesis;
  const outputs = allOutputs([...network.genesis.outputs], options.outputs, addressPrefix);
  return network.validators.map(({ secret }, lane) => ({
    folder: path.join(options.out, `validator-${lane}`),
    genesis: {
      ...network.genesis,
      params: varied(options, DEFAULT_PARAMS),
      outputs,
    },
    secret,
    faucetSecret: network.faucets[lane]?.secret ?? null,
    settings: { 'rest.page': true, 'dev.faucet': true, 'p2p.bootstrap': options.bootstrap },
  }));
}

/** A key for each validator, made here. */
function freshFolders(options: NewOptions): ValidatorFolder[] {
  const pairs = Array.from({ length: options.validators }, generateKeyPair);
  const genesis = genesisOf(
    options,
    pairs.map(({ publicKey }, lane) => ({
      name: `validator-${lane}`,
      publicKey: toHex(publicKey),
    })),
  );
  return pairs.map(({ secret }, lane) => ({
    folder: path.join(options.out, `validator-${lane}`),
    genesis,
    secret,
    faucetSecret: null,
    settings: { 'p2p.bootstrap': options.bootstrap },
  }));
}

/** Who writes this one sees no secret: nobody but its owner has ever had a validator's key. */
function commonFolder(options: NewOptions): ValidatorFolder {
  const members = options.member.map((text) => {
    const at = text.lastIndexOf('=');
    return { name: text.slice(0, Math.max(at, 0)), publicKey: text.slice(at + 1) };
  });
  return {
    folder: options.out,
    genesis: genesisOf(options, members),
    secret: null,
    faucetSecret: null,
    settings: { 'p2p.bootstrap': options.bootstrap },
  };
}

function genesisOf(options: NewOptions, committee: Genesis['committee']): Genesis {
  const variant = { ...options, validators: committee.length };
  return {
    format: 1,
    name: options.name,
    addressPrefix: options.prefix,
    committee,
    params: varied(variant, {
      ...DEFAULT_PARAMS,
      minFee: amountOf(options.minFee, 0n, '--min-fee: '),
    }),
    outputs: allOutputs(
      options.output.map((text) => initialOutput(text, options.prefix)),
      options.outputs,
      options.prefix,
    ),
  };
}

/** `file`: has further ones; undefined: there are none. */
function allOutputs(named: Output[], file: string | undefined, prefix: string): GenesisOutputs {
  return file === undefined ? named : readOutputsFile(file, named, prefix);
}

function initialOutput(text: string, prefix: string): Output {
  const [address = '', value] = text.split('=');
  if (value === undefined) {
    throw new CommandError(EXIT.usage, `--output ${text}: not ADDRESS=AMOUNT`);
  }
  const lock = decodeAddress(prefix, address);
  if (!lock.ok) throw new CommandError(EXIT.usage, `--output ${text}: ${lock.error.detail}`);
  return { lock: lock.value, amount: amountOf(value, 1n, '--output: ') };
}
