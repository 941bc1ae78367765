import { checkpointDigest } from '../../codec/checkpoint.ts';
import { paramsDigest } from '../../codec/genesis.ts';
import type { SnapshotLeaf } from '../../codec/snapshot.ts';
import type { Trust } from '../../ledger/proofs.ts';
import { err, ok, type Result } from '../../std/result.ts';
import type { Genesis } from '../../types/genesis.ts';
import type { Certificate } from '../../types/ledger.ts';
import type { Void } from '../generations/leftovers.ts';
import type { Start } from '../generations/start.ts';
import type { LedgerStore } from '../ports.ts';
import { Follower, type Installation } from './follower.ts';

/**
 * Where a replica begins that has not everything from genesis on (docs/adr/0020): its store holds the state of
 * the stop checkpoint.
 */
export type Beginning = {
  readonly start: Start;
  /** What waits to be proposed again. */
  readonly left: readonly Void[];
  readonly nowMs: number;
};

export type BeginningParts = {
  /** Empty. */
  readonly store: LedgerStore;
  readonly trust: Trust;
  readonly genesis: Genesis;
};

/** The number of the generation that begins at a stop checkpoint, if Q validators signed it and it is one. */
export function generationAfter(
  { checkpoint }: Certificate,
  { params }: Pick<Genesis, 'params'>,
): Result<number, string> {
  const { epoch } = checkpoint;
  const { generationEpochs } = params;
  if (generationEpochs === undefined) return err('this ledger has no generations');
  if (checkpoint.paramsDigest !== paramsDigest(params)) return err('other parameters');
  if (epoch % generationEpochs !== 0) return err(`no generation ends with epoch ${epoch}`);
  return ok(epoch / generationEpochs);
}

/** Takes up the state of a stop checkpoint, page by page. */
export class StopInstallation {
  readonly generation: number;
  readonly #certificate: Certificate;
  readonly #installation: Installation;
  /** Of genesis, less what is unspent: fees that are not paid out, since value is conserved. */
  #feesCarried: bigint;

  private constructor(
    generation: number,
    certificate: Certificate,
    installation: Installation,
    made: bigint,
  ) {
    this.generation = generation;
    this.#certificate = certificate;
    this.#installation = installation;
    this.#feesCarried = made;
  }

  static begin(
    { store, trust, genesis }: BeginningParts,
    certificate: Certificate,
  ): Result<StopInstallation, string> {
    const generation = generationAfter(certificate, genesis);
    if (!generation.ok) return generation;
    const installation = new Follower(store, trust).install(certificate);
    if (!installation.ok) return installation;
    let made = 0n;
    for (const { amount } of genesis.outputs) made += amount;
    return ok(new StopInstallation(generation.value, certificate, installation.value, made));
  }

  add(leaves: readonly SnapshotLeaf[]): Result<null, string> {
    for (const { unspent } of leaves) {
      for (const { amount } of unspent) this.#feesCarried -= amount;
    }
    return this.#installation.add(leaves);
  }

  /** `journalled`: records of the own journal before the generation's. */
  finish(journalled: number): Result<Start, string> {
    const finished = this.#installation.finish();
    if (!finished.ok) return finished;
    if (this.#feesCarried < 0n) return err('more is unspent than genesis made');
    const { checkpoint } = this.#certificate;
    return ok({
      generation: this.generation,
      epoch: checkpoint.epoch,
      digest: checkpointDigest(checkpoint),
      timeMs: checkpoint.timeMs,
      feesCarried: this.#feesCarried,
      journalled,
    });
  }
}
