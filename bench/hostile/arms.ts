import { uint32Bytes } from '../../src/std/bytes.ts';
import type { BenchDevnet } from '../devnet.ts';
import type { Arms, AttackName, Shot } from './attacks.ts';
import type { Purse, Signed } from './purse.ts';

const BATCH = 100;
/** Batches per second at all validators together: bad signatures, rivals of one coin. */
const BATCHES_PER_SECOND = 64;
/** Pairs that end up in blocks of two lanes. */
const PAIRS_PER_SECOND = 64;
const LARGE_OUTPUTS = 1000;
const LARGE_BATCH = 10;
/** Ten thousand outputs, 0.4 MB each. */
const LARGE_BATCHES_PER_SECOND = 1;

/** Signs everything that the attack will send. */
export function armsFor(
  name: AttackName,
  devnet: BenchDevnet,
  purse: Purse,
  seconds: number,
): Arms {
  const p2p = devnet.validators.map(({ p2p: address }) => {
    const [, , host, , port] = address.split('/');
    return `http://${host}:${port}`;
  });
  const { targets: rest } = devnet;
  return { rest, p2p, shots: shotsFor(name, rest.length, purse, seconds) };
}

function shotsFor(name: AttackName, places: number, purse: Purse, seconds: number): Shot[] {
  switch (name) {
    case 'bad-signatures': {
      const bad = forged(purse.take()(0));
      const body = binary(Array.from({ length: BATCH }, () => bad));
      return volley(BATCHES_PER_SECOND, seconds, (i) => ({ at: i % places, body }));
    }
    case 'double-spends': {
      const payment = purse.take();
      return volley(BATCHES_PER_SECOND, seconds, (i) => {
        const rivals = Array.from({ length: BATCH }, (_, k) => payment(i * BATCH + k).bytes);
        return { at: i % places, body: binary(rivals) };
      });
    }
    case 'contested-pairs':
    case 'more-payments':
      return volley(PAIRS_PER_SECOND, seconds, (i) => {
        const payment = purse.take();
        const others = name === 'contested-pairs' ? payment : purse.take();
        return [payment(0), others(1)].map(({ bytes }, side) => {
          return { at: (i + side) % places, body: binary([bytes]) };
        });
      });
    case 'large-blocks':
      return volley(LARGE_BATCHES_PER_SECOND, seconds, () => {
        const large = Array.from({ length: LARGE_BATCH }, () => purse.takeLarge(LARGE_OUTPUTS));
        return { at: places - 1, body: binary(large.map(({ bytes }) => bytes)) };
      });
    default:
      return [];
  }
}

export type Aimed = Omit<Shot, 'atMs'>;

export function volley(
  perSecond: number,
  seconds: number,
  shoot: (i: number, atMs: number) => Aimed | readonly Aimed[],
): Shot[] {
  return Array.from({ length: Math.ceil(perSecond * seconds) }, (_, i) => {
    const atMs = (1000 * i) / perSecond;
    const aimed = [shoot(i, atMs)].flat() as Aimed[];
    return aimed.map((one) => ({ ...one, atMs }));
  }).flat();
}

export function binary(txs: readonly Uint8Array[]): Buffer {
  return Buffer.concat(txs.flatMap((tx) => [uint32Bytes(tx.length), tx]));
}

function forged({ bytes }: Signed): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length - 1] = (copy[copy.length - 1] as number) ^ 1;
  return copy;
}
