import assert from 'node:assert/strict';

export type Schema = Readonly<Record<string, unknown>>;
type Definitions = { readonly components: { readonly schemas: Readonly<Record<string, Schema>> } };

const REFERENCE = '#/components/schemas/';

/** Throws where `value` is not what the schema says. Naive: the keywords of our document only. */
export function conforms(value: unknown, schema: Schema, all: Definitions, where: string): void {
  const { $ref: reference, anyOf, enum: allowed, pattern, type } = schema;
  if (typeof reference === 'string') {
    const target = all.components.schemas[reference.slice(REFERENCE.length)];
    assert.ok(target, `${where}: ${reference}`);
    conforms(value, target, all, where);
    return;
  }
  if (Array.isArray(anyOf)) {
    const isOne = anyOf.some((one) => passes(() => conforms(value, one, all, where)));
    assert.ok(isOne, `${where} is none of its alternatives`);
  }
  if (Array.isArray(allowed)) assert.ok(allowed.includes(value), `${where} ${value}`);
  if (typeof pattern === 'string') assert.match(String(value), new RegExp(pattern), where);
  if (type === 'integer') assert.ok(Number.isInteger(value), `${where} ${value}`);
  else if (type === 'null') assert.equal(value, null, where);
  else if (type === 'array') {
    assert.ok(Array.isArray(value), where);
    for (const item of value) conforms(item, schema.items as Schema, all, `${where}[]`);
  } else if (type === 'object') objectConforms(value, schema, all, where);
  else if (type !== undefined) assert.equal(typeof value, type, `${where} ${value}`);
}

function objectConforms(value: unknown, schema: Schema, all: Definitions, where: string): void {
  assert.ok(typeof value === 'object' && value !== null, where);
  const fields = new Map(Object.entries(value));
  for (const name of (schema.required ?? []) as string[]) {
    assert.ok(fields.has(name), `${where}.${name} is missing`);
  }
  if (schema.properties === undefined) return;
  const properties = schema.properties as Readonly<Record<string, Schema>>;
  for (const [name, field] of fields) {
    const property = properties[name];
    assert.ok(property, `${where}.${name} is not documented`);
    conforms(field, property, all, `${where}.${name}`);
  }
}

function passes(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
