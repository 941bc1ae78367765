import cliProgress from 'cli-progress';

export type ReplayPhase = 'funding' | 'signing' | 'sending' | 'draining' | 'checking';

/** A look at a run under way. */
export type ReplayProgress = {
  readonly phase: ReplayPhase;
  readonly total: number;
  /** Signed while signing, sent afterwards. */
  readonly sent: number;
  readonly final: number;
  readonly rejected: number;
  readonly elapsedMs: number;
};

export type ProgressView = {
  update(progress: ReplayProgress): void;
  stop(): void;
};

/** Columns of the bar: with it, what a run of 100,000 says beside it fits a terminal of 80. */
const BAR = 16;
/** Least time between two plain lines. */
const LINE_MS = 5000;

/** A bar where somebody looks at a terminal, a line now and then elsewhere. */
export function progressView(stream: NodeJS.WriteStream): ProgressView {
  return stream.isTTY ? bar(stream) : plainLines(stream);
}

function bar(stream: NodeJS.WriteStream): ProgressView {
  const single = new cliProgress.SingleBar(
    {
      format: '{phase} {bar} {percentage}%  {text}',
      barsize: BAR,
      stream,
      clearOnComplete: true,
      hideCursor: true,
    },
    cliProgress.Presets.shades_classic,
  );
  let started = false;
  return {
    update(progress) {
      const payload = { phase: progress.phase.padEnd(8), text: text(progress) };
      if (!started) single.start(progress.total, 0, payload);
      started = true;
      single.update(done(progress), payload);
    },
    stop: () => single.stop(),
  };
}

function plainLines(stream: NodeJS.WriteStream): ProgressView {
  let phase = '';
  let lastMs = 0;
  return {
    update(progress) {
      const isDue = progress.elapsedMs - lastMs >= LINE_MS || progress.elapsedMs < lastMs;
      if (progress.phase === phase && !isDue) return;
      phase = progress.phase;
      lastMs = progress.elapsedMs;
      stream.write(`${phase.padEnd(8)} ${done(progress)}/${progress.total}  ${text(progress)}\n`);
    },
    stop: () => undefined,
  };
}

function done(progress: ReplayProgress): number {
  if (progress.phase === 'signing') return progress.sent;
  return progress.final + progress.rejected;
}

function text({ phase, sent, final, rejected, elapsedMs }: ReplayProgress): string {
  if (phase === 'funding' || phase === 'signing') return '';
  const perSecond = elapsedMs > 0 ? (final * 1000) / elapsedMs : 0;
  return `sent ${sent}, final ${final}, rejected ${rejected}, ${perSecond.toFixed(0)} tx/s`;
}
