import { parseAmount } from '../codec/amount.ts';
import { evidenceFromJson, type LedgerEvidence } from '../codec/evidence.ts';
import {
  certificateFromJson,
  outputProofFromJson,
  transactionProofFromJson,
} from '../codec/proof-json.ts';
import { uint32Bytes } from '../std/bytes.ts';
import type { Result } from '../std/result.ts';
import type { Problem } from '../types/errors.ts';
import type { Epoch, LaneId, LedgerId, Lock, TxId } from '../types/ids.ts';
import type { Certificate } from '../types/ledger.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { OutputProof, TransactionProof } from '../types/proof.ts';
import type {
  AsOf,
  Balance,
  BatchResult,
  FeedPage,
  LedgerParams,
  NodeStatus,
  OutputState,
  OwnedOutput,
  TransactionStatus,
  WaitLevel,
} from './answers.ts';
import { badAnswer, Http, type HttpOptions, type HttpRequest } from './http.ts';

const DEFAULTS: HttpOptions = { connections: 8, timeoutMs: 10_000 };
const PAGE = 1000;
/** Two blocks in hex, and what stands around them. */
const EVIDENCE_BYTES_MAX = 4 * WIRE_LIMITS.blockBytesMax.value + 1000;

export type Wait = { readonly level: WaitLevel; readonly timeoutMs: number };

type Json = Readonly<Record<string, unknown>>;

/**
 * The REST API of one node (see /openapi.json there). Calls throw AlthingError and nothing else; none is
 * repeated by itself. Close it when done: open connections keep a process alive.
 */
export class RestClient {
  readonly #http: Http;

  constructor(url: string, options: Partial<HttpOptions> = {}) {
    this.#http = new Http(url, { ...DEFAULTS, ...options });
  }

