import { parseAddress } from '../../membership/addresses.ts';
import { NETWORK_LIMITS } from '../../types/limits.ts';
import { configError } from '../operator-error.ts';
import type { Config } from './config.ts';

/** Before anything is opened: a replay can take long, and what is wrong here is wrong from the start. */
export function checkAddresses({ p2p }: Config): void {
  refuseStrange('p2p.listen', [p2p.listen]);
  refuseStrange('p2p.announce', p2p.announce);
  refuseStrange('p2p.bootstrap', p2p.bootstrap);
  const max = NETWORK_LIMITS.recordAddressesMax.value;
  if (p2p.announce.length <= max) return;
  throw configError(`p2p.announce: ${p2p.announce.length} addresses, the others take ${max}`);
}

/** Throws an OperatorError if one of them cannot be an address of a peer; `where` is what to put right. */
export function refuseStrange(where: string, addresses: readonly string[]): void {
  for (const address of addresses) {
    const parsed = parseAddress(address);
    if (!parsed.ok) throw configError(`${where}: ${parsed.error}`);
  }
}
