import '../std/polyfill.ts';
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Fleet, POST_BOUNDS } from './fleet.ts';

test('questions are answered while as many posts as may be are under way', async () => {
  const held: ServerResponse[] = [];
  const allHeld = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    if (request.method === 'GET') response.end('{"cursor":"1","gap":false,"data":[]}');
    else if (held.push(response) === POST_BOUNDS.postsMax) allHeld.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fleet = new Fleet([`http://127.0.0.1:${(server.address() as AddressInfo).port}`]);
  const client = fleet.client(0);
  const posts = Array.from({ length: POST_BOUNDS.postsMax }, () =>
    client.submitBatch([Uint8Array.of(1)]),
  );
  await allHeld.promise;
  const question = { cursor: null, limit: 1, waitMs: 0, states: ['final'] };
  assert.equal((await client.feed(question)).cursor, '1');
  for (const response of held) response.end('{"results":[]}');
  await Promise.allSettled(posts);
  await fleet.close();
  server.close();
});
