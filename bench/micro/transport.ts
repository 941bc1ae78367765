/**
 * Block streams between two processes on loopback: messages per second and CPU per message, one way.
 * Run: node dist/bench/micro/transport.js [seconds per case]
 */
import '../../src/std/polyfill.ts';
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { multiaddr } from '@multiformats/multiaddr';
import { createHost, type Host } from '../../src/network/host.ts';
import { createTransport, type Transport } from '../../src/network/transport.ts';
import type { LedgerId } from '../../src/types/ids.ts';

const CASES = [
  { name: '300 B, 64 per tick', bytes: 300, perTick: 64 },
  { name: '300 B, 1 per tick', bytes: 300, perTick: 1 },
  { name: '4 KiB, 8 per tick', bytes: 4096, perTick: 8 },
  { name: '64 KiB, 1 per tick', bytes: 65_536, perTick: 1 },
  { name: '500 kB, 1 per tick', bytes: 500_000, perTick: 1 },
];
/** Above this the sender waits: it measures the link, not the length of a queue. */
const QUEUE_BYTES = 4_000_000;

type Report = { readonly messages: number; readonly cpuUs: number };

const secrets = ['receiver', 'sender'].map(
  (name) => new Uint8Array(createHash('sha256').update(name).digest()),
);
const committee = secrets.map((secret, lane) => {
  const key = Buffer.from(privateKeyFromRaw(secret).publicKey.raw).toString('hex');
  return { name: `v${lane}`, publicKey: key };
});

async function hostOf(lane: number): Promise<Host> {
  return createHost({
    secretKey: secrets[lane]!,
    ledgerId: '00'.repeat(32) as LedgerId,
    committee,
    listen: ['/ip4/127.0.0.1/tcp/0'],
  });
}

/** Counts messages and CPU between two questions of the parent. */
async function receive(): Promise<void> {
  const host = await hostOf(0);
  let messages = 0;
  let cpu = process.cpuUsage();
  const transport = createTransport(host, {
    onMessage: () => void (messages += 1),
    onConnected: () => undefined,
    onDisconnected: () => process.exit(0),
    onMisbehaviour: () => undefined,
  });
  await transport.start();
  await host.start();
  process.on('message', () => {
    const { user, system } = process.cpuUsage(cpu);
    process.send!({ messages, cpuUs: user + system } satisfies Report);
    messages = 0;
    cpu = process.cpuUsage();
  });
  process.send!(host.node.getMultiaddrs()[0]!.toString());
}

async function send(seconds: number): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ['receive']);
  const answer = (): Promise<unknown> => new Promise((resolve) => child.once('message', resolve));
  const address = String(await answer());
  const host = await hostOf(1);
  const linked = Promise.withResolvers<void>();
  const transport = createTransport(host, {
    onMessage: () => undefined,
    onConnected: () => linked.resolve(),
    onDisconnected: () => undefined,
    onMisbehaviour: () => undefined,
  });
  await transport.start();
  await host.start();
  await host.node.dial(multiaddr(address));
  await linked.promise;
  console.log('case | messages/s | MB/s | us per message: sender, receiver | frames per write');
  for (const each of CASES) {
    await blast(transport, each, 0.5);
    child.send('start');
    await answer();
    const own = await blast(transport, each, seconds);
    child.send('stop');
    report(each, seconds, own, (await answer()) as Report);
  }
  await transport.stop();
  await host.stop();
}

type Blast = { readonly frames: number; readonly sends: number; readonly cpuUs: number };

async function blast(
  transport: Transport,
  { bytes, perTick }: (typeof CASES)[number],
  seconds: number,
): Promise<Blast> {
  const message = new Uint8Array(bytes).fill(7);
  const link = () => transport.stats().lanes[0]!;
  const before = link();
  const cpu = process.cpuUsage();
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    if (link().queuedBytes < QUEUE_BYTES) {
      for (let count = 0; count < perTick; count += 1)
        transport.send({ kind: 'lane', lane: 0 }, message);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(cpu);
  const after = link();
  return {
    frames: after.framesOut - before.framesOut,
    sends: after.sends - before.sends,
    cpuUs: user + system,
  };
}

function report(each: (typeof CASES)[number], seconds: number, own: Blast, other: Report): void {
  const rate = other.messages / seconds;
  const perMessage = (us: number, messages: number): string => (us / messages).toFixed(2);
  console.log(
    [
      each.name,
      Math.round(rate),
      ((rate * each.bytes) / 1e6).toFixed(1),
      `${perMessage(own.cpuUs, own.frames)}, ${perMessage(other.cpuUs, other.messages)}`,
      (own.frames / own.sends).toFixed(1),
    ].join(' | '),
  );
}

if (process.argv[2] === 'receive') await receive();
else await send(Number(process.argv[2] ?? 3));
