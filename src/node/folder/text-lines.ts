import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 1_048_576;

/**
 * The lines of a file, read piece by piece; the last one need not end, and a byte order mark is no part of the first.
 * The file is closed at the end. Throws for what is not UTF-8.
 */
export function* textLines(path: string): Generator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for (const chunk of fileChunks(path)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

/** The bytes of a file, piece by piece; each is good until the next. The file is closed at the end. */
export function* fileChunks(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      yield chunk.subarray(0, size);
    }
  } finally {
    closeSync(file);
  }
}
