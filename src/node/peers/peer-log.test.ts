import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NETWORK_LIMITS } from '../../types/limits.ts';
import type { Log } from '../log/logger.ts';
import { PeerLog } from './peer-log.ts';

test('what peers do is logged, so many lines and then how many more', () => {
  let now = 0;
  const lines: string[] = [];
  const log = {
    info: (fields: object, text: string) => lines.push(JSON.stringify({ ...fields, text })),
    warn: (fields: object, text: string) => lines.push(JSON.stringify({ ...fields, text })),
  } as unknown as Log;
  const peers = new PeerLog(log, ['oslo', 'bergen', 'hamar'], () => now);
  peers.linked({ kind: 'lane', lane: 2 }, true, 3);
  peers.linked({ kind: 'lane', lane: 2 }, false, 2);
  peers.linked({ kind: 'observer', id: '16U' }, true, 2);
  assert.deepEqual(lines, [
    '{"peer":"lane 2","validator":"hamar","online":3,"text":"connected"}',
    '{"peer":"lane 2","validator":"hamar","online":2,"text":"disconnected"}',
    '{"peer":"observer 16U","online":2,"text":"connected"}',
  ]);
  const { logLinesBurst, logLinesPerSecond } = NETWORK_LIMITS;
  const most = logLinesBurst.value;
  for (let n = 0; n < most; n += 1) {
    peers.linked({ kind: 'lane', lane: 2 }, n % 2 === 0, 3);
    peers.refused({ kind: 'lane', lane: 1 }, 'bad-signature', 'x'.repeat(1000));
    peers.membership('record-malformed');
    peers.twin(1);
  }
  assert.equal(lines.length, most);
  assert.ok(lines.every((line) => line.length < 300));
  now = 1000 / logLinesPerSecond.value;
  peers.refused({ kind: 'lane', lane: 1 }, 'malformed', '');
  peers.twin(1);
  assert.equal(lines.length, most + 2);
  assert.equal(lines.at(-2), `{"lines":${3 * most + 3},"text":"more of peers, not logged"}`);
  assert.match(lines.at(-1) ?? '', /malformed/);
});
