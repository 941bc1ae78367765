import assert from 'node:assert/strict';
import { conforms, type Schema } from './conforms.ts';

export type Operation = {
  readonly path: string;
  readonly method: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, Answer>>;
};

type Answer = {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
  readonly headers?: Readonly<Record<string, { readonly schema: Schema }>>;
};

export type Document = {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

export async function readDocument(url: string): Promise<Document> {
  return (await (await fetch(`${url}/openapi.json`)).json()) as Document;
}

export function operationsOf({ paths }: Document): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      path,
      method: method.toUpperCase(),
    })),
  );
}

export type Samples = {
  /** What stands for a variable part of a path. */
  readonly path: Readonly<Record<string, string>>;
  /** A body for every operation that takes one, by its id. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Operations that find nothing at this node. */
  readonly absent?: readonly string[];
};

/** Calls every operation of a node's document and holds the answer against what is documented. */
export async function everyOperationAnswers(url: string, samples: Samples): Promise<void> {
  const document = await readDocument(url);
  for (const operation of operationsOf(document)) {
    const { path, method, operationId, responses } = operation;
    const answer = await call(url, operation, samples);
    const isAbsent = samples.absent?.includes(operationId) === true;
    assert.equal(answer.ok, !isAbsent, `${method} ${path} answers ${answer.status}`);
    const documented = responses[answer.status] ?? (isAbsent ? responses['4XX'] : undefined);
    assert.ok(documented, `${method} ${path} answers ${answer.status}`);
    const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(documented.content ?? {});
    assert.equal(answer.headers.get('content-type')?.split(';')[0], type, path);
    const body = type.includes('json') ? await answer.json() : await answer.arrayBuffer();
    if (type.includes('json')) conforms(body, schema, document, `${method} ${path}`);
  }
}

function call(url: string, operation: Operation, samples: Samples): Promise<Response> {
  const { operationId, method, requestBody } = operation;
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const sample = samples.path[name];
    assert.ok(sample, `no sample of ${name}`);
    return sample;
  });
  if (requestBody === undefined) return fetch(url + path, { method });
  assert.ok(samples.body[operationId], `no body for ${operationId}`);
  return fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(samples.body[operationId]),
  });
}
