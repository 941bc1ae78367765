import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { AlthingError } from './althing-error.ts';
import { Http } from './http.ts';

type Close = 'destroy' | 'resetAndDestroy';

/** Answers `{}`, or closes the connection instead as often as `closings` says, from the second request on. */
async function withServer(
  closings: number,
  use: (http: Http) => Promise<void>,
  close: Close = 'destroy',
): Promise<number> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    if (requests > 1 && requests <= 1 + closings) request.socket[close]();
    else response.end('{}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const http = new Http(`http://127.0.0.1:${port}`, { connections: 1, timeoutMs: 5000 });
  try {
    await use(http);
  } finally {
    await http.close();
    server.close();
    server.closeAllConnections();
  }
  return requests;
}

const request = { method: 'GET', path: '/' } as const;

test('a connection that was closed under the request is replaced, once', async () => {
  const twice = async (http: Http) => {
    assert.deepEqual(await http.json(request), {});
    assert.deepEqual(await http.json(request), {});
  };
  assert.equal(await withServer(1, twice), 3);
  assert.equal(await withServer(1, twice, 'resetAndDestroy'), 3);
});

test('a node that closes every connection is unreachable', async () => {
  const requests = await withServer(2, async (http) => {
    await http.json(request);
    await assert.rejects(
      http.json(request),
      (error) => error instanceof AlthingError && error.code === 'unreachable',
    );
  });
  assert.equal(requests, 3);
});
