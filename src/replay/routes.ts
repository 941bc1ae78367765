import { GENESIS_TX, type Trace } from './trace/trace.ts';

/**
 * spread: each to the next validator in turn. sticky: a transaction goes where its first parent went.
 * race: spread, but of two rivals each goes to half of the validators at once.
 */
export const ROUTINGS = ['spread', 'sticky', 'race'] as const;
export type Routing = (typeof ROUTINGS)[number];

/**
 * The validators for each transaction, of 0..targets-1; the first one is the one that it is posted to,
 * the others get it too. Rivals go to different ones (if there are two), so that they enter the ledger
 * through different lanes.
 */
export function routesOf(
  trace: Trace,
  targets: number,
  routing: Routing,
): readonly (readonly number[])[] {
  const single = Array.from({ length: targets }, (_, target) => [target]);
  const routes: (readonly number[])[] = [];
  let turn = 0;
  for (const { inputs, rivals } of trace.txs) {
    const parent = inputs.find(({ tx }) => tx !== GENESIS_TX);
    const rival = rivals.at(-1);
    if (rival !== undefined) routes.push(single[(routes[rival]![0]! + 1) % targets]!);
    else if (routing === 'sticky' && parent !== undefined) routes.push(routes[parent.tx]!);
    else routes.push(single[turn++ % targets]!);
  }
  if (routing !== 'race' || targets < 2) return routes;
  for (const [at, { rivals }] of trace.txs.entries()) {
    if (rivals.length === 0) continue;
    routes[rivals[0]!] = everySecond(0, targets);
    routes[at] = everySecond(1, targets);
  }
  return routes;
}

function everySecond(first: number, targets: number): number[] {
  return Array.from({ length: targets }, (_, target) => target).filter(
    (target) => target % 2 === first,
  );
}
