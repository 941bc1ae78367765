/** Addresses of development networks begin so, and of no other. */
export const DEV_PREFIX = 'althdev';
