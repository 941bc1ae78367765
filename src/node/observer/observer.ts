import { decodeEpochLedger, decodeSnapshotPage } from '../../codec/snapshot.ts';
import { type Trust, verifyCertificate } from '../../ledger/proofs.ts';
import { Follower } from '../../replica/state-sync/follower.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { failpoint } from '../../storage/failpoint.ts';
import { describe } from '../../storage/fault.ts';
import type { TxId } from '../../types/ids.ts';
import type { Certificate, Checkpoint } from '../../types/ledger.ts';
import { OBSERVER_LIMITS } from '../../types/limits.ts';
import { type ObserverData, storedCertificate } from './observer-data.ts';
import type { ProvidedPage, Provider, Providers } from './providers.ts';
import { type Patience, Questions } from './questions.ts';
import { scanState } from './state-scan.ts';

export type Progress = {
  /** resumed: from the own folder. installed: a snapshot. followed: one ledger further. */
  readonly kind: 'resumed' | 'installed' | 'followed';
  readonly checkpoint: Checkpoint;
  /** null: the own folder. */
  readonly provider: string | null;
};

/** idle: nobody has more yet. unreachable: nobody answered. */
export type Step = Progress | { readonly kind: 'idle' } | { readonly kind: 'unreachable' };

export type ObserverParts = {
  readonly data: ObserverData;
  readonly trust: Trust;
  readonly providers: Providers;
  readonly note: (line: string) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly patience: Patience;
  /** Aborted: a snapshot that is being installed, which may take long, is given up. */
  readonly stop: AbortSignal;
};

/** Every so many ledgers are asked of two providers at once, and the quicker one is asked from then on. */
const EPOCHS_PER_CONTEST = 8;

/**
 * Drives a follower: asks providers, and makes durable what it took. What is on disk is always the
 * state of one certified epoch, or the beginning of a snapshot, which is thrown away at the next start.
 */
