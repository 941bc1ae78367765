import type { Families } from './families.ts';
import type { MetricsSource } from './ports.ts';
import type { ProcessReading } from './process.ts';

/** Reads what the node holds, and how its process is, when somebody scrapes. */
export function scrape(to: Families, source: MetricsSource, now: ProcessReading): void {
  readNode(to, source, now);
  readJournal(to, source);
  readSavepoints(to, source);
  readReplica(to, source);
  readLanes(to, source);
  readNetwork(to, source);
}

function readNode(to: Families, source: MetricsSource, now: ProcessReading): void {
  to.set('althing_build_info', 1, {
    version: source.version,
    node_version: process.version,
    verifier_backend: source.verifierBackend,
  });
  to.set('althing_ready', Number(source.ready()));
  to.set('althing_process_start_time_seconds', now.startSeconds);
  to.total('althing_process_cpu_seconds_total', now.cpuSeconds);
  to.set('althing_process_resident_memory_bytes', now.residentBytes);
  to.set('althing_process_heap_used_bytes', now.heapUsedBytes);
  to.set('althing_event_loop_lag_p99_seconds', now.lagP99Seconds);
  to.set('althing_event_loop_lag_max_seconds', now.lagMaxSeconds);
  const { valid, invalid } = source.verified();
  to.totals('althing_signature_verifications_total', [
    [valid, { result: 'valid' }],
    [invalid, { result: 'invalid' }],
  ]);
  to.set('althing_signature_verify_queue_length', source.verifyQueueLength());
}

function readJournal(to: Families, source: MetricsSource): void {
  const { bytes, segments } = source.journal();
  to.set('althing_journal_bytes', bytes);
  to.set('althing_store_bytes', source.storeBytes());
  to.set('althing_disk_free_bytes', source.diskFreeBytes());
  to.set('althing_journal_segments', segments);
  const dropped = source.dropped();
  to.set('althing_stop_state_bytes', dropped.stateBytes);
  to.set('althing_generations_dropped', dropped.generations);
  to.total('althing_segments_dropped_total', dropped.segments);
  to.total('althing_drop_failures_total', dropped.failed);
}

function readSavepoints(to: Families, source: MetricsSource): void {
  const { continued, misfit, replayed, transactions, times } = source.start();
  to.set('althing_start_replayed_blocks', replayed);
  to.set('althing_start_replayed_transactions', transactions);
  for (const [part, ms] of Object.entries(times)) {
    to.set('althing_start_seconds', ms / 1000, { part });
  }
  to.set('althing_start_continued', Number(continued !== null), { misfit: misfit ?? 'none' });
  const { blocks, written, failed, seconds } = source.savepoints();
  to.set('althing_savepoint_blocks', blocks);
  to.totals('althing_savepoints_total', [
    [written, { result: 'written' }],
    [failed, { result: 'failed' }],
  ]);
  to.total('althing_savepoint_seconds_total', seconds);
}

function readReplica(to: Families, source: MetricsSource): void {
  const counted = source.view().counters();
  to.total('althing_transactions_submitted_total', counted.submitted);
  to.total('althing_transactions_admitted_total', counted.admittedTxs);
  to.totals('althing_transactions_final_total', [
    [counted.finalClean, { path: 'clean' }],
    [counted.finalContested, { path: 'contested' }],
  ]);
  to.total('althing_transactions_rejected_total', counted.rejectedTxs);
  to.total('althing_transactions_dropped_total', counted.droppedTxs);
  to.total('althing_blocks_admitted_total', counted.admittedBlocks);
  to.total('althing_blocks_built_total', counted.builtBlocks);
  to.total('althing_blocks_refused_total', counted.refusedBlocks);
  to.total('althing_view_changes_total', counted.viewChanges);
  to.total('althing_pulls_total', counted.pulls);
  to.total('althing_equivocations_total', counted.equivocations);
  to.set('althing_blocks_waiting', counted.waitingBlocks);
  to.set('althing_contested_transactions', counted.contested);
  to.set('althing_mempool_transactions', counted.mempoolTxs);
  to.set('althing_mempool_bytes', counted.mempoolBytes);
  to.set('althing_orphan_transactions', counted.orphans);
  to.set('althing_uncheckpointed_transactions', counted.uncheckpointedTxs);
  const { decided, applied, stable, view } = source.view().progress();
  to.set('althing_epoch', decided, { stage: 'decided' });
  to.set('althing_epoch', applied, { stage: 'applied' });
  to.set('althing_epoch', stable, { stage: 'stable' });
  to.set('althing_view', view);
}

function readLanes(to: Families, source: MetricsSource): void {
  for (const { lane, seq, certified, final, equivocates } of source.view().lanes()) {
    to.set('althing_lane_seq', seq, { lane });
    to.set('althing_lane_certified_seq', certified, { lane });
    to.set('althing_lane_final_seq', final, { lane });
    to.set('althing_lane_equivocates', Number(equivocates), { lane });
  }
}

function readNetwork(to: Families, source: MetricsSource): void {
  const validators = source.validators();
  to.set('althing_validators', validators.length);
  to.set('althing_validators_online', validators.filter((one) => one.online).length);
  to.set('althing_clock_offset_seconds', source.othersAheadMs() / 1000);
  to.set('althing_p2p_peers', source.peers());
  const { refused, cut } = source.turnedAway();
  to.total('althing_p2p_refused_connections_total', refused);
  to.total('althing_p2p_cut_connections_total', cut);
  to.setAll(
    'althing_validator_round_trip_seconds',
    validators.flatMap(({ lane, roundTripMs }) =>
      roundTripMs === null ? [] : [[roundTripMs / 1000, { lane }]],
    ),
  );
  const traffic = source.traffic();
  const labelled = (field: 'messages' | 'bytes') =>
    traffic.map(({ direction, kind, ...totals }) => [totals[field], { direction, kind }] as const);
  to.totals('althing_p2p_messages_total', labelled('messages'));
  to.totals('althing_p2p_bytes_total', labelled('bytes'));
}
