import type { EpochLedger } from '../../codec/snapshot.ts';
import { COIN_TABLE, unspentLeaf } from '../../ledger/coins.ts';
import type { Trust } from '../../ledger/proofs.ts';
import { RecomputedRoot } from '../../ledger/recomputed-root.ts';
import { Follower } from '../../replica/state-sync/follower.ts';
import { snapshotLeaf } from '../../replica/state-sync/snapshot.ts';
import type { Prng } from '../../std/prng.ts';
import type { Result } from '../../std/result.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import type { Epoch } from '../../types/ids.ts';
import { lieAboutLedger, lieAboutState } from '../byzantine/lies.ts';
import type { Snapshot, SnapshotProvider } from '../host/provider.ts';
import { mockVerifier } from './mock-signatures.ts';
import type { World } from './world.ts';

const ENTRIES_MAX = 1_000_000;
const MS = 1000;
const ASK_EVERY_MS = 300;
/** How long after healing it still asks now and then; the end comes later. */
const EXTRA_MS = 8000;

/**
 * An observer that nobody can trust or mislead: it installs what the provider at hand has newest, follows
 * what others have, and is lied to on the way. What a lie changes, and what it cannot follow, is a finding.
 */
export class Observer {
  /** Snapshots that it took up. */
  installs = 0;
  readonly findings: string[] = [];
  readonly #trust: Trust;
  readonly #prng: Prng;
  #store = new MemoryStore();
  #follower: Follower;
  /** The epoch whose state it installed: of earlier ones it knows nothing. */
  #begunAt: Epoch = 0;

  constructor(trust: Trust, prng: Prng) {
    this.#trust = trust;
    this.#prng = prng;
    this.#follower = new Follower(this.#store, trust);
  }

  /** Asks a validator that is right, or one that lies about what that one says. */
  ask(provider: SnapshotProvider): void {
    const lies = this.#prng.chance(1 / 3);
    this.#beginAgain(provider);
    if (this.#follower.checkpoint === null) {
      const snapshot = provider.newest();
      if (snapshot === null) return;
      if (lies) this.#refuses(this.#install(lieAboutState(snapshot, this.#prng)), 'a state');
      else this.#takes(this.#install(snapshot), 'a state');
    } else {
      const ledger = provider.ledger(this.#follower.epoch + 1);
      if (ledger === null) return;
      if (lies) this.#refuses(this.#lied(lieAboutLedger(ledger, this.#prng)), 'a ledger');
      else this.#takes(this.#follower.follow(ledger), 'a ledger');
    }
  }

  /** Goes as far as the provider is, and holds what it has against the checkpoint there, if it began before. */
  finish(provider: SnapshotProvider): void {
    const newest = provider.newest();
    if (newest === null) return;
    const { checkpoint } = newest.certificate;
    this.#beginAgain(provider);
    if (this.#follower.checkpoint === null) this.#takes(this.#install(newest), 'a state');
    for (let epoch = this.#follower.epoch + 1; epoch <= checkpoint.epoch; epoch++) {
      const ledger = provider.ledger(epoch);
      if (ledger === null) this.findings.push(`epoch ${epoch} has no ledger`);
      else this.#takes(this.#follower.follow(ledger), `the ledger of epoch ${epoch}`);
    }
    if (checkpoint.epoch < this.#begunAt) return;
    const root = this.#root(checkpoint.epoch);
    if (root !== checkpoint.stateRoot) {
      this.findings.push(`epoch ${checkpoint.epoch}: root ${root}`);
    }
  }

  #install(snapshot: Snapshot): Result<null, string> {
    const installed = this.#tryInstall(snapshot);
    if (!installed.ok) {
      this.#forget();
      return installed;
    }
    this.installs += 1;
    this.#begunAt = snapshot.certificate.checkpoint.epoch;
    return installed;
  }

  /** The provider has dropped the ledger that is next: only another state leads further. */
  #beginAgain({ dropped }: SnapshotProvider): void {
    if (this.#follower.checkpoint !== null && this.#follower.epoch < dropped) this.#forget();
  }

  #forget(): void {
    this.#store = new MemoryStore();
    this.#follower = new Follower(this.#store, this.#trust);
  }

  #tryInstall({ certificate, leaves }: Snapshot): Result<null, string> {
    const begun = this.#follower.install(certificate);
    if (!begun.ok) return begun;
    const half = leaves.length >> 1;
    for (const page of [leaves.slice(0, half), leaves.slice(half)]) {
      const added = begun.value.add(page);
      if (!added.ok) return added;
    }
    return begun.value.finish();
  }

  #lied(ledger: EpochLedger): Result<null, string> {
    const { epoch } = this.#follower;
    const before = this.#root(epoch);
    const result = this.#follower.follow(ledger);
    if (this.#root(epoch) !== before) this.findings.push('a lie about a ledger changed the state');
    return result;
  }

  /** From all unspent outputs, not from the tree. */
  #root(epoch: Epoch): string {
    const root = new RecomputedRoot();
    for (const entry of this.#store.list(COIN_TABLE, { limit: ENTRIES_MAX })) {
      const leaf = snapshotLeaf(entry, epoch);
      if (leaf !== null) root.add(leaf.txid, unspentLeaf(leaf.acceptedEpoch, leaf.unspent));
    }
    return root.finish();
  }

  #takes(result: Result<null, string>, what: string): void {
    if (!result.ok) this.findings.push(`${what} that is right was refused: ${result.error}`);
  }

  #refuses(result: Result<null, string>, what: string): void {
    if (result.ok) this.findings.push(`a lie about ${what} was believed`);
  }
}

/** In half of the runs: an observer that asks validators which are right and up, from some time on. */
export function planObserver(world: World): Observer | null {
  const prng = world.prng.fork('observer');
  if (prng.chance(1 / 2)) return null;
  const { committee, ledgerId, scenario } = world.stage;
  const observer = new Observer({ ledgerId, committee, verifier: mockVerifier }, prng.fork('lies'));
  const from = prng.between(ASK_EVERY_MS, scenario.faultMs);
  for (let ms = from; ms < scenario.faultMs + EXTRA_MS; ms += ASK_EVERY_MS) {
    world.events.after(ms * MS, () => {
      const up = world.core();
      const provider = up.length === 0 ? null : world.hosts.get(prng.pick(up))!.provider;
      if (provider !== null) observer.ask(provider);
    });
  }
  return observer;
}

/** The observer goes on to the end, once with each validator that is right and up. */
export function finishObserver(world: World, observer: Observer): void {
  for (const lane of world.core()) {
    const { provider } = world.hosts.get(lane)!;
    if (provider !== null) observer.finish(provider);
  }
  world.coverage.snapshotInstalls += observer.installs;
  for (const finding of observer.findings) world.audit.report('observer', finding);
}
