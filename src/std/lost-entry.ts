/**
 * The store does not find what it was given for good: it is damaged. No fault of this program, and no answer could be
 * right; who drives it stops.
 */
export class LostEntry extends Error {
  override readonly name = 'LostEntry';
}
