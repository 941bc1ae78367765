import type { RouteOptions } from 'fastify';
import { problem } from '../types/errors.ts';
import type { App } from './context.ts';
import { sendProblem } from './problem.ts';

/** Notes the methods of every route registered after it. */
export function collectMethods(app: App): ReadonlyMap<string, ReadonlySet<string>> {
  const routes = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }: RouteOptions) => {
    const methods = routes.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    routes.set(url, methods);
  });
  return routes;
}

/** Makes every other method of a known path a 405 with Allow, before a body is read. */
export function refuseOtherMethods(
  app: App,
  routes: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  for (const [url, allowed] of [...routes]) {
    const allow = [...allowed].join(', ');
    app.route({
      method: app.supportedMethods.filter((method) => !allowed.has(method)),
      url,
      schema: { hide: true },
      onRequest: async (_request, reply) => {
        reply.header('allow', allow);
        return sendProblem(reply, problem('method-not-allowed', `This path has ${allow}.`));
      },
      handler: async () => undefined,
    });
  }
}
