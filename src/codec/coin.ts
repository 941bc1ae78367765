import type { Result } from '../std/result.ts';
import type { TxId } from '../types/ids.ts';
import type { Coin } from '../types/ledger.ts';
import { decodeOrDetail, type Reader } from './reader.ts';
import { readOutput } from './transaction.ts';
import { Writer } from './writer.ts';

/** amount, lock, acceptedEpoch; then, of a spent coin only, spentBy and spentEpoch. */
export function encodeCoin(coin: Coin): Uint8Array {
  const writer = new Writer(81);
  writer.u64(coin.amount);
  writer.lock(coin.lock);
  writer.u32(coin.acceptedEpoch);
  if (coin.spentBy !== null) {
    writer.digest(coin.spentBy);
    writer.u32(coin.spentEpoch);
  }
  return writer.finish();
}

export function decodeCoin(bytes: Uint8Array): Result<Coin, string> {
  return decodeOrDetail(bytes, readCoin);
}

function readCoin(reader: Reader): Coin {
  const { amount, lock } = readOutput(reader);
  const acceptedEpoch = reader.u32();
  if (reader.left === 0) return { amount, lock, acceptedEpoch, spentBy: null, spentEpoch: 0 };
  const spentBy = reader.digest() as string as TxId;
  const spentEpoch = reader.u32();
  if (spentEpoch === 0) reader.fail('spent in epoch 0');
  return { amount, lock, acceptedEpoch, spentBy, spentEpoch };
}
