import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { toHex } from '../../src/codec/hex.ts';
import { txidOf } from '../../src/codec/transaction.ts';
import {
  type Document,
  everyOperationAnswers,
  type Operation,
  operationsOf,
  readDocument,
} from './every-operation.ts';
import { addressOf, bob, payment, signed } from './fake-ledger.ts';
import { serving } from './serve.ts';

const txid = txidOf(payment(0));

describe('REST: the OpenAPI document', () => {
  const served = serving();
  let document: Document;
  let operations: Operation[];

  before(async () => {
    const { node, api } = served;
    await node.submit([signed(payment(0))]);
    node.finalize(txid);
    node.checkpoint(txid);
    node.evidenceFound = [{ kind: 'invalid', lane: 1, blocks: [new Uint8Array([1])] }];
    document = await readDocument(api.url);
    operations = operationsOf(document);
  });

  it('is version 3.1 and names the node', () => {
    assert.equal(document.openapi, '3.1.0');
    assert.equal(document.info.version, served.node.version);
  });

  it('gives every operation an id of its own, a known tag, a summary and its errors', () => {
    const tags = new Set(document.tags.map((tag) => tag.name));
    const ids = operations.map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(operations.length >= 24);
    for (const { path, operationId, summary, responses, tags: own } of operations) {
      assert.match(operationId, /^[a-z][A-Za-z]+$/, path);
      assert.ok(summary.length > 0, path);
      assert.ok(own.length === 1 && tags.has(own[0] as string), path);
      for (const status of ['4XX', '5XX']) {
        assert.deepEqual(
          responses[status]?.content?.['application/problem+json']?.schema,
          { $ref: '#/components/schemas/Problem' },
          `${path} ${status}`,
        );
      }
    }
  });

  it('says of every enumeration what its values are', () => {
    let count = 0;
    JSON.stringify(document, (_key, value) => {
      if (!Array.isArray(value?.enum)) return value;
      count += 1;
      assert.equal(value.type, 'string', value.enum.join());
      assert.ok(value.enum.every((one: unknown) => typeof one === 'string'));
      return value;
    });
    assert.ok(count > 10, `${count} enumerations`);
  });

  it('refers to nothing that it does not have', () => {
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      assert.ok(document.components.schemas[name as string], name);
    }
  });

  it('says of every header of an answer that it is a text', () => {
    const headers = operations.flatMap(({ responses }) =>
      Object.values(responses).flatMap((response) => Object.entries(response.headers ?? {})),
    );
    assert.ok(headers.length > 0);
    for (const [name, { schema }] of headers) assert.equal(schema.type, 'string', name);
  });

  it('describes every operation as it answers', async () => {
    const samples = {
      path: { txid, index: '0', address: addressOf(bob), epoch: '1' },
      body: {
        submitTransaction: { tx: toHex(signed(payment(1))) },
        submitBatch: { txs: [toHex(signed(payment(2)))] },
        queryTransactions: { txids: [txid] },
        askFaucet: { address: addressOf(bob), amount: '5' },
      },
    };
    await everyOperationAnswers(served.api.url, samples);
    // A document whose samples find nothing: the errors are as documented, too.
    served.node.evidenceFound = [];
    await everyOperationAnswers(served.api.url, { ...samples, absent: ['getEvidence'] });
  });
});
