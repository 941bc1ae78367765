import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { joinRecords } from '../../src/membership/exchange.ts';
import { createMembership, type Membership } from '../../src/membership/membership.ts';
import { sealRecord } from '../../src/membership/records.ts';
import type { HostOptions } from '../../src/network/host.ts';
import { closed, Hostile } from './hostile.ts';
import { committeeOf, lane, Station, secretOf, WATCHDOG } from './station.ts';

type Node = {
  readonly station: Station;
  readonly membership: Membership;
  readonly problems: string[];
};

const BACK_OFF = { firstMs: 20, maxMs: 200, stableMs: 5000 };
const COMMITTEE = committeeOf(4);

/** A whole peer: host, transport, membership. `bootstrap` are those it is told of. */
async function peer(
  t: TestContext,
  name: string,
  bootstrap: readonly string[],
  host: Partial<HostOptions> = {},
  pingMs = 10_000,
  records: readonly Uint8Array[] = [],
): Promise<Node> {
  const station = await Station.create(t, name, COMMITTEE, {}, host);
  const problems: string[] = [];
  const membership = createMembership(station.host, {
    bootstrap,
    records,
    pingMs,
    now: () => Date.now(),
    random: () => 0.5,
    backOff: BACK_OFF,
    onProblem: (detail) => problems.push(detail),
  });
  t.after(() => membership.stop());
  await membership.start();
  await station.host.start();
  return { station, membership, problems };
}

function plainAddress(station: Station): string {
  return `/ip4/127.0.0.1/tcp/${station.port}`;
}

async function linkedTo(node: Node, lanes: readonly number[]): Promise<void> {
  const { station } = node;
  await station.until(() => lanes.every((each) => station.isLinked(each)));
}

async function stop(node: Node): Promise<void> {
  await node.membership.stop();
  await node.station.stop();
}

test('four validators find each other through one bootstrap address', WATCHDOG, async (t) => {
  const first = await peer(t, 'v0', []);
  const address = plainAddress(first.station);
  const others = await Promise.all(['v1', 'v2', 'v3'].map((name) => peer(t, name, [address])));
  const all = [first, ...others];
  const lanes = [0, 1, 2, 3];
  await Promise.all(
    all.map((node, own) =>
      linkedTo(
        node,
        lanes.filter((each) => each !== own),
      ),
    ),
  );
  for (const { membership } of all) {
    assert.deepEqual(
      membership.members().map((member) => member.connected),
      [true, true, true, true],
    );
  }
  // A link may still be replaced (both dialled): like the replica, repeat on a new one.
  const { transport } = all[3]!.station;
  all[3]!.station.onConnected = (to) => transport.send(to, Uint8Array.of(42));
  transport.send('all', Uint8Array.of(42));
  for (const { station } of all.slice(0, 3)) {
    await station.until(() => station.messagesFrom('lane 3').some((bytes) => bytes[0] === 42));
  }
});

test('N5: a validator that starts late joins by itself', WATCHDOG, async (t) => {
  const first = await peer(t, 'v0', []);
  const address = plainAddress(first.station);
  const others = [await peer(t, 'v1', [address]), await peer(t, 'v2', [address])];
  await linkedTo(first, [1, 2]);
  const late = await peer(t, 'v3', [address]);
  await linkedTo(late, [0, 1, 2]);
  for (const node of [first, ...others]) await linkedTo(node, [3]);
});

test(
  'N6: a validator that comes back at a new address is found by everybody',
  WATCHDOG,
  async (t) => {
    const first = await peer(t, 'v0', []);
    const address = plainAddress(first.station);
    const second = await peer(t, 'v1', [address]);
    const third = await peer(t, 'v2', [address]);
    await linkedTo(second, [0, 2]);
    const before = plainAddress(third.station);
    await stop(third);
    await second.station.until(() => !second.station.isLinked(2));
    // It is given the first validator only, and dials nobody else: the second must come to it.
    const again = await peer(t, 'v2', [address]);
    await linkedTo(again, [0, 1]);
    await linkedTo(second, [2]);
    const known = second.membership.members()[2]!.addresses;
    assert.deepEqual(known, [plainAddress(again.station)]);
    assert.notDeepEqual(known, [before]);
  },
);

test(
  'a bootstrap validator that was down at the start is reached when it comes',
  WATCHDOG,
  async (t) => {
    const probe = await Station.start(t, 'v0', COMMITTEE);
    const { port } = probe;
    await probe.stop();
    const waiting = await peer(t, 'v1', [`/ip4/127.0.0.1/tcp/${port}`]);
    await peer(t, 'v0', [], { listen: [`/ip4/127.0.0.1/tcp/${port}`] });
    await linkedTo(waiting, [0]);
  },
);

test('round trips are measured and connection times told', WATCHDOG, async (t) => {
  const first = await peer(t, 'v0', []);
  const second = await peer(t, 'v1', [plainAddress(first.station)]);
  await linkedTo(first, [1]);
  const member = () => second.membership.members()[0]!;
  while (member().rttMs === null) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(member().rttMs! >= 0);
  assert.equal(member().connected, true);
  assert.ok(member().sinceMs <= Date.now());
  const absent = second.membership.members()[3]!;
  assert.deepEqual([absent.connected, absent.rttMs], [false, null]);
});

