import { connect } from 'node:net';
import { AlthingError } from '../../src/client/althing-error.ts';
import type { TransactionStatus, WaitLevel } from '../../src/client/answers.ts';
import { Http } from '../../src/client/http.ts';
import { RestClient } from '../../src/client/rest-client.ts';
import { encodeAddress } from '../../src/crypto/address.ts';
import {
  type Epoch,
  type LaneId,
  type Lock,
  type OutpointKey,
  parseOutpointKey,
  type TxId,
} from '../../src/types/ids.ts';
import type { Operation, Said } from '../history/history.ts';
import type { Recorder } from './recorder.ts';

const ANSWER_MS = 4000;
const WAIT_MS = 2000;

type BalanceBody = {
  readonly balance: string;
  readonly outputs: number;
  readonly complete: boolean;
  readonly as_of: { readonly epoch: Epoch; readonly checkpoint: string | null };
};

/** A client's view of one validator: every call and answer is recorded. */
export class ValidatorClient {
  readonly lane: LaneId;
  readonly #rest: RestClient;
  /** For what the REST client has no call. */
  readonly #http: Http;
  readonly #recorder: Recorder;
  readonly #prefix: string;
  readonly #place: { readonly host: string; readonly port: number };

  constructor(lane: LaneId, url: string, recorder: Recorder, addressPrefix: string) {
    this.lane = lane;
    this.#rest = new RestClient(url, { connections: 128, timeoutMs: ANSWER_MS });
    this.#http = new Http(url, { connections: 4, timeoutMs: ANSWER_MS });
    this.#recorder = recorder;
    this.#prefix = addressPrefix;
    const { hostname, port } = new URL(url);
    this.#place = { host: hostname, port: Number(port) };
  }

  async close(): Promise<void> {
    await Promise.all([this.#rest.close(), this.#http.close()]);
  }

  /** Does anybody listen there? Costs so little that it may be asked often. */
  listens(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.#place);
      const answer = (is: boolean) => () => {
        socket.destroy();
        resolve(is);
      };
      socket.once('connect', answer(true)).once('error', answer(false));
    });
  }

  /** Sends it and waits for a while until it is final. */
  submit(
    client: string,
    operation: Extract<Operation, { kind: 'submit' }>,
    bytes: Uint8Array,
  ): Promise<Said> {
    const wait = { level: 'final', timeoutMs: WAIT_MS } as const;
    return this.#recorder.call(client, this.lane, operation, () =>
      told(async () => statusOf(await this.#rest.submit(bytes, wait))),
    );
  }

  status(client: string, txid: TxId, level: WaitLevel | null = null): Promise<Said> {
    const wait = level === null ? undefined : { level, timeoutMs: WAIT_MS };
    return this.#recorder.call(client, this.lane, { kind: 'status', txid }, () =>
      told(async () => statusOf(await this.#rest.transaction(txid, wait)), {
        kind: 'status',
        state: 'unknown',
        epoch: null,
        winner: null,
      }),
    );
  }

  /** `atLeastEpoch`: an older answer is to be refused. */
  balance(client: string, lock: Lock, atLeastEpoch: Epoch | null): Promise<Said> {
    const path = `/v1/addresses/${encodeAddress(this.#prefix, lock)}`;
    const query = atLeastEpoch === null ? {} : { at_least_epoch: String(atLeastEpoch) };
    const operation = { kind: 'balance', lock, atLeastEpoch } as const;
    return this.#recorder.call(client, this.lane, operation, () =>
      told(async () => {
        const body = (await this.#http.json({ method: 'GET', path, query })) as BalanceBody;
        const { outputs, complete } = body;
        const { epoch, checkpoint } = body.as_of;
        const balance = BigInt(body.balance);
        return { kind: 'balance', balance, outputs, complete, epoch, checkpoint };
      }),
    );
  }

  output(client: string, key: OutpointKey): Promise<Said> {
    const { txid, index } = parseOutpointKey(key);
    return this.#recorder.call(client, this.lane, { kind: 'output', key }, () =>
      told(
        async () => {
          const { state, spentBy } = await this.#rest.output(txid, index);
          return { kind: 'output', state, spentBy };
        },
        { kind: 'output', state: 'absent', spentBy: null },
      ),
    );
  }
}

function statusOf({ state, epoch, winner }: TransactionStatus): Said {
  return { kind: 'status', state, epoch: epoch ?? null, winner: winner ?? null };
}

/** What an answer comes to; `absent` stands for not-found. */
async function told(ask: () => Promise<Said>, absent?: Said): Promise<Said> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof AlthingError)) throw cause;
    const { code, detail } = cause;
    if (code === 'not-found' && absent !== undefined) return absent;
    if (code === 'unreachable' || code === 'bad-answer') return { kind: 'silence', detail };
    return { kind: 'refused', code };
  }
}
