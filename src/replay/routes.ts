import { GENESIS_TX, type Trace } from './trace.ts';

/** spread: each to the next validator in turn. sticky: a transaction goes where its first parent went. */
export type Routing = 'spread' | 'sticky';

/**
 * The validator for each transaction, 0..targets-1. Rivals go to different ones (if there are two), so
 * that they enter the ledger through different lanes.
 */
export function routesOf(trace: Trace, targets: number, routing: Routing): Int16Array {
  const routes = new Int16Array(trace.txs.length);
  let turn = 0;
  for (const [at, { inputs, rivals }] of trace.txs.entries()) {
    const parent = inputs.find(({ tx }) => tx !== GENESIS_TX);
    const rival = rivals.at(-1);
    if (rival !== undefined) routes[at] = (routes[rival]! + 1) % targets;
    else if (routing === 'sticky' && parent !== undefined) routes[at] = routes[parent.tx]!;
    else routes[at] = turn++ % targets;
  }
  return routes;
}
