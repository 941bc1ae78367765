import { createHash } from 'node:crypto';

/** In hex: of a file, as a trace names what it was made of, or of a text, to seed what is drawn. */
export function sha256Of(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
