import { setTimeout as sleep } from 'node:timers/promises';
import type { TxId } from '../../types/ids.ts';
import type { Flights } from '../flights.ts';
import { AlgodClient } from './algod-client.ts';
import { type Answer, FINAL, type Link, type Watching } from './link.ts';

const FAILED_MS = 200;
/** What algod says to a transaction that it has already: posting it twice is no fault. */
const KNOWN = /already in (?:ledger|pool)/i;
const LATER_STATUS = new Set([429, 503]);
const REASON_MAX = 60;

type Status = { readonly 'last-round': number };

/**
 * algod takes one transaction a post. A payment is final when it is in a block: algod hands out none
 * without a certificate, and blocks are never taken back.
 */
export class AlgorandLink implements Link {
  readonly batchMax = { count: 1, bytes: Number.POSITIVE_INFINITY };
  readonly postsMax = 48;
  readonly #clients: readonly AlgodClient[];

  constructor(urls: readonly string[], tokens: readonly string[]) {
    this.#clients = urls.map((url, at) => new AlgodClient(url, tokens[at] ?? tokens[0] ?? ''));
  }

  get targets(): number {
    return this.#clients.length;
  }

  async post(target: number, payments: readonly Uint8Array[]): Promise<readonly Answer[] | null> {
    const { status, text } = await this.#clients[target]!.post(payments[0] as Uint8Array);
    if (status === 0) return null;
    if (status === 200 || KNOWN.test(text)) return ['taken'];
    return [LATER_STATUS.has(status) ? 'later' : { refused: reasonOf(status, text) }];
  }

  async isUp(target: number): Promise<boolean> {
    return (await this.#clients[target]!.json('/v2/status')) !== null;
  }

  /** Reads blocks from one node, the last; from the one before it when that does not answer. */
  async watch(flights: Flights, now: () => number, signal: AbortSignal): Promise<Watching> {
    let at = this.targets - 1;
    let round = (await this.#client(at).json<Status>('/v2/status', signal))?.['last-round'] ?? 0;
    const follow = async () => {
      while (!signal.aborted) {
        const ids = await this.#idsAfter(at, round, signal);
        if (ids === null) {
          at -= 1;
          await sleep(FAILED_MS);
          continue;
        }
        round += 1;
        const nowMs = now();
        for (const id of ids) {
          const number = flights.numberOf(id as TxId);
          if (number !== undefined) flights.end(number, FINAL, nowMs);
        }
      }
    };
    const following = follow();
    return { closed: () => following };
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
  }

  /** Of the round after `round`, as soon as it is there; null: the node does not answer. */
  async #idsAfter(at: number, round: number, signal: AbortSignal): Promise<string[] | null> {
    const client = this.#client(at);
    const path = `/v2/status/wait-for-block-after/${round}`;
    const status = await client.json<Status>(path, signal);
    if (status === null) return null;
    if (status['last-round'] <= round) return this.#idsAfter(at, round, signal);
    const block = await client.json<{ blockTxids?: string[] }>(`/v2/blocks/${round + 1}/txids`);
    return block === null ? null : (block.blockTxids ?? []);
  }

  #client(at: number): AlgodClient {
    const { length } = this.#clients;
    return this.#clients[((at % length) + length) % length] as AlgodClient;
  }
}

function reasonOf(status: number, text: string): string {
  const message = /"message":"([^"]*)/.exec(text)?.[1] ?? '';
  // Names of transactions and accounts would make every reason another one.
  const plain = message.replaceAll(/\b[A-Z2-7]{52,58}\b/g, '…').replaceAll(/\d+/g, 'n');
  return `${status} ${plain.slice(0, REASON_MAX)}`.trim();
}
