import '../../src/std/polyfill.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import type { TxId } from '../../src/types/ids.ts';
import { SECOND_HOST, withoutSecondHost } from '../system/second-host.ts';
import { serving } from './serve.ts';

const TXID = 'ab'.repeat(32) as TxId;
const WAIT = `/v1/transactions/${TXID}?wait=final&timeout_ms=30000`;
const LEDGER = '/v1/epochs/1/ledger';
const OWN = '127.0.0.1';
const OTHER = SECOND_HOST;

describe('REST: what one address may take of what all share', {
  skip: withoutSecondHost,
}, () => {
  const served = serving(undefined, { waitsPerAddressMax: 1, snapshotReadersPerAddressMax: 1 });
  const asked = (path: string, localAddress: string): ClientRequest => {
    const { hostname, port } = new URL(served.api.url);
    const request = get({ host: hostname, port, path, localAddress, agent: false });
    return request.on('error', () => {});
  };
  const answer = async (request: ClientRequest): Promise<IncomingMessage> => {
    const [response] = await once(request, 'response');
    return response;
  };
  const status = async (path: string, from: string): Promise<number | undefined> => {
    const response = await answer(asked(path, from));
    response.resume();
    return response.statusCode;
  };

  it('R15: waits', async () => {
    const own = status(WAIT, OWN);
    await served.node.waits(1);
    assert.equal(await status(WAIT, OWN), 503);
    const other = status(WAIT, OTHER);
    await served.node.waits(2);
    served.node.set(TXID, { state: 'final', path: 'clean' });
    assert.deepEqual(await Promise.all([own, other]), [200, 200]);
    assert.equal(await status(WAIT, OWN), 200, 'who has his answer makes room');
  });

  it('R15: states and ledgers that are read', async () => {
    const goOn = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      await goOn.promise;
    }
    served.node.snapshots = { ...served.node.snapshots, ledger: () => slow() };
    const own = await answer(asked(LEDGER, OWN));
    assert.equal(await status(LEDGER, OWN), 503);
    assert.equal(await status(LEDGER, OTHER), 200);
    goOn.resolve();
    await once(own.resume(), 'close');
    let last = await status(LEDGER, OWN);
    while (last === 503) last = await status(LEDGER, OWN);
    assert.equal(last, 200);
  });
});
