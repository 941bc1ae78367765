import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ErrorCode } from '../types/errors.ts';
import type { FinalPath } from '../types/ledger.ts';
import { METRICS, type MetricName, type MetricSpec } from './names.ts';
import type { MetricsSource } from './ports.ts';
import { ProcessReadings } from './process.ts';

/** The only file that knows prom-client. */

const HTTP_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

type Labels = Readonly<Record<string, string | number>>;

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
  const registry = new Registry();
  const readings = new ProcessReadings();
  const counters = new Map<MetricName, Counter>();
  const gauges = new Map<MetricName, Gauge>();
  const histograms = new Map<MetricName, Histogram>();
  for (const [key, spec] of Object.entries(METRICS) as [MetricName, MetricSpec][]) {
    const { kind, help, labels = [], buckets = [] } = spec;
    const options = { name: key, help, labelNames: [...labels], registers: [registry] };
    if (kind === 'counter') counters.set(key, new Counter(options));
    else if (kind === 'gauge') gauges.set(key, new Gauge(options));
    else histograms.set(key, new Histogram({ ...options, buckets: [...buckets] }));
  }
  const of = <T>(family: ReadonlyMap<MetricName, T>, name: MetricName): T => {
    const found = family.get(name);
    if (found === undefined) throw new Error(`${name} is of another kind`);
    return found;
  };
  const set = (name: MetricName, value: number, labels: Labels = {}) =>
    of(gauges, name).set(labels, value);
  const add = (name: MetricName, value: number, labels: Labels = {}) =>
    of(counters, name).inc(labels, value);
  const observe = (name: MetricName, value: number, labels: Labels = {}) =>
    of(histograms, name).observe(labels, value);
  /** Replaces a counter by a running total that is kept elsewhere. */
  const total = (name: MetricName, values: readonly (readonly [number, Labels?])[]) => {
    of(counters, name).reset();
    for (const [value, labels] of values) add(name, value, labels);
  };

  return {
    contentType: registry.contentType,
    final: (path, seconds) =>
      observe('althing_transaction_final_duration_seconds', seconds, { path }),
    refused: (code, count) => add('althing_transactions_refused_total', count, { code }),
    httpAnswered(method, route, status, seconds) {
      const known = HTTP_METHODS.has(method) ? method : 'other';
      add('althing_http_requests_total', 1, { route, method: known, code: status });
      observe('althing_http_request_duration_seconds', seconds, { route });
    },
    httpRefused: (status) => add('althing_http_refused_connections_total', 1, { code: status }),
    journalSynced: (seconds) => observe('althing_journal_sync_duration_seconds', seconds),
    batchVerified: (seconds) => observe('althing_signature_verify_batch_duration_seconds', seconds),
    text() {
      readNode();
      readReplica();
      readLanes();
      readNetwork();
      return registry.metrics();
    },
    close: () => readings.close(),
  };

  function readNode(): void {
    set('althing_build_info', 1, {
      version: source.version,
      node_version: process.version,
      verifier_backend: source.verifierBackend,
    });
    set('althing_ready', Number(source.ready()));
    const now = readings.take();
    set('althing_process_start_time_seconds', now.startSeconds);
    total('althing_process_cpu_seconds_total', [[now.cpuSeconds]]);
    set('althing_process_resident_memory_bytes', now.residentBytes);
    set('althing_process_heap_used_bytes', now.heapUsedBytes);
    set('althing_event_loop_lag_p99_seconds', now.lagP99Seconds);
    set('althing_event_loop_lag_max_seconds', now.lagMaxSeconds);
    const { valid, invalid } = source.verified();
    total('althing_signature_verifications_total', [
      [valid, { result: 'valid' }],
      [invalid, { result: 'invalid' }],
    ]);
    set('althing_signature_verify_queue_length', source.verifyQueueLength());
    readJournal();
    readSavepoints();
  }

  function readJournal(): void {
    const { bytes, segments } = source.journal();
    set('althing_journal_bytes', bytes);
    set('althing_store_bytes', source.storeBytes());
    set('althing_journal_segments', segments);
    const dropped = source.dropped();
    set('althing_stop_state_bytes', dropped.stateBytes);
    set('althing_generations_dropped', dropped.generations);
    total('althing_segments_dropped_total', [[dropped.segments]]);
    total('althing_drop_failures_total', [[dropped.failed]]);
  }

  function readSavepoints(): void {
    const { continued, misfit, replayed, transactions, times } = source.start();
    set('althing_start_replayed_blocks', replayed);
    set('althing_start_replayed_transactions', transactions);
    for (const [part, ms] of Object.entries(times)) {
      set('althing_start_seconds', ms / 1000, { part });
    }
    set('althing_start_continued', Number(continued !== null), { misfit: misfit ?? 'none' });
    const { blocks, written, failed, seconds } = source.savepoints();
    set('althing_savepoint_blocks', blocks);
    total('althing_savepoints_total', [
      [written, { result: 'written' }],
      [failed, { result: 'failed' }],
    ]);
    total('althing_savepoint_seconds_total', [[seconds]]);
  }

  function readReplica(): void {
    const counted = source.view().counters();
    total('althing_transactions_submitted_total', [[counted.submitted]]);
    total('althing_transactions_admitted_total', [[counted.admittedTxs]]);
    total('althing_transactions_final_total', [
      [counted.finalClean, { path: 'clean' }],
      [counted.finalContested, { path: 'contested' }],
    ]);
    total('althing_transactions_rejected_total', [[counted.rejectedTxs]]);
    total('althing_transactions_dropped_total', [[counted.droppedTxs]]);
    total('althing_blocks_admitted_total', [[counted.admittedBlocks]]);
    total('althing_blocks_built_total', [[counted.builtBlocks]]);
    total('althing_blocks_refused_total', [[counted.refusedBlocks]]);
    total('althing_view_changes_total', [[counted.viewChanges]]);
    total('althing_pulls_total', [[counted.pulls]]);
    total('althing_equivocations_total', [[counted.equivocations]]);
    set('althing_blocks_waiting', counted.waitingBlocks);
    set('althing_contested_transactions', counted.contested);
    set('althing_mempool_transactions', counted.mempoolTxs);
    set('althing_mempool_bytes', counted.mempoolBytes);
    set('althing_orphan_transactions', counted.orphans);
    set('althing_uncheckpointed_transactions', counted.uncheckpointedTxs);
    const { decided, applied, stable, view } = source.view().progress();
    set('althing_epoch', decided, { stage: 'decided' });
    set('althing_epoch', applied, { stage: 'applied' });
    set('althing_epoch', stable, { stage: 'stable' });
    set('althing_view', view);
  }

  function readLanes(): void {
    for (const { lane, seq, certified, final, equivocates } of source.view().lanes()) {
      set('althing_lane_seq', seq, { lane });
      set('althing_lane_certified_seq', certified, { lane });
      set('althing_lane_final_seq', final, { lane });
      set('althing_lane_equivocates', Number(equivocates), { lane });
    }
  }

  function readNetwork(): void {
    const validators = source.validators();
    set('althing_validators', validators.length);
    set('althing_validators_online', validators.filter((one) => one.online).length);
    set('althing_p2p_peers', source.peers());
    const { refused, cut } = source.turnedAway();
    total('althing_p2p_refused_connections_total', [[refused]]);
    total('althing_p2p_cut_connections_total', [[cut]]);
    of(gauges, 'althing_validator_round_trip_seconds').reset();
    for (const { lane, roundTripMs } of validators) {
      if (roundTripMs !== null) {
        set('althing_validator_round_trip_seconds', roundTripMs / 1000, { lane });
      }
    }
    const traffic = source.traffic();
    const labelled = (field: 'messages' | 'bytes') =>
      traffic.map(
        ({ direction, kind, ...totals }) => [totals[field], { direction, kind }] as const,
      );
    total('althing_p2p_messages_total', labelled('messages'));
    total('althing_p2p_bytes_total', labelled('bytes'));
  }
}
