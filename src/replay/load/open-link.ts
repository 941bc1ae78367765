import { AlgorandLink } from './algorand-link.ts';
import { AlthingLink } from './althing-link.ts';
import type { Link, LinkSpec } from './link.ts';
import { NullLink } from './null-link.ts';

/** Throws AlthingError for a text that is no URL. */
export function openLink(spec: LinkSpec): Link {
  if (spec.system === 'althing') return new AlthingLink(spec.urls);
  if (spec.system === 'algorand') return new AlgorandLink(spec.urls, spec.tokens);
  return new NullLink();
}
