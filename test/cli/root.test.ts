import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { encodeCertificate } from '../../src/codec/checkpoint.ts';
import { writeGenesisFile } from '../../src/node/folder/genesis-file.ts';
import { openObserverData } from '../../src/node/observer/observer-data.ts';
import { certificateKey } from '../../src/replica/outcomes/epoch-keys.ts';
import type { Certificate } from '../../src/types/ledger.ts';
import { althing } from '../cluster/processes.ts';
import { CertifiedChain } from '../state-sync/certified-chain.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';

describe('althing root tells by its exit code', { timeout: 600_000 }, () => {
  const chain = new CertifiedChain();
  const certificate = chain.certificateOf(3);

  /** Of an observer that has this certificate, and no output at all. */
  async function folderWith(t: TestContext, kept: Certificate): Promise<string> {
    const home = temporaryFolder(t);
    writeGenesisFile(path.join(home, 'genesis.json'), chain.cluster.genesis);
    const { store, close } = await openObserverData(home, chain.trust.ledgerId);
    store.put(certificateKey(kept.checkpoint.epoch), encodeCertificate(kept));
    await close();
    return home;
  }

  it('a state that is not the certified one', async (t) => {
    const home = await folderWith(t, certificate);
    const { code, out, err } = await althing('root', '--home', home, '--json');
    assert.equal(code, 4, err);
    const { equal, certifiedRoot } = JSON.parse(out);
    assert.deepEqual([equal, certifiedRoot], [false, certificate.checkpoint.stateRoot]);
  });

  it('a certificate that no quorum signed', async (t) => {
    const { checkpoint, signatures } = certificate;
    const home = await folderWith(t, { checkpoint, signatures: signatures.slice(1) });
    const { code, err } = await althing('root', '--home', home);
    assert.equal(code, 4);
    assert.match(err, /epoch 3 proves nothing/);
  });

  it('an epoch of which nothing is there', async (t) => {
    const home = await folderWith(t, certificate);
    const { code, err } = await althing('root', '--home', home, '--epoch', '4');
    assert.equal(code, 3);
    assert.match(err, /no certificate of epoch 4/);
  });

  it('a folder of no node', async (t) => {
    const { code, err } = await althing('root', '--home', temporaryFolder(t));
    assert.equal(code, 7);
    assert.match(err, /has no data of a node/);
  });
});
