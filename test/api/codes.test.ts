import '../../src/std/polyfill.ts';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeTransaction, txidOf } from '../../src/codec/transaction.ts';
import { ERRORS, type ErrorCode } from '../../src/types/errors.ts';
import type { Digest, LedgerId, TxId } from '../../src/types/ids.ts';
import { API_LIMITS, WIRE_LIMITS } from '../../src/types/limits.ts';
import type { Output, TransactionBody } from '../../src/types/transaction.ts';
import { readProjectFile } from '../project/files.ts';
import { lockOf, payment, signed } from './fake-ledger.ts';
import { LiveNetwork } from './live-network.ts';
import {
  type Answer,
  ask,
  askRaw,
  dial,
  firstAnswer,
  joinBatch,
  post,
  received,
  serving,
} from './serve.ts';

/** As a client is told it. */
type Told = { readonly status: number; readonly code: string | undefined };
/** Or where and why a test of this network cannot get it. */
type Way = ((network: LiveNetwork) => Promise<Told>) | { readonly not: string };

const tell = ({ status, body }: Answer): Told => ({ status, code: body.code });
const get = (path: string) => async (network: LiveNetwork) => tell(await ask(network.at(0), path));
/** Accounts: what is refused is tried with the coin of the first, which nothing spends. */
const [ANYBODY, PAYS, RIVALS, LOSES, OTHER] = [0, 1, 2, 3, 4];

/** A payment that is wrong in this way. */
const wrong = (change: Partial<TransactionBody>) => async (network: LiveNetwork) =>
  tell(await network.submit(await network.payment(ANYBODY, change), ANYBODY));
/** One whose output is this much more than is right. */
const paying = (more: bigint) => async (network: LiveNetwork) => {
  const body = await network.payment(ANYBODY);
  const [{ amount, lock }] = body.outputs as [Output];
  return tell(
    await network.submit({ ...body, outputs: [{ amount: amount + more, lock }] }, ANYBODY),
  );
};
/** One whose bytes are changed when it is signed. */
const edited = (at: number, to: (byte: number) => number) => async (network: LiveNetwork) => {
  const bytes = signed(await network.payment(ANYBODY), network.signer(ANYBODY));
  return tell(await network.send(bytes.with(at < 0 ? bytes.length + at : at, to(bytes.at(at)!))));
};

/** How each code of docs/ERRORS.md comes to a client of validators as they run. */
const WAYS: Readonly<Record<ErrorCode, Way>> = {
  'invalid-request': get('/v1/status?verbose=1'),
  malformed: async (network) => tell(await network.send(Uint8Array.of(1))),
  'too-large': async (network) =>
    tell(await network.send(new Uint8Array(WIRE_LIMITS.transactionBytesMax.value + 1))),
  'unsupported-media-type': async (network) =>
    tell(await post(network.at(0), '/v1/transactions', 'tx', 'text/plain')),
  'unsupported-version': edited(0, () => 2),
  'wrong-ledger': wrong({ ledgerId: 'ab'.repeat(32) as LedgerId }),
  'inputs-empty': wrong({ inputs: [] }),
  'outputs-empty': wrong({ outputs: [] }),
  'duplicate-input': async (network) => {
    const body = await network.payment(ANYBODY);
    const inputs = [...body.inputs, ...body.inputs];
    return tell(await network.submit({ ...body, inputs }, ANYBODY));
  },
  'amount-range': async (network) =>
    wrong({ outputs: [{ amount: 0n, lock: lockOf(network.signer(OTHER)) }] })(network),
  'bad-signature': edited(-1, (byte) => byte ^ 1),
  'bad-witness': async (network) => {
    const { body, txid } = await network.paid(PAYS);
    const both = { ...body, inputs: [0, 1].map((index) => ({ txid, index })) };
    const spending = { ...both, outputs: both.outputs.slice(1) };
    const witnesses = [PAYS, OTHER].map((account) => {
      const signer = network.signer(account);
      const signature = signer.sign(txidOf(spending) as string as Digest);
      return { kind: 'key', publicKey: signer.publicKey, signature } as const;
    });
    return tell(await network.send(encodeTransaction(spending, witnesses)));
  },
  'bad-address': get('/v1/addresses/althdev1x'),
  expired: wrong({ validUntil: 0 }),
  'unknown-input': async (network) => {
    const { txid } = await network.paid(PAYS);
    return wrong({ inputs: [{ txid, index: 2 }] })(network);
  },
  'input-spent': async (network) => {
    const { body } = await network.paid(PAYS);
    return tell(await network.submit({ ...body, validUntil: 999 }, PAYS));
  },
  'input-conflict': async (network) => {
    const body = await network.payment(RIVALS);
    const first = network.submit(body, RIVALS);
    const second = network.submit({ ...body, validUntil: 999 }, RIVALS);
    const [refused, ...others] = (await Promise.all([first, second])).filter(
      ({ status }) => status !== 202,
    );
    assert.ok(refused !== undefined && others.length === 0, 'one of them is taken');
    return tell(refused);
  },
  'witness-missing': async (network) =>
    tell(await network.submit(await network.payment(ANYBODY), OTHER)),
  'inputs-below-outputs': paying(2n),
  'insufficient-fee': paying(1n),
  'parent-rejected': async (network) => {
    const loser = await lost(network, LOSES);
    const child = await network.payment(LOSES, { inputs: [{ txid: loser, index: 0 }] });
    return tell(await network.submit(child, LOSES));
  },
  'faucet-limit': async (network) => {
    const asked = { address: network.address(OTHER), amount: String(2n ** 64n - 1n) };
    return tell(await post(network.at(0), '/dev/v1/faucet', JSON.stringify(asked)));
  },
  busy: async (network) => {
    // More than may be waited for at a time.
    const txids = Array.from({ length: API_LIMITS.batchTxsMax.value }, () => 'ab'.repeat(32));
    const requests = 1 + Math.floor(API_LIMITS.waitsMax.value / txids.length);
    const gone = new AbortController();
    const query = {
      method: 'POST',
      body: JSON.stringify({ txids }),
      headers: { 'content-type': 'application/json' },
      signal: gone.signal,
    };
    const answers = Array.from({ length: requests }, () =>
      ask(network.at(2), '/v1/transactions/query?wait=final&timeout_ms=30000', query),
    );
    const told = tell(await Promise.race(answers));
    gone.abort();
    await Promise.allSettled(answers);
    return told;
  },
  'rate-limited': async (network) => {
    const bytes = signed(await network.payment(ANYBODY), network.signer(OTHER));
    const forged = bytes.with(-1 + bytes.length, bytes.at(-1)! ^ 1);
    const batch = joinBatch(Array(API_LIMITS.badSignaturesBurst.value + 100).fill(forged));
    // Of a validator that nothing else is asked of.
    await post(network.at(3), '/v1/transactions/batch', batch);
    return tell(await network.send(bytes, 3));
  },
  'not-ready': async (network) =>
    get(`/v1/addresses/${network.address(ANYBODY)}?at_least_epoch=1000000`)(network),
  'not-found': get('/v1/nothing'),
  pruned: {
    not: 'needs a network that has dropped generations: test/cluster/pruned-network.test.ts',
  },
  'not-yet': get('/v1/epochs/1000000'),
  'method-not-allowed': async (network) =>
    tell(await ask(network.at(0), '/v1/status', { method: 'DELETE' })),
  'request-timeout': async (network) => {
    const socket = dial(network.at(0));
    socket.write('GET /livez HTTP/1.1\r\n');
    return firstAnswer(await received(socket));
  },
  'header-too-large': async (network) =>
    askRaw(network.at(0), `GET /${'x'.repeat(API_LIMITS.headerBytesMax.value)} HTTP/1.1\r\n\r\n`),
  internal: { not: 'is a fault of the program, and none is known: below, with one that is made' },
};

