/** Payload number `ordinal` of the crash test: of varying length, and never like another. */
export function numberedPayload(ordinal: number): Uint8Array {
  const payload = new Uint8Array(100 + ((ordinal * 7919) % 3000)).fill((ordinal % 250) + 1);
  new DataView(payload.buffer).setUint32(0, ordinal);
  return payload;
}
