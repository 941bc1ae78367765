import { isMainThread } from 'node:worker_threads';
import type { Order } from './orders.ts';

/* Loaded into a validator before anything else (--import). Moves its wall clock when it is told to. */

function moveClock(): void {
  const now = Date.now;
  let offsetMs = 0;
  Date.now = () => now() + offsetMs;
  process.on('message', (order: Order) => {
    if (order.kind === 'clock') offsetMs = order.offsetMs;
  });
  process.channel?.unref();
}

if (isMainThread) moveClock();