export class Observer {
  readonly #parts: ObserverParts;
  #follower: Follower;
  readonly #certificates: Questions<Certificate | null>;
  readonly #ledgers: Questions<Uint8Array | null | 'pruned'>;
  /** How long the next snapshot of a provider may take, if not as long as the first. */
  readonly #patience = new Map<Provider, number>();

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#follower = new Follower(parts.data.store, parts.trust);
    this.#certificates = new Questions(parts.providers, parts.patience);
    this.#ledgers = new Questions(parts.providers, parts.patience);
  }

  get checkpoint(): Checkpoint | null {
    return this.#follower.checkpoint;
  }

  /** Once, before the first step. The whole stored state is held against its certificate. */
  async resume(): Promise<Progress | null> {
    // A store that cannot be read is as good as one that says what is wrong.
    const resumed = await this.#resumed().catch((cause: unknown) => err(describe(cause)));
    if (resumed.ok && resumed.value !== null) {
      return { kind: 'resumed', checkpoint: resumed.value, provider: null };
    }
    if (!resumed.ok) {
      const again = 'beginning again with a snapshot';
      this.#parts.note(`the folder is damaged (${resumed.error}): ${again}`);
    }
    await this.#startOver();
    return null;
  }

  /** null: nothing is stored. */
  async #resumed(): Promise<Result<Checkpoint | null, string>> {
    const { store } = this.#parts.data;
    const certificate = await storedCertificate(store);
    if (certificate === null) return ok(null);
    const { checkpoint } = certificate;
    const { stateRoot } = await scanState(store, checkpoint.epoch);
    if (stateRoot !== checkpoint.stateRoot) {
      return err('its outputs are not those of its checkpoint');
    }
    const resumed = this.#follower.resume(certificate);
    return resumed.ok ? ok(checkpoint) : resumed;
  }

  /** One state further. */
  step(): Promise<Step> {
    return this.#follower.checkpoint === null ? this.#install() : this.#follow();
  }

  async #follow(): Promise<Step> {
    const { providers, note } = this.#parts;
    const epoch = this.#follower.epoch + 1;
    let answered = false;
    let [gone, awaited] = [false, false];
    const answers = this.#ledgers.ask(
      epoch,
      (provider, signal) => provider.ledger(epoch, signal),
      epoch % EPOCHS_PER_CONTEST === 0 ? 2 : 1,
    );
    for await (const { provider, value } of answers) {
      answered = true;
      if (value === null) awaited = true;
      else if (value === 'pruned') gone = true;
      if (value === null || value === 'pruned') continue;
      const ledger = decodeEpochLedger(value);
      const followed = ledger.ok ? this.#follower.follow(ledger.value) : ledger;
      if (followed.ok) return this.#took('followed', provider);
      providers.lied(provider, `ledger of epoch ${epoch}: ${followed.error}`);
    }
    if (gone && !awaited) {
      note(`nobody has the ledger of epoch ${epoch} any more: beginning again with a snapshot`);
      await this.#startOver();
      return this.#install();
    }
    return { kind: answered ? 'idle' : 'unreachable' };
  }

  async #install(): Promise<Step> {
    const { providers } = this.#parts;
    const { offers, answered } = await this.#offers();
    if (offers.length === 0) return { kind: answered ? 'idle' : 'unreachable' };
    for (const { provider, certificate } of offers) {
      const installed = await this.#installFrom(provider, certificate);
      if (installed?.ok === true) return this.#took('installed', provider);
      await this.#startOver();
      if (installed === undefined) continue;
      const { epoch } = certificate.checkpoint;
      providers.lied(provider, `snapshot of epoch ${epoch}: ${installed.error}`);
    }
    return { kind: 'unreachable' };
  }

  /** Certified states, the newest first. */
  async #offers(): Promise<{
    offers: { provider: Provider; certificate: Certificate }[];
    answered: boolean;
  }> {
    const { providers, trust } = this.#parts;
    const offers: { provider: Provider; certificate: Certificate }[] = [];
    let answered = false;
    const answers = this.#certificates.ask(0, (provider, signal) => provider.latest(signal));
    for await (const { provider, value } of answers) {
      answered = true;
      if (value === null) continue;
      const certified = verifyCertificate(value, trust);
      if (certified.ok) offers.push({ provider, certificate: value });
      else providers.lied(provider, certified.error);
    }
    offers.sort((a, b) => b.certificate.checkpoint.epoch - a.certificate.checkpoint.epoch);
    return { offers, answered };
  }

  /** undefined: it stopped answering, or nobody wants it any more. */
  async #installFrom(
    provider: Provider,
    certificate: Certificate,
  ): Promise<Result<null, string> | undefined> {
    const begun = this.#follower.install(certificate);
    if (!begun.ok) return begun;
    const installation = begun.value;
    const { now } = this.#parts;
    const patience = this.#patience.get(provider) ?? OBSERVER_LIMITS.snapshotMs.value;
    const endMs = now() + patience;
    let after: TxId | null = null;
    for (let pages = 0; pages < OBSERVER_LIMITS.snapshotPagesMax.value; pages++) {
      if (now() > endMs) {
        // It needs more, or wants to hold everybody up: the others have their turns before it has a longer one.
        this.#patience.set(provider, 2 * patience);
        this.#parts.providers.failed(provider, new Error('its snapshot takes too long'));
        return undefined;
      }
      if (this.#parts.stop.aborted) return undefined;
      const from: TxId | null = after;
      const page: ProvidedPage | undefined = await this.#ask(provider, () =>
        provider.page(installation.epoch, from),
      );
      if (page === undefined) return undefined;
      const leaves = decodeSnapshotPage(page.bytes);
      if (!leaves.ok) return leaves;
      const added = installation.add(leaves.value);
      if (!added.ok) return added;
      failpoint('before-install');
      await this.#parts.data.store.flush();
      failpoint('after-install');
      if (page.next === null) return installation.finish();
      if (after !== null && page.next <= after) return err('its pages do not advance');
      after = page.next;
    }
    return err('it has too many pages');
  }

  async #took(kind: 'installed' | 'followed', provider: Provider): Promise<Progress> {
    const { data, providers } = this.#parts;
    await data.store.flush();
    providers.prefer(provider);
    return { kind, checkpoint: this.#follower.checkpoint as Checkpoint, provider: provider.name };
  }

  /** undefined: it did not answer. Only what it does fails here, never what is ours. */
  async #ask<T>(provider: Provider, call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (cause) {
      this.#parts.providers.failed(provider, cause);
      return undefined;
    }
  }

  async #startOver(): Promise<void> {
    const { data, trust } = this.#parts;
    await data.wipe();
    this.#follower = new Follower(data.store, trust);
  }
}
