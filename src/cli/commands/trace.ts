import { Option } from 'commander';
import { RATES_END, readRateFile, writeRateFile } from '../../replay/rates/rate-format.ts';
import { type RateTrace, rateTotals } from '../../replay/rates/rate-trace.ts';
import {
  type Converted,
  convertRecording,
  kindOfTrace,
  RECORDING_FORMS,
  type RecordingForm,
} from '../../replay/recordings/convert.ts';
import { joinTraces } from '../../replay/trace/join-traces.ts';
import { synthesizeTrace, TRACE_KINDS, type TraceKind } from '../../replay/trace/synthesize.ts';
import type { Trace } from '../../replay/trace/trace.ts';
import { traceTotals } from '../../replay/trace/trace-arithmetic.ts';
import { writeTraceFile } from '../../replay/trace/trace-file.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { wholeNumber } from '../options/parse-option.ts';
import { table } from '../output.ts';
import { readTrace } from '../replay/read-trace.ts';

type SynthesizeCommand = {
  readonly kind: TraceKind;
  readonly transactions: number;
  readonly seed: string;
  readonly rivals: number;
};

type ConvertCommand = {
  readonly form: RecordingForm;
  readonly undo?: string;
  readonly last?: number;
};

export const traceCommand: AddCommand = (program, { output }) => {
  const trace = program.command('trace').description('make and look at traces of payments');

  trace
    .command('convert')
    .description('convert what another system recorded')
    .argument('<file>', 'the recording')
    .argument('<out>', 'the trace to write (*.utxo.ndjson, or *.rate.json for rates)')
    .addOption(
      new Option('--form <form>', 'of the recording').choices(RECORDING_FORMS).default('bitcoin'),
    )
    .option('--undo <file>', "with bitcoin: the block's undo data, with the amounts that it spends")
    .option(
      '--last <seconds>',
      'with mempool: only the newest arrivals',
      wholeNumber(1, 10_000_000),
    )
    .action(async (file: string, out: string, options: ConvertCommand) => {
      refuseName(out, kindOfTrace(options.form));
      const converted = await convertRecording(file, { undo: null, last: null, ...options });
      if (!converted.ok) throw new CommandError(EXIT.failed, converted.error);
      const { value } = converted;
      if (value.kind === 'payments') show(value.trace, await writeTraceFile(out, value.trace));
      else showRates(value.trace, await writeRateFile(out, value.trace));
    });

  trace
    .command('generate')
    .description('make a synthetic trace; the same for the same arguments')
    .argument('<out>', 'the trace to write (*.utxo.ndjson)')
    .addOption(new Option('--kind <kind>', 'of payments').choices(TRACE_KINDS).default('uniform'))
    .option('--transactions <count>', 'how many', wholeNumber(1, 10_000_000), 1000)
    .option('--seed <text>', 'any text', 'althing')
    .option(
      '--rivals <percent>',
      'with mixed: payments that are one of a pair',
      wholeNumber(0, 100),
      40,
    )
    .action(async (out: string, options: SynthesizeCommand) => {
      refuseName(out, 'payments');
      const made = synthesizeTrace({ ...options, rivalPercent: options.rivals });
      show(made, await writeTraceFile(out, made));
    });

  trace
    .command('join')
    .description('several traces of payments back to back, at a pace that the replay decides')
    .argument('<out>', 'the trace to write (*.utxo.ndjson)')
    .argument('<files...>', 'traces (*.utxo.ndjson, also .gz), in this order; one may be repeated')
    .action(async (out: string, files: readonly string[]) => {
      refuseName(out, 'payments');
      const traces: Trace[] = [];
      for (const file of files) traces.push((await readTrace(file)).trace);
      const joined = joinTraces(traces);
      if (!joined.ok) throw new CommandError(EXIT.failed, joined.error);
      show(joined.value, await writeTraceFile(out, joined.value));
    });

  trace
    .command('info')
    .description('check a trace and show its figures')
    .argument('<file>', 'a trace (*.utxo.ndjson, also .gz, or *.rate.json)')
    .action(async (file: string) => {
      if (file.endsWith(RATES_END)) {
        const rates = await readRateFile(file);
        if (!rates.ok) throw new CommandError(EXIT.failed, `${file}: ${rates.error.detail}`);
        showRates(rates.value.trace, rates.value.sha256);
        return;
      }
      const { trace, sha256 } = await readTrace(file);
      show(trace, sha256);
    });

  function show(made: Trace, sha256: string): void {
    print({ name: made.name, sha256, ...traceTotals(made) });
  }

  function showRates(made: RateTrace, sha256: string): void {
    print({ name: made.name, sha256, ...rateTotals(made) });
  }

  function print(summary: Readonly<Record<string, unknown>>): void {
    output().result(summary, () =>
      table(Object.entries(summary).map(([name, value]) => [name, String(value)])),
    );
  }
};

/** Whoever reads it tells by its name what it is. */
function refuseName(out: string, kind: Converted['kind']): void {
  if (out.endsWith(RATES_END) === (kind === 'rates')) return;
  const end = kind === 'rates' ? RATES_END : '.utxo.ndjson';
  throw new CommandError(EXIT.usage, `${out}: a trace of ${kind} has a name that ends in ${end}`);
}
