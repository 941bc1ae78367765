import { peerIdFromString } from '@libp2p/peer-id';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { err, ok, type Result } from '../std/result.ts';

/** Where a peer can be dialled. `peerId` is null when only the operator's word says who listens there. */
export type PeerAddress = { readonly address: string; readonly peerId: string | null };

const HOSTS = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6']);

/** Reads /ip4|ip6|dns|dns4|dns6/<host>/tcp/<port>, with or without /p2p/<peer id> at its end. */
export function parseAddress(text: string): Result<PeerAddress, string> {
  try {
    const split = splitAddress(multiaddr(text));
    if (split.ok && split.value.peerId !== null) peerIdFromString(split.value.peerId);
    return split;
  } catch {
    return err(`${text} is not a multiaddr, such as /ip4/127.0.0.1/tcp/5000/p2p/16Uiu2...`);
  }
}

export function splitAddress(address: Multiaddr): Result<PeerAddress, string> {
  const [host, port, peer, ...rest] = address.getComponents();
  const isTcp = host !== undefined && HOSTS.has(host.name) && port?.name === 'tcp';
  const isPeer = peer === undefined || peer.name === 'p2p';
  if (!isTcp || !isPeer || rest.length > 0)
    return err(`${address.toString()} is not a TCP address`);
  const plain = `/${host.name}/${host.value}/tcp/${port.value}`;
  return ok({ address: plain, peerId: peer?.value ?? null });
}

/** The dialable form: the handshake then proves that this very peer answers. */
export function dialAddress({ address, peerId }: PeerAddress): Multiaddr {
  return multiaddr(peerId === null ? address : `${address}/p2p/${peerId}`);
}
