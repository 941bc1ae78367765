import { RateLimit } from '../../std/rate-limit.ts';
import { API_LIMITS } from '../../types/limits.ts';

/** Of each client address; `now` in monotonic milliseconds. */
export function badSignatureLimit(now: () => number): RateLimit {
  return new RateLimit({
    burst: API_LIMITS.badSignaturesBurst.value,
    perSecond: API_LIMITS.badSignaturesPerSecond.value,
    addressesMax: API_LIMITS.clientAddressesMax.value,
    now,
  });
}
