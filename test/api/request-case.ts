import { toHex } from '../../src/codec/hex.ts';
import { addressOf, bob, payment, signed } from './fake-ledger.ts';

/** Rows R of the catalogue of faults: what a client can send that is wrong, over well-formed HTTP. */

export type Expected = readonly [status: number, code: string];
export type Row = {
  readonly id: string;
  readonly what: string;
  readonly expected: Expected;
  readonly cases: readonly Case[];
};
export type Case = {
  readonly path: string;
  readonly method?: string;
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
};

export const TXS = '/v1/transactions';
export const BATCH = '/v1/transactions/batch';
export const FAUCET = '/dev/v1/faucet';
export const hex = toHex(signed(payment(0)));
export const json = (body: string, path = TXS): Case => ({ path, body, type: 'application/json' });
export const binary = (body: Uint8Array, path = TXS): Case => ({
  path,
  body,
  type: 'application/octet-stream',
});
export const typed = (type: string): Case => ({
  path: TXS,
  body: JSON.stringify({ tx: hex }),
  type,
});
export const get = (path: string): Case => ({ path, method: 'GET' });
export const faucet = (amount: string): Case =>
  json(`{"address":"${addressOf(bob)}","amount":${amount}}`, FAUCET);
export const of = <T>(make: (value: T) => Case, ...values: readonly T[]) =>
  values.map((value) => make(value));

export const invalid: Expected = [400, 'invalid-request'];
export const media: Expected = [415, 'unsupported-media-type'];
export const large: Expected = [413, 'too-large'];
export const absent: Expected = [404, 'not-found'];

export const STRANGE_TEXTS = [
  '\u0000',
  '\u202Eabc',
  '\uFF10\uFF11',
  "'; DROP TABLE coins; --",
  '../../etc/passwd',
  '<script>alert(1)</script>',
  'a\r\nset-cookie: x',
  '\u{1F469}\u200D\u{1F52C}',
  '%s%n',
  'undefined.',
];
