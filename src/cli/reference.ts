import { METRICS, type MetricSpec } from '../metrics/names.ts';
import { ERRORS, HALTS, REFUSALS } from '../types/errors.ts';
import {
  API_LIMITS,
  type Limit,
  NETWORK_LIMITS,
  NODE_LIMITS,
  OBSERVER_LIMITS,
  STORAGE_LIMITS,
  WIRE_LIMITS,
} from '../types/limits.ts';

/** The pages of docs/ that are generated from tables of the code: file name to text. */
export function referencePages(): Readonly<Record<string, string>> {
  return { 'ERRORS.md': errorsPage(), 'LIMITS.md': limitsPage(), 'METRICS.md': metricsPage() };
}

const generatedFrom = (files: string) =>
  `Generated from ${files} by \`node scripts/generate-docs.mjs\`; do not edit.`;

function errorsPage(): string {
  const errors = Object.entries(ERRORS).sort(([, a], [, b]) => a.status - b.status);
  return page(
    '# Errors',
    generatedFrom('src/types/errors.ts'),
    '## REST',
    'Every answer that is not a success is a problem document (RFC 9457, `application/problem+json`) with a stable `code`; its `type` is `urn:althing:problem:<code>`. 429 and 503 carry `Retry-After`. `detail` is for people and may change; `instance` names the request, in the log of the node as well if it was a fault of it (500). `txid` names the transaction, `winner` the one that has the output instead, or the rejected parent. The status of a transaction that a node has given up (`dropped`), asked for or in the feed, has `code` and `winner` as well.',
    table(
      ['Code', 'Status', 'Meaning'],
      errors.map(([code, { status, title }]) => [`\`${code}\``, String(status), title]),
    ),
    '## Refused blocks',
    'A block that breaks a rule is refused for ever, with the same answer at every correct validator. Counted in `althing_blocks_refused_total` and logged with the code.',
    table(['Code', 'Meaning'], rows(REFUSALS)),
    '## Halts',
    'A validator that could contradict itself stops signing at once and ends with exit code 8.',
    table(['Code', 'Cause and remedy'], rows(HALTS)),
  );
}

type LimitSection = readonly [title: string, text: string, limits: Readonly<Record<string, Limit>>];

const LIMIT_SECTIONS: readonly LimitSection[] = [
  [
    'Of the encodings',
    'The same at every validator, for ever: a change is a new version of the protocol.',
    WIRE_LIMITS,
  ],
  ['Of one node', 'Validators may differ in these.', NODE_LIMITS],
  ['Of the REST API', 'For all clients together where no other is said.', API_LIMITS],
  ['Of the connections between peers', 'Validators may differ in these.', NETWORK_LIMITS],
  ['Of observers', 'For a node that follows without a lane.', OBSERVER_LIMITS],
  ['Of the data folder', 'Validators may differ in these.', STORAGE_LIMITS],
];

function limitsPage(): string {
  return page(
    '# Limits',
    generatedFrom('src/types/limits.ts'),
    'Everything that a client, a peer or a disk can make grow has a bound.',
    ...LIMIT_SECTIONS.flatMap(([title, text, limits]) => [
      `## ${title}`,
      text,
      limitsTable(limits),
    ]),
    '## Disk',
    'Unless generations end and `storage.generationsKept` is set, nothing is dropped: the disk is bounded by the history alone. With them: the journal has one segment or more per generation, those of the generations kept, of the current one and, until a stop checkpoint is certified and the state written, of one more; the unspent outputs are there twice, in the store and as the stop state (43 bytes each and 38 per transaction), and a third time while the next one is written (docs/adr/0020). Measured with `npm run bench` on payments of one input and two outputs: 280 bytes of journal and 560 to 690 bytes of store per transaction and validator, after 100,000 to 160,000 of them (docs/BENCHMARKS.md): LevelDB, outputs by owner and the pages of the state tree, of which up to one and a half times as many as count, and 32 MiB, are replaced ones (docs/adr/0029).',
  );
}

function metricsPage(): string {
  const metrics = Object.entries(METRICS) as [string, MetricSpec][];
  const histograms = metrics.filter(([, { buckets }]) => buckets !== undefined);
  return page(
    '# Metrics',
    generatedFrom('src/metrics/names.ts'),
    'Served at `/metrics` on a port of its own in the text format of Prometheus. Every label has a closed set of values, so the number of series does not depend on what clients or peers send. A validator that halts ends its process (exit code 8): no metric of its own can tell, the `up` of Prometheus does.',
    table(
      ['Name', 'Kind', 'Labels', 'Meaning'],
      metrics.map(([name, { kind, labels = [], help }]) => [
        `\`${name}\``,
        kind,
        labels.map((label) => `\`${label}\``).join(', '),
        help,
      ]),
    ),
    '## Buckets',
    table(
      ['Histogram', 'Upper bounds in seconds'],
      histograms.map(([name, { buckets = [] }]) => [`\`${name}\``, buckets.join(', ')]),
    ),
  );
}

function limitsTable(limits: Readonly<Record<string, Limit>>): string {
  return table(
    ['Name', 'Bound', 'Of what', 'Beyond it'],
    Object.entries(limits).map(([name, { value, unit, consequence }]) => [
      `\`${name}\``,
      value.toLocaleString('en-US'),
      unit,
      consequence,
    ]),
  );
}

function rows(meanings: Readonly<Record<string, string>>): string[][] {
  return Object.entries(meanings).map(([code, meaning]) => [`\`${code}\``, meaning]);
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

function page(...parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
