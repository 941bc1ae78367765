import { connect, type Socket } from 'node:net';
import { Agent, request } from 'undici';

/** What an attacker knows and has ready; signed before, so that it costs the attacker nothing while it strikes. */
export type Arms = {
  /** REST of each validator. */
  readonly rest: readonly string[];
  /** Where each validator listens for peers, as URLs. */
  readonly p2p: readonly string[];
  /** What is posted where, one after the other per place, each at its time after the beginning. */
  readonly shots: readonly Shot[];
};

export type Shot = { readonly at: number; readonly atMs: number; readonly body: Uint8Array };

/** Goes on until the signal; resolves when everything of it is gone. Answers how often it struck. */
export type Attack = (arms: Arms, until: AbortSignal) => Promise<number>;

/** Attackers come from an address of their own: what is charged by address must not fall on others. */
const ATTACKER = '127.0.0.2';
const SLOW_SOCKETS = 100;
const IDLE_SOCKETS = 400;
/** At each validator, half of them at each of its two ports. */
const DIALS_PER_SECOND = 200;
const DIAL_MS = 500;
const REDIAL_MS = 100;
/** What a dialler of libp2p says first: that it speaks multistream-select, and that it wants noise. */
const HELLO = Buffer.concat(['/multistream/1.0.0\n', '/noise\n'].map(lengthPrefixed));
/** The first message of a noise handshake: an ephemeral key, any 32 bytes. The victim answers with a signature. */
const NOISE_FIRST = Buffer.concat([Buffer.from([0, 32]), Buffer.alloc(32, 9)]);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function lengthPrefixed(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
}

function dial(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, localAddress: ATTACKER });
  socket.on('error', () => undefined);
  socket.resume();
  return socket;
}

/** Keeps so many sockets open at each target, each opened again when it is closed. */
async function holdSockets(
  urls: readonly string[],
  count: number,
  until: AbortSignal,
  begin: (socket: Socket) => void,
): Promise<number> {
  let opened = 0;
  const holders = urls.flatMap((url) =>
    Array.from({ length: count }, async () => {
      while (!until.aborted) {
        const socket = dial(url);
        opened += 1;
        begin(socket);
        const leave = () => socket.destroy();
        until.addEventListener('abort', leave, { once: true });
        await new Promise((resolve) => socket.once('close', resolve));
        until.removeEventListener('abort', leave);
        await pause(REDIAL_MS);
      }
    }),
  );
  await Promise.all(holders);
  return opened;
}

/** Dials all of them again and again, so often per second each, and leaves soon. */
async function redial(
  urls: readonly string[],
  perSecond: number,
  until: AbortSignal,
  begin: (socket: Socket) => void,
): Promise<number> {
  const started = performance.now();
  let rounds = 0;
  while (!until.aborted) {
    for (; rounds < ((performance.now() - started) / 1000) * perSecond; rounds += 1) {
      for (const url of urls) {
        const socket = dial(url);
        begin(socket);
        setTimeout(() => socket.destroy(), DIAL_MS);
      }
    }
    await pause(5);
  }
  return rounds * urls.length;
}

/** Posts to each validator what is meant for it, when it is time and the one before is answered, whatever the answer. */
async function fire({ rest, shots }: Arms, until: AbortSignal): Promise<number> {
  let posted = 0;
  const dispatcher = new Agent({ localAddress: ATTACKER });
  const started = performance.now();
  const loops = rest.map(async (url, place) => {
    for (const { at, atMs, body } of shots) {
      if (until.aborted) break;
      if (at !== place) continue;
      await pause(Math.max(0, started + atMs - performance.now()));
      posted += 1;
      const answer = await request(`${url}/v1/transactions/batch`, {
        dispatcher,
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body,
        signal: until,
      }).catch(() => null);
      await answer?.body.dump().catch(() => undefined);
    }
  });
  await Promise.all(loops);
  await dispatcher.destroy();
  return posted;
}

export const ATTACKS = {
  'slow-bodies': async ({ rest }, until) =>
    holdSockets(rest, SLOW_SOCKETS, until, (socket) => {
      socket.write(
        'POST /v1/transactions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/octet-stream\r\ncontent-length: 90000\r\n\r\n',
      );
      const drip = setInterval(() => socket.write('x'), 1000);
      socket.once('close', () => clearInterval(drip));
    }),
  'idle-sockets': async ({ rest }, until) =>
    holdSockets(rest, IDLE_SOCKETS, until, () => undefined),
  connections: async ({ rest, p2p }, until) =>
    redial([...rest, ...p2p], DIALS_PER_SECOND / 2, until, () => undefined),
  handshakes: async ({ p2p }, until) =>
    redial(p2p, DIALS_PER_SECOND / 2, until, (socket) => {
      socket.write(HELLO);
      socket.write(NOISE_FIRST);
    }),
  'bad-signatures': fire,
  'double-spends': fire,
  'contested-pairs': fire,
  // No attack: what so many payments do that contend with nothing.
  'more-payments': fire,
  'large-blocks': fire,
} as const satisfies Record<string, Attack>;

export type AttackName = keyof typeof ATTACKS;
