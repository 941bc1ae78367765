/** The part of libp2p's streams and connections that is replaced here. */
export type Teller = {
  listenerCount(type: string): number;
  safeDispatchEvent(type: string, detail?: object): boolean;
};

/**
 * Makes an event only if somebody listens. libp2p says at each of its three layers, after every message, that nothing
 * is left to be sent, to nobody unless something is being closed: for a small block that is a twentieth of sending it.
 */
export function tellListenersOnly(teller: Teller): void {
  const tell = teller.safeDispatchEvent.bind(teller);
  teller.safeDispatchEvent = (type, detail) =>
    teller.listenerCount(type) === 0 || tell(type, detail);
}
