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

const INTERVAL_US = 500;
const CHANNEL = 'althing-bench-profile';

let session: Session | null = null;

async function begin(): Promise<void> {
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
  const threads = new BroadcastChannel(CHANNEL);
  threads.unref();
  const fromThreads: string[] = [];
  threads.onmessage = ({ data }: { data: unknown }) => {
    if (typeof data === 'string') fromThreads.push(data);
  };
  process.on('message', (order: ProfilerOrder) => {
    threads.postMessage(order);
    if (order.kind === 'profile-start') {
      void begin().then(() => process.send?.({ kind: 'profile', files: [] }));
    } else {
      void end(order.folder).then(async (file) => {
        // A thread that is idle answers at once; one that verifies, after its batch.
        await new Promise((resolve) => setTimeout(resolve, 500));
        process.send?.({ kind: 'profile', files: [file, ...fromThreads] });
      });
    }
  });
  process.channel?.unref();
}

function listenToMainThread(): void {
  const main = new BroadcastChannel(CHANNEL);
  main.unref();
  main.onmessage = ({ data }: { data: unknown }) => {
    const order = data as ProfilerOrder;
    if (order.kind === 'profile-start') void begin();
    else if (order.kind === 'profile-stop') {
      void end(order.folder).then((file) => main.postMessage(file));
    }
  };
}
