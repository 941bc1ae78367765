import '../std/polyfill.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AlthingError, type ClientErrorCode } from '../client/althing-error.ts';
import type { OutputState } from '../client/answers.ts';
import type { RestClient } from '../client/rest-client.ts';
import type { TxId } from '../types/ids.ts';
import type { Fleet } from './fleet.ts';
import { Flights } from './flights.ts';
import { checkOutputs, checkRoots } from './settlement.ts';
import type { Trace } from './trace/trace.ts';

const [FUNDING, PAYMENT] = ['aa', 'bb'].map((byte) => byte.repeat(32) as TxId) as [TxId, TxId];

/** One payment that spends the only genesis output. */
const trace: Trace = {
  name: 'one payment',
  source: { title: 'made here' },
  owners: 2,
  seed: '00'.repeat(32),
  genesis: [{ owner: 0, amount: 5n }],
  txs: [
    {
      atMs: 0,
      inputs: [{ tx: -1, index: 0 }],
      outputs: [{ owner: 1, amount: 4n }],
      wireBytes: null,
      rivals: [],
    },
  ],
};

function flown(): Flights {
  const flights = new Flights([PAYMENT], null);
  flights.posted(0, 0, 0);
  flights.end(0, { state: 'final', path: 'clean' }, 1);
  return flights;
}

function fleetOf(client: Partial<RestClient>): Fleet {
  const clients = [{ url: 'http://v0', ...client } as RestClient];
  return { clients, client: () => clients[0], pick: () => 0 } as unknown as Fleet;
}

const refusal = (code: ClientErrorCode) => new AlthingError({ code, status: 410, detail: 'gone' });

/** What the check says when the ledger answers these two lookups so. */
function outputs(funding: OutputState | Error, paid: OutputState | Error) {
  const output = async (txid: TxId): Promise<OutputState> => {
    const answer = txid === FUNDING ? funding : paid;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return checkOutputs(fleetOf({ output }), flown(), trace, [{ txid: FUNDING, index: 0 }], 10);
}

const SPENT = { amount: 5n, state: 'spent' } as OutputState;
const UNSPENT = { amount: 4n, state: 'unspent' } as OutputState;

describe('outputs of a replay', () => {
  it('are compared with the arithmetic of the trace', async () => {
    const good = await outputs(SPENT, UNSPENT);
    assert.deepEqual(good, {
      checked: 2,
      unspent: 1,
      spent: 1,
      dropped: 0,
      wrong: [],
      wrongCount: 0,
    });
    assert.equal((await outputs(SPENT, { ...UNSPENT, state: 'spent' })).wrongCount, 1);
    assert.equal((await outputs(SPENT, { ...UNSPENT, amount: 3n })).wrongCount, 1);
    assert.equal((await outputs({ ...SPENT, state: 'unspent' }, UNSPENT)).wrongCount, 1);
  });

  it('may be gone where the ledger that spent them is dropped, and are wrong if nobody spent them', async () => {
    const dropped = await outputs(refusal('pruned'), UNSPENT);
    assert.deepEqual([dropped.spent, dropped.dropped, dropped.wrongCount], [1, 1, 0]);
    const lost = await outputs(SPENT, refusal('pruned'));
    assert.deepEqual([lost.dropped, lost.wrongCount], [0, 1]);
    assert.equal((await outputs(refusal('not-found'), UNSPENT)).wrongCount, 1);
  });
});

describe('roots after a replay', () => {
  it('are compared at the newest certified epoch when all outcomes are dropped', async () => {
    const asked: (number | 'latest')[] = [];
    const fleet = fleetOf({
      transactions: async () => [{ txid: PAYMENT, state: 'unknown', code: 'pruned' }],
      status: async () => ({ epochs: { stable: 7 } }) as Awaited<ReturnType<RestClient['status']>>,
      checkpoint: async (epoch) => {
        asked.push(epoch);
        throw refusal('not-found');
      },
    });
    assert.equal((await checkRoots(fleet, flown(), 1)).epoch, 7);
    assert.equal(asked[0], 7);
  });

  it('wait for outcomes that are in no ledger yet', async () => {
    const fleet = fleetOf({ transactions: async () => [{ txid: PAYMENT, state: 'final' }] });
    assert.equal((await checkRoots(fleet, flown(), 1)).epoch, null);
  });
});
