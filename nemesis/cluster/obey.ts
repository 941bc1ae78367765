import { writeFileSync } from 'node:fs';
import { setFailpointHook } from '../../src/storage/failpoint.ts';
import { realDisk } from '../../src/storage/journal/journal-disk.ts';
import { STORAGE_LIMITS } from '../../src/types/limits.ts';
import type { FailpointOrder, Order, Orders, Stop } from './orders.ts';
import { plant } from './planted.ts';

type Segment = { readonly path: string; writtenBytes: number; durableBytes: number };

/** `order`: at which failpoint from the start on; null: when it is told. */
function endAt(order: FailpointOrder | null, stopFile: string): void {
  const lastSegment = followDisk();
  let armed = order;
  let hits = 0;
  process.on('message', (told: Order) => {
    if (told.kind !== 'arm') return;
    armed = told.failpoint;
    if (told.stops) process.kill(process.pid, 'SIGTERM');
  });
  process.channel?.unref();
  setFailpointHook((name) => {
    if (name !== armed?.point) return;
    hits += 1;
    if (hits !== armed.hit) return;
    const { path = null, durableBytes = 0 } = lastSegment() ?? {};
    const stop: Stop = { point: name, segment: path, durableBytes };
    writeFileSync(stopFile, JSON.stringify(stop));
    process.kill(process.pid, 'SIGKILL');
  });
}

/** Keeps count of what the journal has written and synced. */
function followDisk(): () => Segment | null {
  const { open, write, datasync, sync } = realDisk;
  const segments = new Map<number, Segment>();
  let last: Segment | null = null;
  const synced = (fd: number, bytes: number) => {
    const segment = segments.get(fd);
    if (segment !== undefined) segment.durableBytes = Math.max(segment.durableBytes, bytes);
  };
  Object.assign(realDisk, {
    open: async (path: string, create: boolean) => {
      const fd = await open(path, create);
      segments.set(fd, { path, writtenBytes: 0, durableBytes: 0 });
      return fd;
    },
    write: async (fd: number, bytes: Uint8Array, position: number) => {
      const segment = segments.get(fd);
      if (segment !== undefined) {
        last = segment;
        // What was there at the start is as durable as it gets.
        if (segment.durableBytes === 0) segment.durableBytes = position;
        segment.writtenBytes = Math.max(segment.writtenBytes, position + bytes.length);
      }
      await write(fd, bytes, position);
    },
    datasync: async (fd: number) => {
      const bytes = segments.get(fd)?.writtenBytes ?? 0;
      await datasync(fd);
      synced(fd, bytes);
    },
    sync: async (fd: number) => {
      const bytes = segments.get(fd)?.writtenBytes ?? 0;
      await sync(fd);
      synced(fd, bytes);
    },
  });
  return () => last;
}

/** Ends the process at a failpoint, or plants a lie for the checker to find. */
export function obey({ failpoint, planted, segmentBytes, stopFile }: Orders): void {
  if (segmentBytes !== undefined) {
    Object.assign(STORAGE_LIMITS.segmentBytes, { value: segmentBytes });
  }
  if (stopFile !== undefined) endAt(failpoint ?? null, stopFile);
  if (planted !== undefined) plant(planted);
}
