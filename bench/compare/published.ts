/** What others measured and published. Other machines, other versions: never to be divided by ours. */
export type Published = {
  readonly system: string;
  readonly load: string;
  readonly setUp: string;
  readonly throughput: string;
  readonly latency: string;
  readonly source: string;
};

const DIABLO = 'Gramoli et al., Diablo, EuroSys 2023';

export const PUBLISHED: readonly Published[] = [
  {
    system: 'Algorand, November 2021',
    load: 'payments, 1,000 a second for 120 s',
    setUp: '10 machines of 4 cores, one data centre',
    throughput: '885 tx/s',
    latency: '8.5 s on average',
    source: DIABLO,
  },
  {
    system: 'Algorand, November 2021',
    load: 'payments, 1,000 a second for 120 s',
    setUp: '10 machines of 4 cores, ten regions',
    throughput: '821 tx/s (read from a figure)',
    latency: '17.5 s on average (read from a figure)',
    source: DIABLO,
  },
  {
    system: 'Algorand, November 2021',
    load: 'NASDAQ, calls of a contract',
    setUp: '200 machines of 8 cores, ten regions',
    throughput: '80.9 tx/s, 47.7 % of what was sent (read from a figure)',
    latency: '123 s on average (read from a figure)',
    source: DIABLO,
  },
  {
    system: 'Smart Red Belly',
    load: 'NASDAQ / Uber / FIFA, calls of a contract',
    setUp: '200 machines of 8 cores, ten regions',
    throughput: '167 / 835 / 1,819 tx/s',
    latency: '6.6 / 3.9 / 64 s on average',
    source: 'Tennakoon and Gramoli, Smart Redbelly, IPDPS 2023',
  },
  {
    system: 'Red Belly (RBBC), payments of unspent outputs',
    load: 'saturation',
    setUp: '260 machines of 36 cores, one data centre',
    throughput: '660,000 tx/s',
    latency: 'below 4 s',
    source: 'Crain, Natoli and Gramoli, Red Belly, S&P 2021',
  },
];
