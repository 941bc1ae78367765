import { Option } from 'commander';
import { convertBitcoinFiles } from '../replay/bitcoin-file.ts';
import { synthesizeTrace, TRACE_KINDS, type TraceKind } from '../replay/synthesize.ts';
import type { Trace } from '../replay/trace.ts';
import { traceTotals } from '../replay/trace-arithmetic.ts';
import { readTraceFile, writeTraceFile } from '../replay/trace-file.ts';
import type { AddCommand } from './context.ts';
import { CommandError, EXIT } from './exit-code.ts';
import { table } from './output.ts';
import { wholeNumber } from './parse-option.ts';

type SynthesizeCommand = {
  readonly kind: TraceKind;
  readonly transactions: number;
  readonly seed: string;
};

export const traceCommand: AddCommand = (program, { output }) => {
  const trace = program.command('trace').description('make and look at traces of payments');

  trace
    .command('convert')
    .description('convert a raw Bitcoin block')
    .argument('<block>', 'the raw block')
    .argument('<out>', 'the trace to write (*.utxo.ndjson)')
    .option('--undo <file>', 'its undo data, with the amounts that it spends')
    .action(async (block: string, out: string, options: { undo?: string }) => {
      const converted = await convertBitcoinFiles(block, options.undo ?? null);
      if (!converted.ok) throw new CommandError(EXIT.failed, converted.error);
      show(converted.value, await writeTraceFile(out, converted.value));
    });

  trace
    .command('generate')
    .description('make a synthetic trace; the same for the same arguments')
    .argument('<out>', 'the trace to write (*.utxo.ndjson)')
    .addOption(new Option('--kind <kind>', 'of payments').choices(TRACE_KINDS).default('uniform'))
    .option('--transactions <count>', 'how many', wholeNumber(1, 10_000_000), 1000)
    .option('--seed <text>', 'any text', 'althing')
    .action(async (out: string, options: SynthesizeCommand) => {
      const made = synthesizeTrace(options);
      show(made, await writeTraceFile(out, made));
    });

  trace
    .command('info')
    .description('check a trace and show its figures')
    .argument('<file>', 'a trace (*.utxo.ndjson, also .gz)')
    .action(async (file: string) => {
      const read = await readTraceFile(file);
      if (!read.ok) {
        throw new CommandError(EXIT.failed, `${file}:${read.error.line}: ${read.error.detail}`);
      }
      show(read.value.trace, read.value.sha256);
    });

  function show(made: Trace, sha256: string): void {
    const summary = { name: made.name, sha256, ...traceTotals(made) };
    output().result(summary, () =>
      table(Object.entries(summary).map(([name, value]) => [name, String(value)])),
    );
  }
};
