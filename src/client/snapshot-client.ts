import { certificateFromJson } from '../codec/proof-json.ts';
import type { Epoch, TxId } from '../types/ids.ts';
import type { Certificate } from '../types/ledger.ts';
import { OBSERVER_LIMITS } from '../types/limits.ts';
import { AlthingError } from './althing-error.ts';
import { badAnswer, Http } from './http.ts';

const NEXT_CURSOR = 'althing-next-cursor';

/**
 * What one node gives to observers; nothing of it is believed here. Calls throw AlthingError and nothing
 * else. Close it when done.
 */
export class SnapshotClient {
  readonly #http: Http;
  readonly #wholeMs: number;

  constructor(url: string, wholeMs: number = OBSERVER_LIMITS.answerWholeMs.value) {
    this.#wholeMs = wholeMs;
    this.#http = new Http(url, { connections: 1, timeoutMs: OBSERVER_LIMITS.answerMs.value });
  }

  get name(): string {
    return this.#http.origin;
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  /** The certificate of the newest state; null: there is none yet. */
  async latest(signal?: AbortSignal): Promise<Certificate | null> {
    const answer = await this.#get('/v1/snapshots/latest', {}, signal);
    if (answer === null) return null;
    const certificate = certificateFromJson(manifestOf(answer.bytes).certificate);
    if (!certificate.ok) throw badAnswer(200, `no certificate: ${certificate.error.detail}`);
    return certificate.value;
  }

  /** A page of the state of `epoch`, behind `after`; `next` null: it is the last. */
  async page(
    epoch: Epoch,
    after: TxId | null,
  ): Promise<{ readonly bytes: Uint8Array; readonly next: TxId | null }> {
    const path = `/v1/snapshots/${epoch}/pages`;
    const answer = await this.#get(path, after === null ? {} : { cursor: after });
    if (answer === null) throw badAnswer(404, `${path} is gone`);
    const next = answer.headers[NEXT_CURSOR];
    return { bytes: answer.bytes, next: next === undefined ? null : (String(next) as TxId) };
  }

  /** The encoded ledger of `epoch`; null: it has no certificate there yet; or it is there no more. */
  async ledger(epoch: Epoch, signal?: AbortSignal): Promise<Uint8Array | null | 'pruned'> {
    try {
      return (await this.#get(`/v1/epochs/${epoch}/ledger`, {}, signal))?.bytes ?? null;
    } catch (error) {
      if (error instanceof AlthingError && error.code === 'pruned') return 'pruned';
      throw error;
    }
  }

  /** null: not yet. */
  async #get(path: string, query: Readonly<Record<string, string>> = {}, stop?: AbortSignal) {
    const bytesMax = OBSERVER_LIMITS.answerBytesMax.value;
    // Who sends a byte now and then is never silent.
    const whole = AbortSignal.timeout(this.#wholeMs);
    const signal = stop === undefined ? whole : AbortSignal.any([whole, stop]);
    try {
      return await this.#http.answer({ method: 'GET', path, query, bytesMax, signal });
    } catch (error) {
      if (error instanceof AlthingError && error.code === 'not-yet') return null;
      throw error;
    }
  }
}

function manifestOf(bytes: Buffer): { readonly certificate?: unknown } {
  try {
    return (JSON.parse(bytes.toString()) as { certificate?: unknown } | null) ?? {};
  } catch (cause) {
    throw badAnswer(200, 'the manifest is not JSON', cause);
  }
}
