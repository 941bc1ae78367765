import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { CertifiedChain } from '../../../test/state-sync/certified-chain.ts';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { encodeCertificate } from '../../codec/checkpoint.ts';
import { certificateKey } from '../../replica/outcomes/epoch-keys.ts';
import type { Certificate } from '../../types/ledger.ts';
import { readSettings, toConfig } from '../folder/config.ts';
import { writeGenesisFile } from '../folder/genesis-file.ts';
import { openObserverData } from '../observer/observer-data.ts';
import { offlineState } from './offline-state.ts';

test('a state is held against no certificate that a quorum of the genesis has not signed', async (t) => {
  const chain = new CertifiedChain();
  const settings = readSettings({ file: undefined, env: {}, flags: {} });
  assert.ok(settings.ok);
  const config = toConfig(settings.value);
  const stateWith = async (certificate: Certificate) => {
    const home = temporaryFolder(t);
    writeGenesisFile(path.join(home, 'genesis.json'), chain.cluster.genesis);
    const { store, close } = await openObserverData(home, chain.trust.ledgerId);
    store.put(certificateKey(certificate.checkpoint.epoch), encodeCertificate(certificate));
    await close();
    return offlineState(home, config, null);
  };
  const certificate = chain.certificateOf(3);
  const { signatures, checkpoint } = certificate;
  assert.deepEqual((await stateWith(certificate)).certificate, certificate);
  const few = { checkpoint, signatures: signatures.slice(1) };
  await assert.rejects(stateWith(few), /epoch 3 proves nothing: 2 signatures, a quorum is 3/);
  const other = { signatures, checkpoint: { ...checkpoint, timeMs: checkpoint.timeMs + 1 } };
  await assert.rejects(stateWith(other), /epoch 3 proves nothing: .*signature/);
});
