/** What was wrong in a foreign file, and where. */
export class ByteCursorError extends Error {
  override readonly name = 'ByteCursorError';
}

/**
 * Reads Bitcoin's little-endian encodings front to back. Every length is checked against what is left
 * before anything is taken, so a lying length costs nothing. Throws ByteCursorError, which the parsers
 * of this folder turn into a Result at their edge.
 */
export class ByteCursor {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.position;
  }

  get left(): number {
    return this.bytes.length - this.position;
  }

  take(length: number): Uint8Array {
    if (length > this.left) {
      throw new ByteCursorError(
        `ends at byte ${this.bytes.length}, ${length} bytes were expected at ${this.position}`,
      );
    }
    const part = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
    return part;
  }

  peek(at: number): number | undefined {
    return this.bytes[this.position + at];
  }

  u32(): number {
    const at = this.position;
    this.take(4);
    return this.view.getUint32(at, true);
  }

  u64(): bigint {
    const at = this.position;
    this.take(8);
    return this.view.getBigUint64(at, true);
  }

  /** A count or length in Bitcoin's 1, 3, 5 or 9 byte form; `unitBytes` is the least that one counted thing takes. */
  count(unitBytes: number): number {
    const at = this.position;
    const value = this.compactSize();
    if (value * unitBytes > this.left) {
      throw new ByteCursorError(`the count ${value} at byte ${at} is more than the file can hold`);
    }
    return value;
  }

  private compactSize(): number {
    const at = this.position;
    const first = this.take(1)[0] ?? 0;
    if (first < 0xfd) return first;
    const width = first === 0xfd ? 2 : first === 0xfe ? 4 : 8;
    this.take(width);
    const value =
      width === 2
        ? this.view.getUint16(at + 1, true)
        : width === 4
          ? this.view.getUint32(at + 1, true)
          : Number(this.view.getBigUint64(at + 1, true));
    const least = width === 2 ? 0xfd : width === 4 ? 0x1_0000 : 0x1_0000_0000;
    if (value < least)
      throw new ByteCursorError(`the length at byte ${at} is not in its short form`);
    return value;
  }
}
