/** An address of this machine beside 127.0.0.1: what connects from it is another host to a server. */
export const SECOND_HOST = '127.0.0.2';

/** Why there is none here; false: there is. */
export const withoutSecondHost =
  process.platform !== 'linux' &&
  'the loopback interface has one address only, elsewhere than on Linux';
