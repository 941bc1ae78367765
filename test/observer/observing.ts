import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeEpochLedger, encodeSnapshotPage } from '../../src/codec/snapshot.ts';
import { Observer, type Step } from '../../src/node/observer/observer.ts';
import { type ObserverData, openObserverData } from '../../src/node/observer/observer-data.ts';
import { type Provider, Providers } from '../../src/node/observer/providers.ts';
import type { CertifiedChain } from '../state-sync/certified-chain.ts';

export const LEAVES_PER_PAGE = 5;

/** Observers of a chain that has been, in a folder of their own. */
export class Observing {
  readonly chain: CertifiedChain;
  readonly home = mkdtempSync(path.join(tmpdir(), 'althing-observer-'));
  readonly notes: string[] = [];
  readonly stop = new AbortController();
  nowMs = 0;
  patience: Promise<void> = new Promise(() => {});
  readonly #opened: ObserverData[] = [];

  constructor(chain: CertifiedChain) {
    this.chain = chain;
  }

  async open(folder = this.home): Promise<ObserverData> {
    const one = await openObserverData(folder, this.chain.trust.ledgerId);
    this.#opened.push(one);
    return one;
  }

  async close(one: ObserverData): Promise<void> {
    this.#opened.splice(this.#opened.indexOf(one), 1);
    await one.close();
  }

  async end(): Promise<void> {
    for (const each of this.#opened.splice(0)) await each.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  /** An honest node whose newest state is that of `newest`, or one that differs in what is given. */
  provider(name: string, newest: number, differs: Partial<Provider> = {}): Provider {
    const { chain } = this;
    return {
      name,
      latest: async () => chain.certificateOf(newest),
      async page(epoch, after) {
        const all = chain.pagesOf(epoch).flat();
        const left = all.filter(({ txid }) => after === null || txid > after);
        const leaves = left.slice(0, LEAVES_PER_PAGE);
        const isLast = leaves.length === left.length;
        return {
          bytes: encodeSnapshotPage(leaves),
          next: isLast ? null : (leaves.at(-1)?.txid ?? null),
        };
      },
      ledger: async (epoch) =>
        epoch > newest ? null : encodeEpochLedger(chain.ledgerOf(epoch, epoch % 4)),
      ...differs,
    };
  }

  observe(all: readonly Provider[], data: ObserverData) {
    const note = (line: string) => void this.notes.push(line);
    const providers = new Providers(all, note);
    const { trust } = this.chain;
    const observer = new Observer({
      data,
      trust,
      providers,
      note,
      now: () => this.nowMs,
      patience: () => this.patience,
      stop: this.stop.signal,
    });
    return { observer, providers };
  }
}

/** Steps until there is nothing more; what each step was. */
export async function runToIdle(observer: Observer): Promise<string[]> {
  const steps: string[] = [];
  for (;;) {
    const step: Step = await observer.step();
    if (step.kind === 'idle' || step.kind === 'unreachable') return [...steps, step.kind];
    steps.push(`${step.kind} ${step.checkpoint.epoch} ${step.provider}`);
  }
}