  get url(): string {
    return this.#http.origin;
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  async params(): Promise<LedgerParams> {
    const body = await this.#get('/v1/params');
    return {
      ledgerId: textOf(body.ledger_id) as LedgerId,
      name: textOf(body.name),
      addressPrefix: textOf(body.address_prefix),
      epoch: numberOf(body.epoch),
      minFee: amountOf(body.min_fee),
      validators: numberOf(body.validators),
      quorum: numberOf(body.quorum),
    };
  }

  async status(): Promise<NodeStatus> {
    const body = await this.#get('/v1/status');
    return {
      version: textOf(body.version),
      ledgerId: textOf(body.ledger_id) as LedgerId,
      name: textOf(body.name),
      lane: body.lane as LaneId | null,
      ready: body.ready === true,
      started: textOf(body.started),
      verifierBackend: textOf(body.verifier_backend),
      epochs: body.epochs as NodeStatus['epochs'],
      validators: numberOf(body.validators),
      quorum: numberOf(body.quorum),
      validatorsOnline: numberOf(body.validators_online),
      peers: numberOf(body.peers),
      counters: camelKeys(body.counters as NodeStatus['counters']),
    };
  }

  /** Returns when ready; throws `not-ready` with the reasons otherwise. */
  async ready(): Promise<void> {
    await this.#get('/readyz');
  }

  /** The status reached; with a wait that ended early, the one so far. */
  async submit(bytes: Uint8Array, wait?: Wait): Promise<TransactionStatus> {
    const path = '/v1/transactions';
    return (await this.#json({ method: 'POST', path, bytes, ...waiting(wait) })) as never;
  }

  /** One result per transaction, in their order. At most 500 transactions, 2 MiB. */
  async submitBatch(txs: readonly Uint8Array[]): Promise<readonly BatchResult[]> {
    const bytes = Buffer.concat(txs.flatMap((tx) => [uint32Bytes(tx.length), tx]));
    const body = await this.#json({ method: 'POST', path: '/v1/transactions/batch', bytes });
    const results = listOf(body.results) as BatchResult[];
    if (results.length !== txs.length) throw badAnswer(200, 'a batch answer of another length');
    return results;
  }

  /** Throws `not-found` for a transaction that the node has not seen. */
  async transaction(txid: TxId, wait?: Wait): Promise<TransactionStatus> {
    return (await this.#get(`/v1/transactions/${txid}`, waiting(wait))) as never;
  }

  /** At most 500; `unknown` where the node has not seen one. */
  async transactions(txids: readonly TxId[]): Promise<readonly TransactionStatus[]> {
    const path = '/v1/transactions/query';
    const body = await this.#json({ method: 'POST', path, json: { txids } });
    return listOf(body.results) as TransactionStatus[];
  }

  /** The canonical encoding. */
  transactionBytes(txid: TxId): Promise<Uint8Array> {
    return this.#http.raw({ method: 'GET', path: `/v1/transactions/${txid}/raw` });
  }

  async transactionProof(txid: TxId): Promise<TransactionProof> {
    return proofOf(transactionProofFromJson(await this.#get(`/v1/transactions/${txid}/proof`)));
  }

  async checkpoint(epoch: Epoch | 'latest'): Promise<Certificate> {
    return proofOf(certificateFromJson(await this.#get(`/v1/checkpoints/${epoch}`)));
  }

  /** Proofs that a validator broke the rules; nobody has checked them here. */
  async evidence(): Promise<readonly LedgerEvidence[]> {
    const { data } = await this.#get('/v1/evidence');
    const pieces: LedgerEvidence[] = [];
    for (const index of listOf(data).keys()) {
      const path = `/v1/evidence/${index}`;
      const json = await this.#json({ method: 'GET', path, bytesMax: EVIDENCE_BYTES_MAX });
      pieces.push(proofOf(evidenceFromJson(json)));
    }
    return pieces;
  }

  async output(txid: TxId, index: number): Promise<OutputState> {
    const body = await this.#get(`/v1/outputs/${txid}/${index}`);
    return {
      txid,
      index,
      amount: amountOf(body.amount),
      lock: textOf(body.lock) as Lock,
      state: textOf(body.state) as OutputState['state'],
      spentBy: body.spent_by as TxId | null,
    };
  }

  async outputProof(txid: TxId, index: number): Promise<OutputProof> {
    return proofOf(outputProofFromJson(await this.#get(`/v1/outputs/${txid}/${index}/proof`)));
  }

  async balance(address: string): Promise<Balance> {
    const body = await this.#get(`/v1/addresses/${address}`);
    return {
      address,
      balance: amountOf(body.balance),
      outputs: numberOf(body.outputs),
      complete: body.complete === true,
      asOf: body.as_of as AsOf,
    };
  }

  /** Unspent outputs as of the newest applied epoch, page by page. */
  async *outputs(address: string): AsyncGenerator<OwnedOutput> {
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = { limit: String(PAGE) };
      if (cursor !== null) query.cursor = cursor;
      const body: Json = await this.#get(`/v1/addresses/${address}/outputs`, { query });
      for (const item of listOf(body.data) as Json[]) {
        const { txid, index, amount } = item;
        yield { txid: textOf(txid) as TxId, index: numberOf(index), amount: amountOf(amount) };
      }
      cursor = body.next as string | null;
    } while (cursor !== null);
  }

  async validators(): Promise<readonly Json[]> {
    return listOf((await this.#get('/v1/validators')).data) as Json[];
  }

  async lanes(): Promise<readonly Json[]> {
    return listOf((await this.#get('/v1/lanes')).data) as Json[];
  }

  /**
   * Changes of statuses since `cursor` (null: from now on), at most `limit`; holds the answer back for up
   * to `waitMs` while there is none.
   */
  async feed(options: {
    cursor: string | null;
    limit: number;
    waitMs: number;
    states: readonly string[];
    signal?: AbortSignal;
  }): Promise<FeedPage> {
    const { cursor, limit, waitMs, states, signal } = options;
    const query: Record<string, string> = {
      limit: String(limit),
      wait_ms: String(waitMs),
      states: states.join(','),
    };
    if (cursor !== null) query.cursor = cursor;
    const more = signal === undefined ? {} : { signal };
    return (await this.#get('/v1/feed', { query, waitMs, ...more })) as unknown as FeedPage;
  }

  /** Development networks only. */
  async faucet(address: string, amount: bigint): Promise<TransactionStatus> {
    const json = { address, amount: amount.toString() };
    return (await this.#json({ method: 'POST', path: '/dev/v1/faucet', json })) as never;
  }

  #get(path: string, more: Partial<HttpRequest> = {}): Promise<Json> {
    return this.#json({ method: 'GET', path, ...more });
  }

  async #json(request: HttpRequest): Promise<Json> {
    const body = await this.#http.json(request);
    if (typeof body === 'object' && body !== null) return body as Json;
    throw badAnswer(200, `no object from ${request.path}`);
  }
}

function waiting(wait: Wait | undefined): Partial<HttpRequest> {
  if (wait === undefined) return {};
  const query = { wait: wait.level, timeout_ms: String(wait.timeoutMs) };
  return { query, waitMs: wait.timeoutMs };
}

function proofOf<T>(read: Result<T, Problem>): T {
  if (read.ok) return read.value;
  throw badAnswer(200, read.error.detail);
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw badAnswer(200, 'a list is missing');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw badAnswer(200, 'a text is missing');
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  throw badAnswer(200, 'a number is missing');
}

function amountOf(value: unknown): bigint {
  const amount = parseAmount(value);
  if (amount !== null) return amount;
  throw badAnswer(200, 'an amount is missing');
}

/** Counters have the names of the code here; the wire has snake_case. */
function camelKeys(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}
