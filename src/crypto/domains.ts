import { hash } from 'node:crypto';

/**
 * Everything that is ever hashed or signed has one of these purposes. Each hash begins with the
 * purpose's 32-byte tag, so bytes made for one purpose never stand for another.
 */
export const DOMAINS = [
  'transaction',
  'witnesses',
  'transaction-leaf',
  'block',
  'votes',
  'checkpoint',
  'params',
  'genesis',
  'genesis-transaction',
  'fee-transaction',
  'list-leaf',
  'list-node',
  'list-root',
  'state-leaf',
  'state-node',
  'lock-key',
  'lock-multi',
  'bucket',
  'epoch-seed',
  'outcome',
  'unspent-outputs',
] as const;

export type Domain = (typeof DOMAINS)[number];

export const TAG_BYTES = 32;

/** Tag of each domain: SHA-256 of `althing/1/` and its name. */
export const TAGS: Readonly<Record<Domain, Buffer>> = Object.fromEntries(
  DOMAINS.map((domain) => [domain, hash('sha256', `althing/1/${domain}`, 'buffer')]),
) as Record<Domain, Buffer>;
