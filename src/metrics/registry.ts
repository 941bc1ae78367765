import type { ErrorCode } from '../types/errors.ts';
import type { FinalPath } from '../types/ledger.ts';
import { Families } from './families.ts';
import type { MetricsSource } from './ports.ts';
import { ProcessReadings } from './process.ts';
import { scrape } from './scrape.ts';

const HTTP_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** What the node tells as it happens; the rest is read from the source when scraped. */
export interface Metrics {
  final(path: FinalPath, seconds: number): void;
  refused(code: ErrorCode, count: number): void;
  httpAnswered(method: string, route: string, status: number, seconds: number): void;
  httpRefused(status: number): void;
  journalSynced(seconds: number): void;
  batchVerified(seconds: number): void;
  /** The exposition of everything, and its content type. */
  readonly contentType: string;
  text(): Promise<string>;
  close(): void;
}

export function createMetrics(source: MetricsSource): Metrics {
  const families = new Families();
  const readings = new ProcessReadings();
  return {
    contentType: families.contentType,
    final: (path, seconds) =>
      families.observe('althing_transaction_final_duration_seconds', seconds, { path }),
    refused: (code, count) => families.add('althing_transactions_refused_total', count, { code }),
    httpAnswered(method, route, status, seconds) {
      const known = HTTP_METHODS.has(method) ? method : 'other';
      families.add('althing_http_requests_total', 1, { route, method: known, code: status });
      families.observe('althing_http_request_duration_seconds', seconds, { route });
    },
    httpRefused: (status) =>
      families.add('althing_http_refused_connections_total', 1, { code: status }),
    journalSynced: (seconds) => families.observe('althing_journal_sync_duration_seconds', seconds),
    batchVerified: (seconds) =>
      families.observe('althing_signature_verify_batch_duration_seconds', seconds),
    text() {
      scrape(families, source, readings.take());
      return families.text();
    },
    close: () => readings.close(),
  };
}
