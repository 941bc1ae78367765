import cliProgress from 'cli-progress';
import type { Phase } from '../../audit/audit.ts';

export type AuditProgress = {
  update(phase: Phase, done: number, total: number): void;
  stop(): void;
};

/** Plain lines elsewhere than on a terminal: one for each tenth. */
const PLAIN_STEPS = 10;

/** Bytes of the journal done, on a terminal as a bar. */
export function auditProgress(stream: NodeJS.WriteStream): AuditProgress {
  return stream.isTTY ? bar(stream) : plainLines(stream);
}

function bar(stream: NodeJS.WriteStream): AuditProgress {
  const format = '{phase} {bar} {percentage}%  about {eta_formatted} left';
  const single = new cliProgress.SingleBar(
    { format, stream, clearOnComplete: true, hideCursor: true },
    cliProgress.Presets.shades_classic,
  );
  let current: Phase | null = null;
  return {
    update(phase, done, total) {
      if (phase !== current) single.start(total, 0, { phase: phase.padEnd(7) });
      current = phase;
      single.update(done);
    },
    stop: () => single.stop(),
  };
}

function plainLines(stream: NodeJS.WriteStream): AuditProgress {
  let said = '';
  return {
    update(phase, done, total) {
      const tenths = Math.floor((PLAIN_STEPS * done) / Math.max(1, total));
      const line = `${phase} ${10 * tenths}%`;
      if (line !== said) stream.write(`${line}\n`);
      said = line;
    },
    stop: () => undefined,
  };
}
