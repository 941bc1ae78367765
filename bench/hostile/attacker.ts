import { setMaxListeners } from 'node:events';
import { type Arms, ATTACKS, type AttackName } from './attacks.ts';

/*
 * The attacker's own process: its work must not hold up the clients that are measured, and its processor
 * time can be told from that of the validators. Takes one order, strikes until the next message, ends.
 */
export type Order =
  | { readonly kind: 'attack'; readonly name: AttackName; readonly arms: Arms }
  /** The control: so much of a core used up, and nothing sent to anybody. */
  | { readonly kind: 'burn'; readonly share: number };

export type Report = { readonly struck: number; readonly cpuMs: number };

const BURN_PERIOD_MS = 20;

async function burn(share: number, until: AbortSignal): Promise<number> {
  let periods = 0;
  while (!until.aborted) {
    const end = performance.now() + BURN_PERIOD_MS;
    const { user, system } = process.cpuUsage();
    const spent = () => {
      const since = process.cpuUsage({ user, system });
      return (since.user + since.system) / 1000;
    };
    while (spent() < share * BURN_PERIOD_MS);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, end - performance.now())));
    periods += 1;
  }
  return periods;
}

process.once('message', async (order: Order) => {
  const stop = new AbortController();
  // One listener for each socket that is held.
  setMaxListeners(0, stop.signal);
  const over = new Promise<void>((resolve) => process.once('message', () => resolve()));
  void over.then(() => stop.abort());
  const before = process.cpuUsage();
  const struck =
    order.kind === 'burn'
      ? await burn(order.share, stop.signal)
      : await ATTACKS[order.name](order.arms, stop.signal);
  const { user, system } = process.cpuUsage(before);
  // Out of ammunition, perhaps, before it is told.
  await over;
  process.send?.({ struck, cpuMs: (user + system) / 1000 } satisfies Report);
  process.disconnect();
});
process.send?.('armed');
