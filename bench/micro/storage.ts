/**
 * Costs of the storage layer on this machine: journal appends, reads and replay, store reads, staging
 * and flushes. Prints one JSON line per measurement. Argument: a folder on the disk to be measured
 * (default: the system's temporary folder).
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defined } from '../../src/std/assert.ts';
import { createJournal, Journal } from '../../src/storage/journal/journal.ts';
import type { JournalIdentity } from '../../src/storage/journal/segment.ts';
import type { LevelStore } from '../../src/storage/level/level-store.ts';
import { openLevelStore } from '../../src/storage/level/open-level-store.ts';
import type { Digest } from '../../src/types/ids.ts';

const IDENTITY: JournalIdentity = { ledgerId: '00'.repeat(32) as Digest, lane: 0 };
const READS = 50_000;
const root = mkdtempSync(path.join(process.argv[2] ?? os.tmpdir(), 'althing-bench-'));

type Clock = { readonly wallUs: number; readonly cpuUs: number };

async function timed(action: () => Promise<void> | void): Promise<Clock> {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  await action();
  const used = process.cpuUsage(cpu);
  return { wallUs: (performance.now() - wall) * 1000, cpuUs: used.user + used.system };
}

function report(name: string, count: number, clock: Clock, more: object = {}): void {
  const each = (us: number): number => Math.round((us / count) * 100) / 100;
  const perSecond = Math.round((count * 1e6) / clock.wallUs);
  const line = {
    name,
    count,
    wallUs: each(clock.wallUs),
    cpuUs: each(clock.cpuUs),
    perSecond,
    ...more,
  };
  console.log(JSON.stringify(line));
}

async function journal(
  payloadBytes: number,
  count: number,
  perAppend: number,
  atOnce: number,
): Promise<void> {
  const folder = path.join(root, `journal-${payloadBytes}-${perAppend}-${atOnce}`);
  await createJournal(folder, IDENTITY);
  const syncsMs: number[] = [];
  const onCommit = (ms: number): void => void syncsMs.push(ms);
  const opened = await Journal.open(folder, IDENTITY, { onCommit });
  const log = defined(opened.ok ? opened.value : null, 'the journal opens');
  const payloads = Array.from({ length: perAppend }, () => randomBytes(payloadBytes));
  const clock = await timed(async () => {
    for (let done = 0; done < count; done += perAppend * atOnce) {
      await Promise.all(Array.from({ length: atOnce }, () => log.append(payloads)));
    }
  });
  syncsMs.sort((a, b) => a - b);
  const shape = `${payloadBytes} B, ${perAppend} per append, ${atOnce} appends at once`;
  report(`journal append, ${shape}`, count, clock, {
    mbPerSecond: Math.round((count * payloadBytes) / clock.wallUs),
    fsyncs: syncsMs.length,
    fsyncMsP50: syncsMs[syncsMs.length >> 1]!.toFixed(2),
    fsyncMsP99: syncsMs[Math.floor(syncsMs.length * 0.99)]!.toFixed(2),
    bytesPerRecordOverPayload: (folderBytes(folder) - count * payloadBytes) / count,
  });
  report(
    `journal read, ${payloadBytes} B`,
    20_000,
    await timed(() => {
      for (let index = 0; index < 20_000; index += 1) log.read(1 + ((index * 7919) % count));
    }),
  );
  report(
    `journal scan, ${payloadBytes} B`,
    count,
    await timed(async () => {
      for await (const { payload } of log.scan())
        if (payload.length === 0) throw new Error('empty');
    }),
  );
  await log.close();
  let again: Journal | null = null;
  report(
    `journal open, ${payloadBytes} B`,
    count,
    await timed(async () => {
      const reopened = await Journal.open(folder, IDENTITY);
      again = reopened.ok ? reopened.value : null;
    }),
  );
  await defined(again as Journal | null, 'the journal opens again').close();
}

async function openStore(
  folder: string,
  wipe: boolean,
  cacheBytesMax: number,
): Promise<LevelStore> {
  const opened = await openLevelStore(folder, { wipe, cacheBytesMax });
  return defined(opened.ok ? opened.value : null, 'the store opens');
}

async function store(entries: number, valueBytes: number): Promise<void> {
  const folder = path.join(root, 'store');
  const writer = await openStore(folder, true, 32 << 20);
  const keys = Array.from({ length: entries }, () => `c${randomBytes(34).toString('hex')}`);
  const value = randomBytes(valueBytes);
  let stageUs = 0;
  const clock = await timed(async () => {
    for (let from = 0; from < entries; from += 5000) {
      const started = performance.now();
      for (const key of keys.slice(from, from + 5000)) writer.put(key, value);
      stageUs += (performance.now() - started) * 1000;
      await writer.flush();
    }
  });
  report('store put and flush by 5,000', entries, clock, {
    stageUs: (stageUs / entries).toFixed(2),
  });
  report('store get, cached', READS, await timed(() => reads(writer, keys.slice(-10_000))));
  await writer.close();
  const reader = await openStore(folder, false, 0);
  report('store get, LevelDB, first time', READS, await timed(() => reads(reader, keys)));
  const few = keys.slice(0, 5000);
  report('store get, LevelDB, same 5,000', READS, await timed(() => reads(reader, few)));
  const absent = keys.slice(0, 50_000).map((key) => `c00${key.slice(3)}`);
  report('store get, absent', READS, await timed(() => reads(reader, absent)));
  report(
    'store scan of 100',
    500,
    await timed(async () => {
      for (const key of keys.slice(0, 500)) await reader.scan('c', { limit: 100, after: key });
    }),
  );
  await reader.close();
  console.log(
    JSON.stringify({ name: 'store bytes per entry', bytes: folderBytes(folder) / entries }),
  );
}

function reads(from: LevelStore, keys: readonly string[]): void {
  for (let index = 0; index < READS; index += 1) from.get(keys[(index * 7919) % keys.length]!);
}

function folderBytes(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
}

try {
  await journal(600, 20_000, 1, 1);
  await journal(600, 100_000, 4, 16);
  await journal(100_000, 2_000, 1, 1);
  await journal(100_000, 4_000, 1, 8);
  await store(1_000_000, 100);
} finally {
  rmSync(root, { recursive: true });
}
