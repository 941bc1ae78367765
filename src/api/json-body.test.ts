import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { API_LIMITS } from '../types/limits.ts';
import { parseJsonBody } from './json-body.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => parseJsonBody(bytes(text));
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
    : 0;

describe('parseJsonBody', () => {
  it('reads what JSON.parse reads, however it is spaced, within the depth', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 10 }), fc.constantFrom(0, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        const isShallow = depthOf(value) <= API_LIMITS.jsonDepthMax.value;
        const hasForbidden = /"(__proto__|constructor|prototype)":/.test(JSON.stringify(value));
        const parsed = parse(text);
        assert.equal(parsed.ok, isShallow && !hasForbidden);
        if (parsed.ok) assert.deepEqual(parsed.value, JSON.parse(text));
      }),
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
