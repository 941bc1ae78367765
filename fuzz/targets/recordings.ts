import fc from 'fast-check';
import { formatRateTrace, parseRateTrace } from '../../src/replay/rates/rate-format.ts';
import type { RateTrace } from '../../src/replay/rates/rate-trace.ts';
import { convertContent, type RecordingForm } from '../../src/replay/recordings/convert.ts';
import { formatTrace, readTrace } from '../../src/replay/trace/trace-file.ts';
import { many, orLong } from '../../test/codec/long-arbitraries.ts';
import { cardanoChunk } from '../cardano.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateJson, mutateText } from '../mutate-text.ts';
import { stableTarget } from '../stable-target.ts';
import { hold, labelOf, MEASURE_GRAIN, type Target } from '../target.ts';
import { bytesOf } from './texts.ts';

/** Recorded workloads of others, and the form of rates that some of them become. */

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const rate = fc.integer({ min: 0, max: 10_000_000 });

const rates = stableTarget<RateTrace>({
  name: 'rates',
  decode: (bytes) => parseRateTrace(textOf(bytes)),
  encode: (trace) => bytesOf(formatRateTrace(trace)),
  values: fc
    .record({
      name: fc.constantFrom('a', 'é"\\'),
      rates: orLong(fc.array(rate, { minLength: 1, maxLength: 5 }), many(rate, 1000)),
      payees: fc.option(fc.constantFrom({ A: 1 }, { A: 1, B: 2 ** 53 - 1 })),
      source: fc.constantFrom({ title: 't' }, { title: 't', sha256: ['00'], notes: ['n'] }),
    })
    .map(({ name, rates: perSecond, payees, source }) => {
      const steps = [...perSecond, 0].map((one, at) => ({ at: 3 * at, perSecond: one }));
      return { name, steps, payees, source };
    }),
  mutate: mutateJson,
  lengthMax: 65_536,
});

const ID = ['a', 'b', 'c'].map((digit) => digit.repeat(64));
const MEMPOOL = [
  'txid;size;fee;time;depends',
  `${ID[0]};250;0.0001;2020-11-24 08:42:06;[]`,
  `${ID[1]};300;0.00002;2020-11-24 08:42:05;["${ID[0]}"]`,
  `${ID[2]};300;0;2020-11-24 08:42:07;['${ID[0]}', '${ID[1]}']`,
].join('\n');

const DIABLO = 'id: "a" # named\ncontract: c\ntxs:\n  0: 10\n  5: 0.5\n\n  9: 0\n';

const TRADES = JSON.stringify(
  ['23:59:58', '23:59:59'].map((timestamp) => ({
    timestamp,
    total: { requests: 3 },
    stocks: { A: [7, 2], B: [1, 1] },
  })),
);

type Form = Exclude<RecordingForm, 'bitcoin'>;

/** What is accepted is a trace that a replay reads again. */
function converting(form: Form, sample: Uint8Array, mutate: Target['mutate']): Target {
  const convert = (input: Uint8Array) =>
    convertContent(Buffer.from(input), { form, last: null }, { title: 'fuzzed' });
  return {
    name: form,
    samples: () => [sample],
    check: async (input) => {
      const converted = convert(input);
      if (!converted.ok) return labelOf(converted.error);
      const made = converted.value;
      const read =
        made.kind === 'rates'
          ? parseRateTrace(formatRateTrace(made.trace))
          : await readTrace(whole([...formatTrace(made.trace)].join('')));
      hold(read.ok, `${form}: nobody reads it: ${read.ok || read.error.detail}`);
      return 'accepted';
    },
    decode: convert,
    mutate,
    // A byte is a whole item of CBOR; a line of a table becomes a payment with owners.
    memory: { fixed: 2 * MEASURE_GRAIN, perByte: 1000 },
    lengthMax: 4096,
  };
}

async function* whole(text: string): AsyncGenerator<Uint8Array> {
  yield bytesOf(text);
}

export const RECORDING_TARGETS: readonly Target[] = [
  rates,
  converting('mempool', bytesOf(MEMPOOL), mutateText),
  converting('cardano', cardanoChunk, mutateBytes),
  converting('diablo', bytesOf(DIABLO), mutateText),
  converting('trade-counts', bytesOf(TRADES), mutateJson),
];
