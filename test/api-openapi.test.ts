import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { toHex } from '../src/codec/hex.ts';
import { txidOf } from '../src/codec/transaction.ts';
import { addressOf, bob, payment, signed } from './api/fake-node.ts';
import { type Answer, ask, serving } from './api/serve.ts';

type Schema = Readonly<Record<string, unknown>>;
type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { name: string; in: string; required?: boolean }[];
  readonly requestBody?: { content: Record<string, { schema: Schema }> };
  readonly responses: Record<string, { description: string; content?: Record<string, Schema> }>;
};

const txid = txidOf(payment(0));

/** What stands for a variable part of a path. */
const SAMPLES: Readonly<Record<string, string>> = {
  txid,
  index: '0',
  address: addressOf(bob),
  epoch: '1',
};

/** A body for every operation that takes one. */
const BODIES: Readonly<Record<string, unknown>> = {
  submitTransaction: { tx: toHex(signed(payment(1))) },
  submitBatch: { txs: [toHex(signed(payment(2)))] },
  queryTransactions: { txids: [txid] },
  askFaucet: { address: addressOf(bob), amount: '5' },
};

describe('REST: the OpenAPI document', () => {
  const served = serving();
  let operations: { path: string; method: string; operation: Operation }[];
  // biome-ignore lint/suspicious/noExplicitAny: a document is looked into by name
  let document: any;

  before(async () => {
    const { node } = served;
    await node.submit([signed(payment(0))]);
    node.finalize(txid);
    node.checkpoint(txid);
    node.evidenceFound = [{ lane: 1, first: new Uint8Array([1]), second: new Uint8Array([2]) }];
    document = (await ask(served.api, '/openapi.json')).body;
    operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
  });

  it('is version 3.1 and names the node', () => {
    assert.equal(document.openapi, '3.1.0');
    assert.equal(document.info.version, served.node.version);
  });

  it('gives every operation an id of its own, a known tag, a summary and its errors', () => {
    const tags = new Set(document.tags.map((tag: { name: string }) => tag.name));
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(operations.length >= 24);
    for (const { path, operation } of operations) {
      assert.match(operation.operationId, /^[a-z][A-Za-z]+$/, path);
      assert.ok(operation.summary.length > 0, path);
      assert.ok(operation.tags.length === 1 && tags.has(operation.tags[0]), path);
      for (const status of ['4XX', '5XX']) {
        const { content } = operation.responses[status] ?? {};
        assert.deepEqual(
          content?.['application/problem+json']?.schema,
          { $ref: '#/components/schemas/Problem' },
          `${path} ${status}`,
        );
      }
    }
  });

  it('refers to nothing that it does not have', () => {
    for (const [, name] of JSON.stringify(document).matchAll(
      /"#\/components\/schemas\/([^"]+)"/g,
    )) {
      assert.ok(document.components.schemas[name as string], name);
    }
  });

  it('describes every operation as it answers', async () => {
    for (const { path, method, operation } of operations) {
      const answer = await call(path, method, operation);
      const documented = operation.responses[answer.status];
      assert.ok(documented, `${method} ${path} answers ${answer.status}`);
      const [type = ''] = Object.keys(documented.content ?? {});
      assert.equal(answer.type?.split(';')[0], type, path);
      const schema = documented.content?.[type]?.schema as Schema;
      if (type === 'application/json') conforms(answer.body, schema, `${method} ${path}`);
    }
  });

  function call(path: string, method: string, operation: Operation): Promise<Answer> {
    const url = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      assert.ok(SAMPLES[name], `no sample of ${name}`);
      return SAMPLES[name] as string;
    });
    if (operation.requestBody === undefined) return ask(served.api, url, { method });
    assert.ok(BODIES[operation.operationId], `no body for ${operation.operationId}`);
    return ask(served.api, url, {
      method: method.toUpperCase(),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(BODIES[operation.operationId]),
    });
  }

  /** The keywords that the document uses, checked naively. */
  function conforms(value: unknown, schema: Schema, where: string): void {
    const { type, anyOf, properties, required, items, pattern } = schema;
    const allowed = schema.enum as unknown[] | undefined;
    if (anyOf !== undefined) {
      const faults = (anyOf as Schema[]).map((one) => {
        try {
          conforms(value, one, where);
          return null;
        } catch (error) {
          return error;
        }
      });
      assert.ok(faults.includes(null), `${where} is none of its alternatives`);
    }
    if (allowed !== undefined) assert.ok(allowed.includes(value), `${where} ${value}`);
    if (pattern !== undefined) assert.match(String(value), new RegExp(pattern as string), where);
    if (type === 'integer') assert.ok(Number.isInteger(value), `${where} ${value}`);
    else if (type === 'null') assert.equal(value, null, where);
    else if (type === 'array') {
      assert.ok(Array.isArray(value), where);
      for (const item of value) conforms(item, items as Schema, `${where}[]`);
    } else if (type === 'object') {
      const object = value as Record<string, unknown>;
      assert.ok(typeof object === 'object' && object !== null, where);
      for (const name of (required as string[] | undefined) ?? []) {
        assert.ok(name in object, `${where}.${name} is missing`);
      }
      for (const [name, inner] of Object.entries((properties as Record<string, Schema>) ?? {})) {
        if (name in object) conforms(object[name], inner, `${where}.${name}`);
      }
      if (properties !== undefined) {
        const known = new Set(Object.keys(properties as object));
        for (const name of Object.keys(object)) assert.ok(known.has(name), `${where}.${name}`);
      }
    } else if (type !== undefined) assert.equal(typeof value, type, `${where} ${value}`);
  }
});
