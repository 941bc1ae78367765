/**
 * How a command answers: for people, or with --json as one JSON document on standard output. Its names are in
 * camelCase, also those of what REST gave; only documents that others read (a proof, evidence) have their own form.
 */
export type Output = {
  readonly json: boolean;
  /** The result. `text` is only made when people read it. */
  result(value: unknown, text: () => string): void;
  /** One of many results, as they come: a line each. */
  line(value: unknown, text: () => string): void;
  /** Beside the result: to standard error, so that it never mixes with it. */
  note(line: string): void;
};

export function createOutput(json: boolean): Output {
  return {
    json,
    result(value, text) {
      process.stdout.write(json ? `${JSON.stringify(value, jsonValue, 2)}\n` : `${text()}\n`);
    },
    line(value, text) {
      process.stdout.write(`${json ? JSON.stringify(value, jsonValue) : text()}\n`);
    },
    note: (line) => void process.stderr.write(`${line}\n`),
  };
}

/** Amounts are decimal strings and bytes hex, as in REST. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return value;
}

/** Columns as wide as their widest cell; on a terminal the last one goes on below itself where it is too long. */
export function table(
  rows: readonly (readonly string[])[],
  width: number | undefined = process.stdout.columns,
): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  const lines = rows.flatMap((row) => {
    const before = row.slice(0, -1);
    const from = line([...before, '']).length - (widths[before.length] ?? 0);
    const [first = '', ...rest] = wrapped(row.at(-1) ?? '', (width ?? Infinity) - from);
    return [line([...before, first]), ...rest.map((part) => ' '.repeat(from) + part)];
  });
  return lines.map((one) => one.trimEnd()).join('\n');
}

/** In lines of so many columns, broken at blanks alone. */
function wrapped(text: string, width: number): string[] {
  if (text.length <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
