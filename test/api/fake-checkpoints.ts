import { checkpointDigest } from '../../src/codec/checkpoint.ts';
import { paramsDigest } from '../../src/codec/genesis.ts';
import { listRoot, proveList } from '../../src/codec/merkle-list.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import { outcomeLeaf } from '../../src/ledger/outcomes.ts';
import { type Epoch, type TxId, ZERO_DIGEST } from '../../src/types/ids.ts';
import type { Certificate } from '../../src/types/ledger.ts';
import type { TransactionProof } from '../../src/types/proof.ts';
import { genesis, ledgerId, secret } from './fake-ledger.ts';

type Closed = { readonly certificate: Certificate; readonly txids: readonly TxId[] };

const leafOf = (txid: TxId) => outcomeLeaf({ txid, accepted: true });

/** Ledgers of accepted transactions, each certified by a quorum of the genesis. Their states are not computed. */
export class FakeCheckpoints {
  readonly #closed: Closed[] = [];

  close(epoch: Epoch, txids: readonly TxId[], timeMs: number): void {
    const previous = this.#closed.at(-1)?.certificate.checkpoint;
    const checkpoint = {
      ledgerId,
      committee: 0,
      paramsDigest: paramsDigest(genesis.params),
      epoch,
      prev: previous === undefined ? ledgerId : checkpointDigest(previous),
      cut: ZERO_DIGEST,
      txRoot: listRoot(txids.map(leafOf)),
      stateRoot: ZERO_DIGEST,
      acceptedCount: txids.length,
      rejectedCount: 0,
      timeMs,
    };
    const digest = checkpointDigest(checkpoint);
    const signatures = [11, 12, 13].map((seed, lane) => ({
      lane,
      signature: createSigner(secret(seed)).sign(digest),
    }));
    this.#closed.push({ certificate: { checkpoint, signatures }, txids });
  }

  at(epoch: Epoch): Closed | undefined {
    return this.#closed[epoch - 1];
  }

  proof(txid: TxId): TransactionProof | undefined {
    const found = this.#closed.find(({ txids }) => txids.includes(txid));
    if (found === undefined) return undefined;
    const { certificate, txids } = found;
    const path = proveList(txids.map(leafOf), txids.indexOf(txid));
    return { certificate, outcome: { txid, accepted: true }, path };
  }
}
