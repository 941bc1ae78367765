import { err, ok, type Result } from '../../std/result.ts';
import type { Problem } from '../../types/errors.ts';
import { problem } from '../../types/errors.ts';
import { API_LIMITS } from '../../types/limits.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Parses a JSON body strictly. JSON.parse alone takes the last of two equal keys, any depth, and
 * keys that poison prototypes; those and invalid UTF-8 are refused here with `invalid-request`.
 */
export function parseJsonBody(bytes: Uint8Array): Result<unknown, Problem> {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return refuse('The body is not valid UTF-8.');
  }
  const fault = structureFault(text);
  if (fault !== null) return refuse(fault);
  try {
    return ok(JSON.parse(text));
  } catch {
    return refuse('The body is not valid JSON.');
  }
}

function refuse(detail: string): Result<never, Problem> {
  return err(problem('invalid-request', detail));
}

/**
 * What is wrong with nesting and keys, or null. Walks the text once and knows only strings and
 * brackets: text that is not JSON at all passes or fails here and is refused by the parser after it.
 */
function structureFault(text: string): string | null {
  // One entry per open bracket: the keys seen so far for an object, null for an array.
  const open: (Set<string> | null)[] = [];
  let expectKey = false;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: {
        const end = closingQuote(text, i + 1);
        if (end < 0) return 'The body is not valid JSON.';
        if (expectKey) {
          const fault = keyFault(text.slice(i, end + 1), open[open.length - 1] ?? null);
          if (fault !== null) return fault;
          expectKey = false;
        }
        i = end;
        break;
      }
      case 0x7b:
        open.push(new Set());
        expectKey = true;
        break;
      case 0x5b:
        open.push(null);
        expectKey = false;
        break;
      case 0x7d:
      case 0x5d:
        open.pop();
        expectKey = false;
        break;
      case 0x2c:
        expectKey = (open[open.length - 1] ?? null) !== null;
        break;
    }
    if (open.length > API_LIMITS.jsonDepthMax.value) {
      return `The body nests deeper than ${API_LIMITS.jsonDepthMax.value} levels.`;
    }
  }
  return null;
}

function closingQuote(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}

function keyFault(quoted: string, keys: Set<string> | null): string | null {
  let key: string;
  try {
    // Decoded, so that an escaped spelling of a key counts as that key.
    key = quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1);
  } catch {
    return 'The body is not valid JSON.';
  }
  if (FORBIDDEN_KEYS.has(key)) return 'The body has a key that is not allowed.';
  if (keys?.has(key)) return 'The body has the same key twice.';
  keys?.add(key);
  return null;
}
