import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import path from 'node:path';
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

/*
 * Loaded into a validator before anything else (--import), in all its threads: profiles them between two
 * orders from the process that started it. Without an order it does nothing.
 */
export type ProfilerOrder =
  | { readonly kind: 'profile-start' }
  | { readonly kind: 'profile-stop'; readonly folder: string };

/** The files written, the main thread's first. */
export type ProfilerAnswer = { readonly kind: 'profile'; readonly files: readonly string[] };

/** What other threads say to the main one. */
type ThreadWord =
  | { readonly kind: 'thread-begun' }
  | { readonly kind: 'profile-written'; readonly file: string };

const START: ProfilerOrder = { kind: 'profile-start' };
const INTERVAL_US = 500;
const CHANNEL = 'althing-bench-profile';

let session: Session | null = null;

async function begin(): Promise<void> {
  if (session !== null) return;
  session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
  await session.post('Profiler.start');
}

async function end(folder: string): Promise<string> {
  if (session === null) throw new Error('no profile was begun');
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  session = null;
  const file = path.join(folder, `${process.pid}-${threadId}.cpuprofile`);
  writeFileSync(file, JSON.stringify(profile));
  return file;
}

if (isMainThread) listenToParent();
else listenToMainThread();

function listenToParent(): void {
  if (process.send === undefined) return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.unref();
  let threads = 0;
  let heard = (_file: string): void => {};
  channel.onmessage = ({ data }: { data: unknown }) => {
    const word = data as ThreadWord;
    if (word.kind === 'profile-written') heard(word.file);
    else {
      threads += 1;
      // Those that verify are started when there is enough to verify, which may be long after the order.
      if (session !== null) channel.postMessage(START);
    }
  };
  /** Of all other threads: one that is idle answers at once; one that verifies, after its batch. */
  const fromThreads = (): Promise<string[]> =>
    new Promise((resolve) => {
      const files: string[] = [];
      const wanted = threads;
      heard = (file) => files.push(file) === wanted && resolve(files);
      if (wanted === 0) resolve(files);
    });
  process.on('message', (order: ProfilerOrder) => {
    channel.postMessage(order);
    if (order.kind === 'profile-start') {
      void begin().then(() => process.send?.({ kind: 'profile', files: [] }));
    } else {
      void Promise.all([end(order.folder), fromThreads()]).then(([file, others]) =>
        process.send?.({ kind: 'profile', files: [file, ...others] }),
      );
    }
  });
  process.channel?.unref();
}

function listenToMainThread(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.unref();
  channel.onmessage = ({ data }: { data: unknown }) => {
    const order = data as ProfilerOrder | ThreadWord;
    if (order.kind === 'profile-start') void begin();
    // It was begun too late for a profile that ends: nobody waits for its word.
    else if (order.kind === 'profile-stop' && session !== null) {
      void end(order.folder).then((file) => say({ kind: 'profile-written', file }));
    }
  };
  const say = (word: ThreadWord): void => channel.postMessage(word);
  say({ kind: 'thread-begun' });
}
