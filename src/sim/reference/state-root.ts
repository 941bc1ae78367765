import { fromHex } from '../../codec/hex.ts';
import { Writer } from '../../codec/writer.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { type Digest, type OutpointKey, parseOutpointKey, ZERO_DIGEST } from '../../types/ids.ts';
import type { Coin } from '../../types/ledger.ts';

type Leaf = { readonly bits: string; readonly hash: Digest };

/** stateRoot by its definition (PROTOCOL.md rule 6.11): a tree over all transactions with unspent outputs. */
export function stateRootOf(coins: ReadonlyMap<OutpointKey, Coin>): Digest {
  const contents = new Map<string, Writer>();
  for (const key of [...coins.keys()].sort()) {
    const coin = coins.get(key)!;
    if (coin.spentBy !== null) continue;
    const { txid, index } = parseOutpointKey(key);
    let content = contents.get(txid);
    if (content === undefined) {
      contents.set(txid, (content = new Writer()));
      content.u32(coin.acceptedEpoch);
    }
    content.u16(index);
    content.u64(coin.amount);
    content.lock(coin.lock);
  }
  return nodeOf([...contents].map(leafOf), 0);
}

function leafOf([txid, content]: readonly [string, Writer]): Leaf {
  const value = taggedHash('unspent-outputs', content.finish());
  const key = fromHex(txid)!;
  const bits = [...key].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return { bits, hash: taggedHash('state-leaf', key, fromHex(value)!) };
}

function nodeOf(leaves: readonly Leaf[], depth: number): Digest {
  const [first] = leaves;
  if (first === undefined) return ZERO_DIGEST;
  if (leaves.length === 1) return first.hash;
  const [left, right] = ['0', '1'].map((bit) =>
    nodeOf(
      leaves.filter(({ bits }) => bits[depth] === bit),
      depth + 1,
    ),
  );
  return taggedHash('state-node', fromHex(left!)!, fromHex(right!)!);
}
