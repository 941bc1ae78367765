import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import type { Ending } from '../flights.ts';
import type { RateTrace } from '../rates/rate-trace.ts';
import { AlgorandLink } from './algorand-link.ts';
import { type Clock, clockIn, drive } from './drive.ts';
import { merge, sliceOf } from './drivers.ts';
import { figuresOf } from './figures.ts';
import type { Answer, Link } from './link.ts';
import { type LoadOptions, runLoad } from './load.ts';
import { BYTES_SENT, NO_METER } from './meter.ts';
import { payeeNumbers } from './payments.ts';

const RATES: RateTrace = {
  name: 'made',
  payees: null,
  source: { title: 'made' },
  steps: [
    { at: 0, perSecond: 200 },
    { at: 1, perSecond: 0 },
  ],
};
const NULL_RUN: Omit<LoadOptions, 'drivers' | 'signal'> = {
  spec: { system: 'null', urls: [], tokens: [] },
  purse: { system: 'null' },
  meter: NO_METER,
  rates: RATES,
  scale: 1,
  structure: null,
  arrivals: 'uniform',
  warmUp: { seconds: 0.2, perSecond: 50 },
  drainMs: 10_000,
  onProgress: () => undefined,
};
const never = () => new AbortController().signal;

describe('a load', () => {
  for (const drivers of [1, 2]) {
    it(`is sent whole by ${drivers} processes, warm-up apart`, async () => {
      const run = await runLoad({ ...NULL_RUN, drivers, signal: never() });
      assert.ok(run.ok);
      const { due, final, lost, warmUpPayments, seconds } = run.value;
      assert.deepEqual(
        { due, final, lost, warmUpPayments },
        { due: 200, final: 200, lost: 0, warmUpPayments: 10 },
      );
      assert.equal(
        seconds.reduce((sum, second) => sum + second.due, 0),
        210,
      );
    });
  }

  it('says when nothing is due', async () => {
    const run = await runLoad({ ...NULL_RUN, scale: 0.001, drivers: 1, signal: never() });
    assert.ok(!run.ok);
  });

  it('counts latency from the intended time, whatever held a payment up', () => {
    const endings: Ending[] = Array.from({ length: 4 }, () => ({ state: 'final', path: null }));
    const figures = figuresOf({
      outcomes: {
        // The second one was in the driver's hands in time; the system stalled for five seconds.
        sentMs: Float64Array.of(0, 41, 42, 43),
        endedMs: Float64Array.of(10, 5010, 5011, 5012),
        endings,
        retries: 0,
        reposts: 0,
        childrenCpuMs: 0,
      },
      intendedMs: Float64Array.of(0, 1, 2, 3),
      warmUpMs: 0,
      traceMs: 4,
      first: NO_SAMPLE,
      last: { ...NO_SAMPLE, cpuMs: 8, bytesSent: 400 },
      loadAverage: [0, 0],
      offered: { scale: 1, arrivals: 'uniform', drivers: 1, warmUpPayments: 0 },
    });
    assert.equal(figures.latencyMs.p99, 5009);
    assert.equal(figures.invalid, false);
    assert.equal(figures.finalShareAtEnd, 0);
    assert.deepEqual([figures.cpuMsPerFinal, figures.bytesPerFinal], [2, 100]);
  });

  it('is invalid when the driver was late', () => {
    const sentMs = Float64Array.from({ length: 10 }, (_, at) => (at < 5 ? at : at + 500));
    const figures = figuresOf({
      outcomes: {
        sentMs,
        endedMs: sentMs,
        retries: 0,
        reposts: 0,
        childrenCpuMs: 0,
        endings: Array.from({ length: 10 }, () => ({ state: 'final', path: null })),
      },
      intendedMs: Float64Array.from({ length: 10 }, (_, at) => at),
      warmUpMs: 0,
      traceMs: 10,
      first: NO_SAMPLE,
      last: NO_SAMPLE,
      loadAverage: [],
      offered: { scale: 1, arrivals: 'uniform', drivers: 1, warmUpPayments: 0 },
    });
    assert.equal(figures.invalid, true);
  });

  it('draws payees by their shares', () => {
    const drawn = payeeNumbers({ a: 3, b: 1 });
    assert.deepEqual([0, 0.74, 0.76, 0.999].map(drawn), [0, 0, 1, 1]);
  });
});

const NO_SAMPLE = { cpuMs: 0, bytesSent: 0, driverCpuMs: 0 } as const;

describe('driver processes', () => {
  it('get a part of every second each, which make up the whole', () => {
    const times = Float64Array.of(0, 10, 20, 30, 40);
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const job = { ids, payments: ids.map((id) => Buffer.from(id)), intendedMs: times, drainMs: 1 };
    const slices = [0, 1].map((p) => sliceOf(job, p, 2));
    assert.deepEqual(
      slices.map((slice) => slice.ids),
      [
        ['a', 'c', 'e'],
        ['b', 'd'],
      ],
    );
    assert.deepEqual(
      slices.map((slice) => String(slice.payments[1])),
      ['c', 'd'],
    );
    const parts = slices.map(({ intendedMs }) => ({
      sentMs: intendedMs,
      endedMs: intendedMs,
      retries: 1,
      reposts: 2,
      childrenCpuMs: 3,
      endings: Array.from(
        intendedMs,
        (ms): Ending => ({ state: 'refused', reason: String(ms), winner: null }),
      ),
    }));
    const { sentMs, endings, retries, reposts, childrenCpuMs } = merge(parts, 5);
    assert.deepEqual(sentMs, times);
    const reasons = endings.map((ending) => ending?.state === 'refused' && Number(ending.reason));
    assert.deepEqual(reasons, [...times]);
    assert.deepEqual([retries, reposts, childrenCpuMs], [2, 4, 6]);
  });
});