test('an observer follows every member and is known as an observer', WATCHDOG, async (t) => {
  const first = await peer(t, 'v0', []);
  const address = plainAddress(first.station);
  const second = await peer(t, 'v1', [address]);
  await linkedTo(first, [1]);
  const observer = await peer(t, 'nobody', [address]);
  assert.equal(observer.station.host.lane, null);
  await linkedTo(observer, [0, 1]);
  const id = observer.station.host.peerId;
  await second.station.until(() => second.station.count('connected', id) > 0);
  second.station.transport.send('all', Uint8Array.of(7));
  await observer.station.until(() => observer.station.count('message', 'lane 1') === 1);
  observer.station.transport.send(lane(0), Uint8Array.of(8));
  await first.station.until(() => first.station.count('message', id) === 1);
});

test(
  'a bootstrap address where a stranger answers is a problem told, not a peer',
  WATCHDOG,
  async (t) => {
    const stranger = await Station.start(t, 'stranger', COMMITTEE);
    const node = await peer(t, 'v0', [plainAddress(stranger)]);
    while (node.problems.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.match(node.problems[0]!, /no member of this committee/);
    assert.deepEqual(node.station.transport.stats().observers.links, 0);
  },
);

test(
  'P20: a record that somebody else signed is refused, and who brings it is cut off',
  WATCHDOG,
  async (t) => {
    const node = await peer(t, 'v0', []);
    const member = await Hostile.start(t, 'v1');
    const { host } = node.station;
    const domain = host.protocol('peer-record');
    const evil = ['/ip4/127.0.0.1/tcp/6666'];
    const own = await sealRecord(member.key, domain, 2n ** 40n, evil);
    const genuine = await sealRecord(privateKeyFromRaw(secretOf('v2')), domain, 5n, evil);
    const forged = genuine.slice();
    forged.set(own.subarray(-64), forged.length - 64);
    const stranger = await sealRecord(privateKeyFromRaw(secretOf('stranger')), domain, 5n, evil);
    const bad: [Uint8Array, RegExp][] = [
      [joinRecords([own, forged]), /record-bad-signature/],
      [joinRecords([stranger]), /record-not-of-a-member/],
      [joinRecords([new Uint8Array(1025)]), /record-too-long/],
      [Uint8Array.of(0, 9, 1), /record-list-malformed/],
      [new Uint8Array(100_000), /record-list-too-long/],
    ];
    for (const [bytes, detail] of bad) {
      const connection = await member.dial(node.station);
      const stream = await connection.newStream(host.protocol('peers'));
      stream.send(bytes);
      stream.close().catch(() => undefined);
      await closed(connection);
      assert.match(node.problems.at(-1)!, detail);
    }
    const known = node.membership.members();
    assert.deepEqual(known[1]!.addresses, evil);
    assert.deepEqual(known[2]!.addresses, []);
  },
);

test('P20: an observer cannot bring records, genuine as they are', WATCHDOG, async (t) => {
  const node = await peer(t, 'v0', []);
  const observer = await Hostile.start(t, 'x');
  const domain = node.station.host.protocol('peer-record');
  const record = await sealRecord(privateKeyFromRaw(secretOf('v2')), domain, 5n, []);
  const connection = await observer.dial(node.station);
  const stream = await connection.newStream(node.station.host.protocol('peers'));
  if (stream.status === 'open') {
    stream.send(joinRecords([record]));
    await new Promise((resolve) => stream.addEventListener('close', resolve));
  }
  assert.equal(node.membership.records().length, 1);
});

test('a peer that answers no ping any more is cut off', WATCHDOG, async (t) => {
  const node = await peer(t, 'v0', [], {}, 50);
  const silent = await Hostile.start(t, 'v1');
  await silent.node.handle('/ipfs/ping/1.0.0', () => undefined, { force: true });
  const { connection } = await silent.openBlocks(node.station);
  await closed(connection);
  await node.station.until(() => node.station.count('disconnected', 'lane 1') === 1);
});

test('records kept from an earlier run lead back to the others', WATCHDOG, async (t) => {
  const first = await peer(t, 'v0', []);
  const second = await peer(t, 'v1', [plainAddress(first.station)]);
  await linkedTo(second, [0]);
  while (second.membership.records().length < 2) await new Promise((r) => setTimeout(r, 10));
  const records = second.membership.records();
  await stop(second);
  const again = await peer(t, 'v1', [], {}, undefined, records);
  await linkedTo(again, [0]);
});

test(
  'a member that is doubted is dialled beside its link, and the new link is the only one',
  WATCHDOG,
  async (t) => {
    const first = await peer(t, 'v0', []);
    const second = await peer(t, 'v1', [plainAddress(first.station)]);
    await Promise.all([linkedTo(first, [1]), linkedTo(second, [0])]);
    const links = () => first.station.transport.stats().lanes[1]!.links;
    const before = links();
    first.membership.doubt(1);
    await first.station.until(() => links() > before && first.station.isLinked(1));
    await second.station.until(() => second.station.isLinked(0));
    assert.equal(first.membership.members()[1]?.connected, true);
  },
);
