import { hex8 } from '../../codec/hex.ts';
import type { Epoch } from '../../types/ids.ts';

/** Keys of the tables by epoch (storage/layout.ts). */

export const CERTIFICATE_TABLE = 'k';

export function certificateKey(epoch: Epoch): string {
  return `${CERTIFICATE_TABLE}${hex8(epoch)}`;
}

export function outcomesKey(epoch: Epoch): string {
  return `o${hex8(epoch)}`;
}
