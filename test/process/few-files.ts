import '../../src/std/polyfill.ts';
import { startApi } from '../../src/api/server.ts';
import { FakeNode } from '../api/fake-node.ts';

/** An API over a fake node, in a process that may be given few file descriptors. Ends with its parent. */
const api = await startApi({
  node: new FakeNode(),
  host: '127.0.0.1',
  port: 0,
  observer: { answered: () => {}, refused: () => {}, fault: () => {} },
  hostNames: [],
});
process.stdout.write(`${api.url}\n`);
process.stdin.resume().on('end', () => process.exit(0));
