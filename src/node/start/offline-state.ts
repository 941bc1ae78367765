import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ledgerIdOf } from '../../codec/genesis.ts';
import { createCommittee } from '../../committee/committee.ts';
import { createVerifier } from '../../crypto/verify.ts';
import { type Trust, verifyCertificate } from '../../ledger/proofs.ts';
import { Replica } from '../../replica/replica.ts';
import type { Epoch } from '../../types/ids.ts';
import type { Certificate } from '../../types/ledger.ts';
import type { Config } from '../folder/config.ts';
import { readGenesisFile } from '../folder/genesis-file.ts';
import { readIdentity } from '../folder/identity.ts';
import { OBSERVER_FOLDER, openObserverData, storedCertificate } from '../observer/observer-data.ts';
import { type ScannedState, scanState } from '../observer/state-scan.ts';
import { OperatorError } from '../operator-error.ts';
import { storeBeginning } from './begin.ts';
import { DATA_FOLDER, openData, withEmptyStore } from './data.ts';
import { restoreReplica } from './restore.ts';

/** A state recomputed from all unspent outputs, and the certificate that it is to be held against. */
export type OfflineState = ScannedState & {
  readonly certificate: Certificate;
  /** Blocks replayed from the journal; null: an observer's folder, which has none. */
  readonly blocks: number | null;
};

/**
 * The state of an epoch (null: of the newest certified one) in the folder of a stopped node. Signs and
 * sends nothing, and leaves the folder as a start would: its journal without a torn end. Throws a
 * StorageFault (folder-locked while the node runs) or an OperatorError.
 */
export function offlineState(
  home: string,
  config: Config,
  epoch: Epoch | null,
): Promise<OfflineState> {
  if (existsSync(path.join(home, DATA_FOLDER))) return ofValidator(home, config, epoch);
  if (existsSync(path.join(home, OBSERVER_FOLDER))) return ofObserver(home, config, epoch);
  throw new OperatorError('config', `${home} has no data of a node: name its folder with --home`);
}

async function ofValidator(
  home: string,
  config: Config,
  asked: Epoch | null,
): Promise<OfflineState> {
  const identity = readIdentity(home, config);
  const { genesis, ledgerId, committee, lane, signer } = identity;
  const owner = { ledgerId, lane, publicKey: signer?.publicKey ?? null };
  const temporary = mkdtempSync(path.join(tmpdir(), 'althing-root-'));
  try {
    const opened = await openData(home, owner, () => {});
    const data = await withEmptyStore(opened, path.join(temporary, 'store'));
    try {
      const verifier = createVerifier(config.verify.backend);
      const trust = { ledgerId, committee, verifier };
      const beginning = await storeBeginning(data, data.store, { genesis, trust }, 0);
      const replica = new Replica({
        genesis,
        ledgerId,
        committee,
        policy: config.policy,
        store: data.store,
        archive: data.journal,
        genesisStored: true,
        lane: null,
        signer: null,
        verifier,
        ...(beginning === undefined ? {} : { beginning }),
      });
      const blocks = await restoreReplica(replica, data, {
        committee,
        ledgerId,
        nowMs: 0,
        after: beginning?.start.journalled ?? 0,
      });
      const found = replica.certificate(asked ?? replica.progress().stable);
      const certificate = certified(home, found, asked, trust);
      return {
        ...(await scanState(data.store, certificate.checkpoint.epoch)),
        certificate,
        blocks,
      };
    } finally {
      await data.close();
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function ofObserver(
  home: string,
  config: Config,
  asked: Epoch | null,
): Promise<OfflineState> {
  const genesis = readGenesisFile(path.resolve(home, config.genesis));
  const ledgerId = ledgerIdOf(genesis);
  const verifier = createVerifier(config.verify.backend);
  const trust = { ledgerId, committee: createCommittee(genesis.committee), verifier };
  const { store, close } = await openObserverData(home, ledgerId);
  try {
    const certificate = certified(home, await storedCertificate(store, asked), asked, trust);
    return { ...(await scanState(store, certificate.checkpoint.epoch)), certificate, blocks: null };
  } finally {
    await close();
  }
}

/** What was found, if a quorum of the genesis has signed it: the folder itself proves nothing. */
function certified(
  home: string,
  found: Certificate | null | undefined,
  asked: Epoch | null,
  trust: Trust,
): Certificate {
  if (!found) {
    const what = asked === null ? 'no certified state yet' : `no certificate of epoch ${asked}`;
    throw new OperatorError('missing', `${home} has ${what}`);
  }
  const verified = verifyCertificate(found, trust);
  if (verified.ok) return found;
  const { epoch } = found.checkpoint;
  const why = `the certificate of epoch ${epoch} proves nothing: ${verified.error}`;
  throw new OperatorError('unproved', `${home}: ${why}`);
}
