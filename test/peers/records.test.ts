import assert from 'node:assert/strict';
import dns from 'node:dns';
import { type TestContext, test } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import { joinRecords } from '../../src/membership/exchange.ts';
import { createMembership } from '../../src/membership/membership.ts';
import { sealRecord } from '../../src/membership/records.ts';
import { NETWORK_LIMITS } from '../../src/types/limits.ts';
import { Hostile } from './hostile.ts';
import { committeeOf, Station, WATCHDOG } from './station.ts';

/** What a hostile member says about where it is. */

const COMMITTEE = committeeOf(4);

/** With the number of records whose signer was looked up. */
async function memberStation(t: TestContext) {
  const station = await Station.create(t, 'v0', COMMITTEE, { linklessMs: 3_600_000 });
  const { host } = station;
  const read = { count: 0 };
  const counting = (id: string) => {
    read.count += 1;
    return host.laneOf(id);
  };
  const membership = createMembership(
    { ...host, laneOf: counting },
    { bootstrap: [], now: () => Date.now(), random: () => 0.5 },
  );
  t.after(() => membership.stop());
  await membership.start();
  await host.start();
  return { station, membership, read };
}

test('P20: of lists of old records without end few are read', WATCHDOG, async (t) => {
  const { station, membership, read } = await memberStation(t);
  const { host } = station;
  const member = await Hostile.start(t, 'v1');
  const domain = host.protocol('peer-record');
  const address = ['/ip4/127.0.0.1/tcp/6666'];
  const newest = await sealRecord(member.key, domain, 9n, address);
  const old = await sealRecord(member.key, domain, 5n, []);
  const connection = await member.dial(station);
  const bring = async (records: readonly Uint8Array[]): Promise<void> => {
    const stream = await connection.newStream(host.protocol('peers'));
    const ended = new Promise((resolve) => stream.addEventListener('close', resolve));
    stream.send(joinRecords(records));
    await stream.close();
    await ended;
  };
  await bring([newest]);
  const perList = 20;
  const before = read.count;
  const lists = (4 * NETWORK_LIMITS.recordReadsBurst.value) / perList;
  for (let n = 0; n < lists; n += 1) await bring(Array.from({ length: perList }, () => old));
  // Of the others some are read meanwhile, so many per second; and who brings a list is looked up once.
  assert.ok(read.count - before - lists < lists * perList, `${read.count} read`);
  assert.equal(connection.status, 'open');
  assert.deepEqual(membership.members()[1]!.addresses, address);
});

test('P20: a name that nobody answers is asked for once at a time', WATCHDOG, async (t) => {
  const { station } = await memberStation(t);
  const asked: [string, (...answer: unknown[]) => void][] = [];
  const ask = (name: string, _: unknown, answered: (...answer: unknown[]) => void): void =>
    void asked.push([name, answered]);
  t.mock.method(dns, 'lookup', ask as unknown as typeof dns.lookup);
  const { peerId } = station.host.members[1]!;
  const dial = async (name: string): Promise<void> => {
    const end = new AbortController();
    const address = multiaddr(`/dns4/${name}/tcp/4800/p2p/${peerId}`);
    const dialled = assert.rejects(station.host.node.dial(address, { signal: end.signal }));
    setImmediate(() => end.abort());
    await dialled;
  };
  for (const name of ['slow.example', 'slow.example', 'other.example', 'slow.example'])
    await dial(name);
  const names = asked.map(([name]) => name);
  assert.deepEqual(names, ['slow.example', 'other.example']);
  asked[0]![1](new Error('not found'));
  await dial('slow.example');
  assert.equal(asked.length, 3);
});
