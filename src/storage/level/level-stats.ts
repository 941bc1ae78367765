/** Level, files, MiB, and more. */
const LEVEL_ROW = /^ +\d+ +\d+ +(\d+) /gm;

/** Bytes of all tables by `leveldb.stats`, which counts whole MiB per level. */
export function tableBytes(stats: string): number {
  let mebibytes = 0;
  for (const [, size] of stats.matchAll(LEVEL_ROW)) mebibytes += Number(size);
  return mebibytes * 2 ** 20;
}
