import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { COUNTERS } from '../../test/api/counters.ts';
import type { Progress, ReplicaView } from '../replica/view.ts';
import { METRICS, type MetricSpec } from './names.ts';
import type { MetricsSource } from './ports.ts';
import { createMetrics, type Metrics } from './registry.ts';
import { startMetricsServer } from './server.ts';

const progress: Progress = {
  decided: 30,
  applied: 29,
  stable: 28,
  dropped: 0,
  view: 1,
  ready: true,
};
const lane = { head: null, headTimeMs: 0, certified: 8, final: 7, waiting: 0 };
const view = {
  counters: () => COUNTERS,
  progress: () => progress,
  lanes: () => [
    { ...lane, lane: 0, seq: 9, equivocates: false },
    { ...lane, lane: 1, seq: 19, equivocates: true },
  ],
} as Partial<ReplicaView> as ReplicaView;

const traffic = { direction: 'in', kind: 'block', messages: 100, bytes: 5000 } as const;
const source: MetricsSource = {
  version: '1.2.3',
  verifierBackend: 'native',
  view: () => view,
  ready: () => true,
  verifyQueueLength: () => 21,
  verified: () => ({ valid: 22, invalid: 23 }),
  journal: () => ({ bytes: 24, segments: 46 }),
  storeBytes: () => 52,
  diskFreeBytes: () => 55,
  dropped: () => ({ generations: 47, segments: 48, failed: 49, stateBytes: 50 }),
  start: () => ({
    continued: null,
    misfit: 'missing',
    replayed: 40,
    transactions: 53,
    times: { replay: 54 },
  }),
  savepoints: () => ({ blocks: 41, written: 42, failed: 43, seconds: 44 }),
  validators: () => [
    { lane: 0, online: true, roundTripMs: null },
    { lane: 1, online: false, roundTripMs: 1.5 },
  ],
  peers: () => 25,
  othersAheadMs: () => -5500,
  turnedAway: () => ({ refused: 51, cut: 52 }),
  traffic: () => [traffic],
};

