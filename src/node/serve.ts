import type { NodePort } from '../api/ports.ts';
import { type ApiObserver, ONE_ADDRESS, startApi } from '../api/server.ts';
import { startMetricsServer } from '../metrics/server.ts';
import { StorageFault } from '../storage/fault.ts';
import { StoreDamage } from '../storage/level/level-faults.ts';
import { API_LIMITS } from '../types/limits.ts';
import type { Ends } from './ends.ts';
import type { Config } from './folder/config.ts';
import { listenOrExplain } from './listen.ts';
import type { Log } from './log/logger.ts';
import type { Services } from './services.ts';

type ServeParts = {
  readonly config: Config;
  readonly log: Log;
  readonly ends: Ends;
  readonly port: NodePort;
  readonly services: Services;
  /** What clients may have of the files that may be open. */
  readonly connectionsMax: number;
};

type ServedUrls = { readonly rest: string; readonly metrics: string };

/** Opens the node to clients, and its metrics to who scrapes them. */
export async function serve(parts: ServeParts): Promise<ServedUrls> {
  const rest = await serveRest(parts);
  const metrics = await serveMetrics(parts);
  return { rest, metrics };
}

async function serveRest({
  config: { rest },
  log,
  ends,
  port,
  services,
  connectionsMax,
}: ServeParts): Promise<string> {
  const { metrics } = services;
  const observer: ApiObserver = {
    answered: (...answer) => metrics.httpAnswered(...answer),
    refused: (status) => metrics.httpRefused(status),
    fault: (error, requestId) => {
      log.error({ err: error, requestId }, 'a request failed');
      if (isDamage(error)) services.fail(error);
    },
  };
  const isLocal = /^(127\.|localhost$|::1$)/.test(rest.host);
  if (!isLocal) log.warn({ host: rest.host }, 'REST is open to other machines, without any login');
  const hostNames = isLocal ? [] : null;
  const bounds = { connectionsMax, ...(isLocal ? ONE_ADDRESS : {}) };
  if (connectionsMax < API_LIMITS.connectionsMax.value) {
    log.warn({ connectionsMax }, 'few files may be open (ulimit -n): REST takes fewer connections');
  }
  const api = await listenOrExplain('rest.port', `${rest.host}:${rest.port}`, () =>
    startApi({ node: port, ...rest, observer, hostNames, bounds }),
  );
  ends.push(() => api.close());
  return api.url;
}

async function serveMetrics({
  config,
  log,
  ends,
  services: { metrics },
}: ServeParts): Promise<string> {
  const scraped = config.metrics;
  const server = await listenOrExplain('metrics.port', `${scraped.host}:${scraped.port}`, () =>
    startMetricsServer({
      ...scraped,
      contentType: metrics.contentType,
      text: () => metrics.text(),
      onFault: (error) => log.error({ err: error }, 'a scrape failed'),
    }),
  );
  ends.push(() => server.close());
  return server.url;
}

/** Then nothing that rests on it may leave any more, whoever came by it. */
function isDamage(error: Error): boolean {
  const isOfJournal = error instanceof StorageFault && error.code === 'journal-corrupt';
  return isOfJournal || error instanceof StoreDamage;
}
