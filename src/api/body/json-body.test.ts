import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { API_LIMITS } from '../../types/limits.ts';
import { parseJsonBody } from './json-body.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => parseJsonBody(bytes(text));
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
    : 0;

/** As they are written: one may have two spellings, and stand in an object twice. */
const anyKey = fc.oneof(
  { weight: 15, arbitrary: fc.constantFrom(...'abcdefghijkl').map((letter) => `"${letter}"`) },
  { weight: 1, arbitrary: fc.constantFrom('"\\u0061"', '"__proto__"', '"\\u0070rototype"') },
);
/** Values, some of which look like keys or brackets. */
const anyValue = fc.oneof(
  fc.constantFrom('1', 'null', '[]', '{}', '"}]"', '"\\\\"', '"constructor"', '["a","__proto__"]'),
  anyKey,
);
const member = fc.tuple(anyKey, anyValue);
/** An object or an array of these members, and what is inside of it between them. */
const level = fc.record({
  isObject: fc.boolean(),
  before: fc.array(member, { maxLength: 2 }),
  name: anyKey,
  after: fc.array(member, { maxLength: 2 }),
});
type Level = typeof level extends fc.Arbitrary<infer T> ? T : never;
const levels = fc.array(level, { maxLength: API_LIMITS.jsonDepthMax.value + 2, size: 'max' });

function written({ isObject, before, name, after }: Level, inside: string, space: string): string {
  const members = [...before, [name, inside] as const, ...after];
  const texts = members.map(([key, value]) => (isObject ? `${key}${space}:${value}` : value));
  const [open, close] = isObject ? ['{', '}'] : ['[', ']'];
  return `${space}${open}${texts.join(`${space},${space}`)}${close}${space}`;
}

function hasSoundKeys({ isObject, before, name, after }: Level): boolean {
  if (!isObject) return true;
  const keys = [...before.map(([key]) => key), name, ...after.map(([key]) => key)];
  const names = keys.map((key): string => JSON.parse(key));
  return new Set(names).size === names.length && !names.some((name) => /proto/.test(name));
}

describe('parseJsonBody', () => {
  it('reads what JSON.parse reads, however it is spaced, but for depth and keys', () => {
    fc.assert(
      fc.property(levels, anyValue, fc.constantFrom('', ' ', '\n\t'), (all, innermost, space) => {
        const text = all.reduceRight((inside, one) => written(one, inside, space), innermost);
        const isShallow = depthOf(JSON.parse(text)) <= API_LIMITS.jsonDepthMax.value;
        const parsed = parse(text);
        assert.equal(parsed.ok, isShallow && all.every(hasSoundKeys), text);
        if (parsed.ok) assert.deepEqual(parsed.value, JSON.parse(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws, and never reads what JSON.parse refuses', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '"a"', '1', 'null', ' ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        const parsed = parse(text);
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          assert.equal(parsed.ok, false);
          return;
        }
        if (parsed.ok) assert.deepEqual(parsed.value, expected);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (any) => {
        parseJsonBody(any);
      }),
    );
  });

  it('R3: reads as many levels as the bound says, and not one more', () => {
    const max = API_LIMITS.jsonDepthMax.value;
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const nested = (levels: number) => `${open.repeat(levels)}1${close.repeat(levels)}`;
      assert.equal(parse(nested(max)).ok, true);
      assert.equal(parse(nested(max + 1)).ok, false);
    }
    assert.equal(parse(`[${'[],'.repeat(100)}[]]`).ok, true);
  });

  it('R5: refuses a key twice in one object only, whatever its escapes', () => {
    for (const text of ['{"a":1,"a":1}', '{"a":1,"\\u0061":1}', '[{"b":{"a":1,"c":[],"a":2}}]']) {
      assert.equal(parse(text).ok, false, text);
    }
    for (const text of ['{"a":{"a":1}}', '[{"a":1},{"a":1}]', '{"a":"a","b":["a","a"]}']) {
      assert.equal(parse(text).ok, true, text);
    }
  });

  it('R10: refuses keys that poison prototypes, not values that look like them', () => {
    assert.equal(parse('{"__proto__":1}').ok, false);
    assert.equal(parse('{"a":{"\\u005f_proto__":1}}').ok, false);
    assert.equal(parse('{"constructor":1}').ok, false);
    assert.equal(parse('{"a":"__proto__"}').ok, true);
    assert.equal(parse('["constructor"]').ok, true);
  });

  it('takes brackets and quotes inside of strings for text', () => {
    const text = '{"a":"[[[[[[[[[[[[","b":"\\"{","c":"\\\\"}';
    assert.deepEqual(parse(text), { ok: true, value: JSON.parse(text) });
  });
});
