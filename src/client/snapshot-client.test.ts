import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { AlthingError } from './althing-error.ts';
import { SnapshotClient } from './snapshot-client.ts';

test('a provider that trickles is not waited for, though it is never silent', async (t) => {
  let isGone = false;
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 5);
    response.on('close', () => {
      clearInterval(timer);
      isGone = true;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new SnapshotClient(`http://127.0.0.1:${port}`, 100);
  t.after(async () => {
    await client.close();
    server.close();
  });
  const isUnreachable = (cause: unknown) =>
    cause instanceof AlthingError && cause.code === 'unreachable';
  await assert.rejects(client.latest(), isUnreachable);
  await assert.rejects(client.ledger(1), isUnreachable);
  assert.ok(isGone);
});
