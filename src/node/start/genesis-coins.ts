import { GENESIS_TX_OUTPUTS, genesisCoins } from '../../codec/genesis.ts';
import { Coins } from '../../ledger/coins.ts';
import { runToEnd } from '../../std/slices.ts';
import type { Genesis } from '../../types/genesis.ts';
import type { LedgerId, OutpointKey } from '../../types/ids.ts';
import type { Coin } from '../../types/ledger.ts';
import { FLUSH_BYTES, type NodeData } from './data.ts';

/** Outputs that are put into the store at a time: whole transactions of the genesis. */
const PART = 256 * GENESIS_TX_OUTPUTS;

/** Puts the outputs of the genesis into a new store, in parts, so that memory never holds them all. */
export async function storeGenesis(
  store: NodeData['store'],
  genesis: Genesis,
  ledgerId: LedgerId,
): Promise<void> {
  const coins = new Coins(store);
  let part: [OutpointKey, Coin][] = [];
  const put = async (): Promise<void> => {
    coins.loadGenesis(part);
    runToEnd(coins.flush());
    part = [];
    if (store.backlogBytes > FLUSH_BYTES) await store.flush();
  };
  for (const coin of genesisCoins(genesis, ledgerId)) {
    part.push(coin);
    if (part.length === PART) await put();
  }
  await put();
}