/** Two payments of one coin get into blocks of two validators before these hear of each other: one loses. */
async function lost(network: LiveNetwork, account: number): Promise<TxId> {
  const body = await network.payment(account);
  const rivals = [body, { ...body, validUntil: 999 }];
  const answers = await Promise.all(
    rivals.map((rival, lane) => network.submit(rival, account, lane)),
  );
  for (const { status, body: told } of answers) assert.equal(status, 202, JSON.stringify(told));
  const states = await Promise.all(rivals.map((rival) => network.outcome(txidOf(rival))));
  const loser = rivals[states.indexOf('rejected')];
  assert.ok(loser !== undefined, states.join());
  return txidOf(loser);
}

describe('REST: every code of docs/ERRORS.md, told by validators as they run', {
  timeout: 180_000,
}, () => {
  let network: LiveNetwork;

  before(async () => {
    network = await LiveNetwork.start();
  });

  after(() => network.stop());

  for (const [code, way] of Object.entries(WAYS) as [ErrorCode, Way][]) {
    if (typeof way !== 'function') continue;
    it(code, async () => {
      assert.deepEqual(await way(network), { status: ERRORS[code].status, code });
    });
  }

  it('but for those that another test tells', () => {
    const others = Object.entries(WAYS).filter(([, way]) => typeof way !== 'function');
    assert.deepEqual(
      others.map(([code]) => code),
      ['pruned', 'internal'],
    );
    assert.match(
      readProjectFile('test/cluster/pruned-network.test.ts'),
      /code: 'pruned', status: 410/,
    );
  });
});

describe('REST: a fault of the node', () => {
  const served = serving();

  it('is told as internal, without its cause, which stands in the log with the id of the request', async () => {
    const { node, api, faults } = served;
    node.status = () => {
      throw new Error('planted, at /secret/path');
    };
    const { status, body } = await ask(api, `/v1/transactions/${txidOf(payment(0))}`);
    assert.deepEqual([status, body.code], [ERRORS.internal.status, 'internal']);
    assert.doesNotMatch(JSON.stringify(body), /planted|secret/);
    assert.deepEqual(
      faults.map(({ message }) => message),
      ['planted, at /secret/path'],
    );
    assert.deepEqual(served.faultIds, [body.instance]);
    assert.equal((await ask(api, '/livez')).status, 200);
  });
});