describe('a driver', () => {
  const job = (count: number) => ({
    ids: Array.from({ length: count }, (_, at) => `id ${at}`),
    payments: Array.from({ length: count }, (_, at) => Uint8Array.of(at)),
    intendedMs: new Float64Array(count),
    drainMs: 60_000,
  });

  /** Two targets; `answer` says what each makes of a payment. */
  function linkOf(answer: (target: number, payment: number) => Answer | null): Link {
    let end: (payment: number) => void = () => undefined;
    return {
      targets: 2,
      batchMax: { count: 3, bytes: 1000 },
      postsMax: 2,
      post: async (target, payments) => {
        const answers = payments.map(([payment = 0]) => answer(target, payment));
        if (answers.includes(null)) return null;
        for (const [at, [payment = 0]] of payments.entries()) {
          if (answers[at] === 'taken') end(payment);
        }
        return answers as Answer[];
      },
      isUp: async () => false,
      watch: async (flights, now) => {
        end = (payment) => flights.end(payment, { state: 'final', path: null }, now());
        return { closed: async () => undefined };
      },
      close: async () => undefined,
    };
  }

  const begin = async (): Promise<Clock> => clockIn(0);

  it('spreads payments over the targets, in batches', async () => {
    const targets = [0, 0];
    const link = linkOf((target) => {
      targets[target]! += 1;
      return 'taken';
    });
    const { flights } = await drive(job(20), link, begin, never());
    assert.deepEqual(targets, [10, 10]);
    assert.equal(flights.counts.final, 20);
  });

  it('takes what a dead target held to the other one', async () => {
    const link = linkOf((target) => (target === 0 ? null : 'taken'));
    const { flights, reposts } = await drive(job(8), link, begin, never());
    assert.equal(flights.counts.final, 8);
    assert.equal(reposts, 4);
  });

  it('comes again when asked to, and keeps a refusal', async () => {
    const asked = new Set<number>();
    const link = linkOf((_, payment) => {
      if (payment === 3) return { refused: 'bad' };
      if (asked.has(payment)) return 'taken';
      asked.add(payment);
      return 'later';
    });
    const { flights, retries } = await drive(job(5), link, begin, never());
    assert.equal(retries, 4);
    assert.deepEqual([flights.counts.final, flights.counts.refused], [4, 1]);
  });
});

describe('Algorand', () => {
  it('is driven by posts of one payment, and read by rounds', async () => {
    // Payments are their own ids; a block of what has come is made when two have come.
    const pool: string[] = [];
    const blocks: string[][] = [];
    const waiting: (() => void)[] = [];
    const tokens = new Set<unknown>();
    const server = createServer((request, response) => {
      tokens.add(request.headers['x-algo-api-token']);
      const { url = '' } = request;
      const answer = (status: number, body: object) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      };
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (request.method === 'POST') {
          const id = Buffer.concat(chunks).toString();
          if (id === 'bad') {
            answer(400, { message: 'TransactionPool.Remember: overspend 12' });
            return;
          }
          pool.push(id);
          answer(200, { txId: id });
          if (pool.length < 2) return;
          blocks.push(pool.splice(0));
          for (const go of waiting.splice(0)) go();
        } else if (url === '/v2/status') answer(200, { 'last-round': blocks.length });
        else if (url.startsWith('/v2/status/wait-for-block-after/')) {
          const go = () => answer(200, { 'last-round': blocks.length });
          if (blocks.length > Number(url.split('/').at(-1))) go();
          else waiting.push(go);
        } else {
          const round = Number(url.split('/')[3]);
          answer(200, { blockTxids: blocks[round - 1] });
        }
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const link = new AlgorandLink([`http://127.0.0.1:${port}`], ['secret']);
    try {
      const ids = ['a', 'b', 'bad', 'c', 'd'];
      const payments = ids.map((id) => Buffer.from(id));
      const job = { ids, payments, intendedMs: new Float64Array(5), drainMs: 60_000 };
      const { flights } = await drive(job, link, async () => clockIn(0), never());
      assert.deepEqual(
        ids.map((_, at) => flights.state(at)),
        ['final', 'final', 'refused', 'final', 'final'],
      );
      const refused = flights.endings[2];
      assert.ok(refused?.state === 'refused');
      assert.equal(refused.reason, '400 TransactionPool.Remember: overspend n');
      assert.deepEqual([...tokens], ['secret']);
    } finally {
      await link.close();
      server.close();
      server.closeAllConnections();
    }
  });

  it('has its bytes counted, and not by message or twice', () => {
    const text = [
      '# HELP algod_network_sent_bytes_total Total',
      'algod_network_sent_bytes_total 20',
      'algod_network_p2p_sent_bytes_total 5',
      'algod_network_sent_bytes_VB 3685',
    ].join('\n');
    const found = [...text.matchAll(BYTES_SENT.algorand)].map(([, value]) => value);
    assert.deepEqual(found, ['20', '5']);
  });
});
