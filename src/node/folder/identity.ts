import { existsSync } from 'node:fs';
import path from 'node:path';
import { ledgerIdOf } from '../../codec/genesis.ts';
import { toHex } from '../../codec/hex.ts';
import { type Committee, createCommittee } from '../../committee/committee.ts';
import { generateKeyPair } from '../../crypto/keys.ts';
import { createSigner } from '../../crypto/sign.ts';
import type { Signer } from '../../replica/ports.ts';
import { failpoint } from '../../storage/failpoint.ts';
import type { Genesis } from '../../types/genesis.ts';
import type { LaneId, LedgerId } from '../../types/ids.ts';
import { configError } from '../operator-error.ts';
import { DATA_FOLDER } from '../start/data.ts';
import type { Config } from './config.ts';
import { HeldOutputs, LISTED_MAX, openGenesisFile, readGenesisFile } from './genesis-file.ts';
import { readKeyFile } from './key-file.ts';
import { recallLedgerId, rememberLedgerId } from './known-genesis.ts';

/** Who this node is and what ledger it belongs to. */
export type Identity = {
  readonly genesis: Genesis;
  readonly ledgerId: LedgerId;
  /** The store holds what the genesis creates: the outputs of a large one need not be in memory any more. */
  readonly letGoOutputs: () => void;
  /** The ledgerId is what an earlier start computed from the same genesis file. */
  readonly isRecalled: boolean;
  readonly committee: Committee;
  /** null: an observer. */
  readonly lane: LaneId | null;
  readonly signer: Signer | null;
  /** Of the node on the network: a validator's own, an observer's new at each start. */
  readonly networkSecret: Uint8Array;
};

/** Reads genesis and key. Throws an OperatorError that says what to put right. */
export function readIdentity(home: string, config: Config): Identity {
  const file = path.resolve(home, config.genesis);
  if (!existsSync(file)) {
    throw configError(
      `there is no genesis file ${file}: "althing genesis new" writes the folder of a node, --home names it`,
    );
  }
  const known = recallLedgerId(path.join(home, DATA_FOLDER), file);
  const read = known === null ? readGenesisFile(file) : openGenesisFile(file);
  const ledgerId = known ?? ledgerIdOf(read);
  const outputs = new HeldOutputs(file, read.outputs);
  const common = {
    genesis: { ...read, outputs },
    ledgerId,
    letGoOutputs: () => outputs.letGo(),
    isRecalled: known !== null,
  };
  const committee = createCommittee(read.committee);
  if (config.key === '') {
    return {
      ...common,
      committee,
      lane: null,
      signer: null,
      networkSecret: generateKeyPair().secret,
    };
  }
  const keyFile = path.resolve(home, config.key);
  const { secret, publicKey } = readKeyFile(keyFile);
  const name = toHex(publicKey);
  const lane = committee.laneOf(name);
  if (lane === undefined) {
    throw configError(
      `the key ${keyFile} (public key ${name}) is of no validator in the genesis: use the right key, or node.key = "" to observe`,
    );
  }
  return { ...common, committee, lane, signer: signerOf(secret), networkSecret: secret };
}

/** Once the data folder is ours: spares the next start to read a large genesis whole. */
export function rememberGenesis(home: string, config: Config, identity: Identity): void {
  const { genesis, ledgerId, isRecalled } = identity;
  if (isRecalled || genesis.outputs.length <= LISTED_MAX) return;
  rememberLedgerId(path.join(home, DATA_FOLDER), path.resolve(home, config.genesis), ledgerId);
}

function signerOf(secret: Uint8Array): Signer {
  const { publicKey, sign } = createSigner(secret);
  return {
    publicKey,
    sign: (digest) => {
      failpoint('before-sign');
      const signature = sign(digest);
      failpoint('after-sign');
      return signature;
    },
  };
}
