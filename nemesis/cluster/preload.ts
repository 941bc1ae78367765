import { isMainThread } from 'node:worker_threads';
import { ORDERS_VARIABLE, type Order } from './orders.ts';

/*
 * Loaded into a validator before anything else (--import). Moves its wall clock when it is told to. Orders
 * that reach into its code need the compiled sources; without any, none of these are loaded here.
 */

function moveClock(): void {
  const now = Date.now;
  let offsetMs = 0;
  Date.now = () => now() + offsetMs;
  process.on('message', (order: Order) => {
    if (order.kind === 'clock') offsetMs = order.offsetMs;
  });
  process.channel?.unref();
}

if (isMainThread) {
  moveClock();
  const orders = process.env[ORDERS_VARIABLE] ?? '{}';
  if (orders !== '{}') (await import('./obey.ts')).obey(JSON.parse(orders));
}
