import dns from 'node:dns';
import type { LookupFunction } from 'node:net';

type Answered = Parameters<LookupFunction>[2];

/**
 * Asks for the address of a name once at a time. A lookup goes on when the dial is over that wanted it, and Node.js
 * runs two at a time: a member whose names nobody answers would put one more in line with each dial, and the names of
 * all others behind them.
 */
export function sharedLookup(): LookupFunction {
  const waiting = new Map<string, Answered[]>();
  return (name, options, answered) => {
    const key = JSON.stringify([name, options]);
    const others = waiting.get(key);
    if (others !== undefined) {
      others.push(answered);
      return;
    }
    const all = [answered];
    waiting.set(key, all);
    dns.lookup(name, options, (...answer: Parameters<Answered>) => {
      waiting.delete(key);
      for (const each of all) each(...answer);
    });
  };
}