describe('metrics', () => {
  let metrics: Metrics;
  before(() => {
    metrics = createMetrics(source);
  });
  after(() => metrics.close());

  it('exports every name of the table with its help and kind', async () => {
    const text = await metrics.text();
    for (const [name, spec] of Object.entries(METRICS) as [string, MetricSpec][]) {
      assert.ok(text.includes(`# HELP ${name} ${spec.help}\n`), name);
      assert.ok(text.includes(`# TYPE ${name} ${spec.kind}\n`), name);
    }
    const exported = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    assert.deepEqual(new Set(exported), new Set(Object.keys(METRICS)));
  });

  it('gives what the node holds when it is scraped', async () => {
    const text = await metrics.text();
    for (const line of [
      `althing_build_info{version="1.2.3",node_version="${process.version}",verifier_backend="native"} 1`,
      'althing_ready 1',
      'althing_transactions_submitted_total 1',
      'althing_transactions_admitted_total 2',
      'althing_transactions_final_total{path="clean"} 3',
      'althing_transactions_final_total{path="contested"} 4',
      'althing_transactions_rejected_total 5',
      'althing_transactions_dropped_total 6',
      'althing_blocks_admitted_total 7',
      'althing_blocks_built_total 8',
      'althing_blocks_refused_total 9',
      'althing_blocks_waiting 10',
      'althing_contested_transactions 11',
      'althing_view_changes_total 12',
      'althing_pulls_total 13',
      'althing_equivocations_total 14',
      'althing_mempool_transactions 15',
      'althing_mempool_bytes 16',
      'althing_orphan_transactions 17',
      'althing_uncheckpointed_transactions 18',
      'althing_epoch{stage="decided"} 30',
      'althing_epoch{stage="applied"} 29',
      'althing_epoch{stage="stable"} 28',
      'althing_view 1',
      'althing_lane_seq{lane="1"} 19',
      'althing_lane_certified_seq{lane="0"} 8',
      'althing_lane_final_seq{lane="0"} 7',
      'althing_lane_equivocates{lane="1"} 1',
      'althing_signature_verifications_total{result="valid"} 22',
      'althing_signature_verifications_total{result="invalid"} 23',
      'althing_signature_verify_queue_length 21',
      'althing_journal_bytes 24',
      'althing_store_bytes 52',
      'althing_disk_free_bytes 55',
      'althing_start_replayed_blocks 40',
      'althing_start_replayed_transactions 53',
      'althing_start_seconds{part="replay"} 0.054',
      'althing_start_continued{misfit="missing"} 0',
      'althing_validators 2',
      'althing_validators_online 1',
      'althing_p2p_peers 25',
      'althing_clock_offset_seconds -5.5',
      'althing_p2p_messages_total{direction="in",kind="block"} 100',
      'althing_p2p_bytes_total{direction="in",kind="block"} 5000',
      'althing_validator_round_trip_seconds{lane="1"} 0.0015',
    ]) {
      assert.ok(text.includes(`\n${line}\n`), line);
    }
    assert.equal(
      await metrics.text().then((again) => sample(again, 'althing_blocks_built_total')),
      8,
    );
  });

  it('counts what the node tells as it happens', async () => {
    metrics.final('clean', 0.012);
    metrics.refused('bad-signature', 3);
    metrics.httpAnswered('GET', '/v1/status', 200, 0.001);
    metrics.httpAnswered('PROPFIND', 'none', 404, 0.001);
    metrics.httpRefused(408);
    metrics.journalSynced(0.0002);
    metrics.batchVerified(0.003);
    const text = await metrics.text();
    for (const line of [
      'althing_transaction_final_duration_seconds_bucket{le="0.01",path="clean"} 0',
      'althing_transaction_final_duration_seconds_bucket{le="0.015",path="clean"} 1',
      'althing_transactions_refused_total{code="bad-signature"} 3',
      'althing_http_requests_total{route="/v1/status",method="GET",code="200"} 1',
      'althing_http_requests_total{route="none",method="other",code="404"} 1',
      'althing_http_request_duration_seconds_count{route="none"} 1',
      'althing_http_refused_connections_total{code="408"} 1',
      'althing_journal_sync_duration_seconds_count 1',
      'althing_signature_verify_batch_duration_seconds_sum 0.003',
    ]) {
      assert.ok(text.includes(`\n${line}\n`), line);
    }
  });

  it('is served at /metrics and nowhere else', async () => {
    const { contentType } = metrics;
    const server = await startMetricsServer({
      host: '127.0.0.1',
      port: 0,
      contentType,
      text: () => metrics.text(),
      onFault: (error) => assert.fail(String(error)),
    });
    const answer = await fetch(server.url);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), contentType);
    assert.match(await answer.text(), /^althing_ready 1$/m);
    assert.equal((await fetch(server.url.replace('/metrics', '/'))).status, 404);
    assert.equal((await fetch(server.url, { method: 'POST' })).status, 404);
    await server.close();
  });
});

describe('the names of metrics', () => {
  const table = Object.entries(METRICS) as [string, MetricSpec][];

  it('follow the rules of Prometheus', () => {
    for (const [name, { kind, help, labels = [], buckets }] of table) {
      assert.match(name, /^althing_[a-z0-9]+(_[a-z0-9]+)*$/);
      assert.equal(name.endsWith('_total'), kind === 'counter', `${name}: _total is for counters`);
      assert.doesNotMatch(name, /_(count|sum|bucket|info_total)$/, `${name}: reserved suffix`);
      assert.doesNotMatch(name, /counter|gauge|histogram|milliseconds|_ms$|_us$|kilobytes/, name);
      assert.match(help, /^[A-Z0-9].*\.$/s, `${name}: help is a sentence`);
      for (const label of labels) {
        assert.match(label, /^[a-z][a-z_]*$/);
        assert.ok(!['le', 'quantile', 'job', 'instance'].includes(label), `${name}: ${label}`);
      }
      assert.equal(buckets !== undefined, kind === 'histogram', name);
    }
  });

  it('have ascending buckets and the unit of what is timed', () => {
    for (const [name, { buckets }] of table) {
      if (buckets === undefined) continue;
      assert.ok(name.endsWith('_seconds'), name);
      assert.deepEqual(
        [...buckets],
        [...new Set(buckets)].sort((a, b) => a - b),
        name,
      );
    }
  });
});

function sample(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}
