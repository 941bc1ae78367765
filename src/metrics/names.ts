/** One exported time series family. docs/METRICS.md is generated from this table. */
export type MetricSpec = {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Every label has a closed set of values: lanes, codes of tables, route templates. */
  readonly labels?: readonly string[];
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[];
};

const LATENCY_SECONDS = [
  0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30,
] as const;
const WORK_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5,
] as const;

/** Every metric of a node. The unit is the end of the name; totals end in _total. */
export const METRICS = {
  // The node
  althing_build_info: {
    kind: 'gauge',
    help: 'Always 1; what runs here.',
    labels: ['version', 'node_version', 'verifier_backend'],
  },
  althing_ready: { kind: 'gauge', help: '1 while clients should be sent to this node.' },
  althing_process_start_time_seconds: { kind: 'gauge', help: 'Unix time of the start.' },
  althing_process_cpu_seconds_total: {
    kind: 'counter',
    help: 'User and system time of the process, all its threads.',
  },
  althing_process_resident_memory_bytes: { kind: 'gauge', help: 'Resident set of the process.' },
  althing_process_heap_used_bytes: { kind: 'gauge', help: 'Used heap of the main thread.' },
  althing_event_loop_lag_p99_seconds: {
    kind: 'gauge',
    help: '99th percentile of the delay of the event loop since the last scrape, as looks every 50 ms met it.',
  },
  althing_event_loop_lag_max_seconds: {
    kind: 'gauge',
    help: 'Longest delay of the event loop that one of these looks met.',
  },

  // REST
  althing_http_requests_total: {
    kind: 'counter',
    help: 'Answered requests.',
    labels: ['route', 'method', 'code'],
  },
  althing_http_request_duration_seconds: {
    kind: 'histogram',
    help: 'From the header to the end of the answer, waits included.',
    labels: ['route'],
    buckets: LATENCY_SECONDS,
  },
  althing_http_refused_connections_total: {
    kind: 'counter',
    help: 'Connections closed because what came was no request, or came too slowly.',
    labels: ['code'],
  },

  // Transactions
  althing_transactions_submitted_total: {
    kind: 'counter',
    help: 'Transactions taken from clients.',
  },
  althing_transactions_refused_total: {
    kind: 'counter',
    help: 'Transactions of clients refused at the door, by problem code.',
    labels: ['code'],
  },
  althing_transactions_admitted_total: {
    kind: 'counter',
    help: 'Transactions in admitted blocks, each counted once.',
  },
  althing_transactions_final_total: {
    kind: 'counter',
    help: 'Executed transactions, irrevocable.',
    labels: ['path'],
  },
  althing_transactions_rejected_total: {
    kind: 'counter',
    help: 'Transactions rejected by their execution.',
  },
  althing_transactions_dropped_total: {
    kind: 'counter',
    help: 'Transactions given up before they were in a block.',
  },
  althing_transaction_final_duration_seconds: {
    kind: 'histogram',
    help: 'From the submission to final at this node.',
    labels: ['path'],
    buckets: LATENCY_SECONDS,
  },
  althing_mempool_transactions: { kind: 'gauge', help: 'Transactions not yet proposed.' },
  althing_mempool_bytes: { kind: 'gauge', help: 'Bytes of transactions not yet proposed.' },
  althing_orphan_transactions: {
    kind: 'gauge',
    help: 'Transactions that wait for an unknown parent.',
  },
  althing_contested_transactions: {
    kind: 'gauge',
    help: 'Contested transactions that wait for a cut.',
  },
  althing_uncheckpointed_transactions: {
    kind: 'gauge',
    help: 'Final transactions that are in no checkpoint yet.',
  },

  // Lanes and cuts
  althing_blocks_admitted_total: { kind: 'counter', help: 'Admitted blocks of all lanes.' },
  althing_blocks_built_total: { kind: 'counter', help: 'Blocks of the own lane.' },
  althing_blocks_refused_total: { kind: 'counter', help: 'Blocks refused for ever.' },
  althing_blocks_waiting: { kind: 'gauge', help: 'Blocks that wait for blocks they name.' },
  althing_pulls_total: { kind: 'counter', help: 'Requests for missing blocks.' },
  althing_equivocations_total: {
    kind: 'counter',
    help: 'Pairs of blocks of one lane with one position.',
  },
  althing_lane_seq: {
    kind: 'gauge',
    help: 'Newest admitted position of a lane.',
    labels: ['lane'],
  },
  althing_lane_certified_seq: {
    kind: 'gauge',
    help: 'Position up to which a quorum has acked a lane.',
    labels: ['lane'],
  },
  althing_lane_final_seq: {
    kind: 'gauge',
    help: 'Position up to which a lane is final.',
    labels: ['lane'],
  },
  althing_lane_equivocates: {
    kind: 'gauge',
    help: '1 where the lane is known to equivocate.',
    labels: ['lane'],
  },
  althing_epoch: {
    kind: 'gauge',
    help: 'Newest epoch whose cut is decided, ledger applied, checkpoint certified (stable).',
    labels: ['stage'],
  },
  althing_view: { kind: 'gauge', help: 'View of the open instance in which this lane is.' },
  althing_view_changes_total: { kind: 'counter', help: 'View changes that this lane asked for.' },

  // Signatures
  althing_signature_verifications_total: {
    kind: 'counter',
    help: 'Checked signatures.',
    labels: ['result'],
  },
  althing_signature_verify_batch_duration_seconds: {
    kind: 'histogram',
    help: 'Time to check one batch.',
    buckets: WORK_SECONDS,
  },
  althing_signature_verify_queue_length: {
    kind: 'gauge',
    help: 'Transactions and blocks that wait for their check.',
  },

  // Storage
  althing_journal_sync_duration_seconds: {
    kind: 'histogram',
    help: 'Time of one group commit of the journal, its fsync included.',
    buckets: WORK_SECONDS,
  },
  althing_journal_bytes: { kind: 'gauge', help: 'Bytes of the journal on disk.' },
  althing_store_bytes: {
    kind: 'gauge',
    help: 'Bytes of the store on disk: its runs, and its tables as LevelDB tells them, in whole MiB per level.',
  },
  althing_disk_free_bytes: {
    kind: 'gauge',
    help: 'Bytes that are left where the data are; NaN where the system does not say.',
  },
  althing_journal_segments: { kind: 'gauge', help: 'Files of the journal.' },
  althing_stop_state_bytes: {
    kind: 'gauge',
    help: 'Bytes of the state with which everything here begins; 0: it begins with genesis.',
  },
  althing_generations_dropped: {
    kind: 'gauge',
    help: 'Generations that are not here any more.',
  },
  althing_segments_dropped_total: {
    kind: 'counter',
    help: 'Files of the journal that this process removed.',
  },
  althing_drop_failures_total: {
    kind: 'counter',
    help: 'Times that older generations could not be dropped; it is not tried again before a restart.',
  },
  althing_start_replayed_blocks: {
    kind: 'gauge',
    help: 'Blocks of the journal that the start of this process replayed.',
  },
  althing_start_replayed_transactions: {
    kind: 'gauge',
    help: 'Transactions that came with these blocks.',
  },
  althing_start_seconds: {
    kind: 'gauge',
    help: 'Where the time of the start went: the journal read and checked, the savepoint, the store, the replay.',
    labels: ['part'],
  },
  althing_start_continued: {
    kind: 'gauge',
    help: '1: the start continued from a savepoint; 0: it replayed the whole journal, and why.',
    labels: ['misfit'],
  },
  althing_savepoint_blocks: {
    kind: 'gauge',
    help: 'Blocks of the journal that the newest savepoint takes in.',
  },
  althing_savepoints_total: {
    kind: 'counter',
    help: 'Savepoints of this process.',
    labels: ['result'],
  },
  althing_savepoint_seconds_total: {
    kind: 'counter',
    help: 'Time in which savepoints were being written.',
  },

  // Network
  althing_validators: { kind: 'gauge', help: 'Members of the committee.' },
  althing_validators_online: {
    kind: 'gauge',
    help: 'Members of the committee that are connected, this one included.',
  },
  althing_clock_offset_seconds: {
    kind: 'gauge',
    help: 'By how much the clocks of the other validators are ahead of the own one: a median of the times in their blocks. 0 as long as too few have said any.',
  },
  althing_p2p_peers: { kind: 'gauge', help: 'Connected peers, observers included.' },
  althing_p2p_refused_connections_total: {
    kind: 'counter',
    help: 'Incoming connections closed before their handshake: too many from one host, or from strangers.',
  },
  althing_p2p_cut_connections_total: {
    kind: 'counter',
    help: 'Connections of peers closed because of what they cost: too many frames or new streams, or a handshake without an end.',
  },
  althing_p2p_messages_total: {
    kind: 'counter',
    help: 'Messages from and to peers.',
    labels: ['direction', 'kind'],
  },
  althing_p2p_bytes_total: {
    kind: 'counter',
    help: 'Bytes of messages from and to peers.',
    labels: ['direction', 'kind'],
  },
  althing_validator_round_trip_seconds: {
    kind: 'gauge',
    help: 'Last measured round trip to a connected validator.',
    labels: ['lane'],
  },
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof METRICS;
