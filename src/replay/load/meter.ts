import { processorMs } from '../processes.ts';

/** Where a system's own cost can be read; all empty: it cannot. */
export type MeterSpec = {
  /** Of the validators' processes, when they run on this machine. */
  readonly pids: readonly number[];
  /** Their metrics in Prometheus' text form. */
  readonly metricsUrls: readonly string[];
  /** What begins a line of a counter of bytes sent to other validators. */
  readonly bytesSent: RegExp;
};

export const BYTES_SENT = {
  althing: /^althing_p2p_bytes_total\{[^}]*direction="out"[^}]*\} (\S+)$/gm,
  algorand: /^algod_network_(?:p2p_)?sent_bytes_total(?:\{[^}]*\})? (\S+)$/gm,
  null: /^$/gm,
} as const;

export const NO_METER: MeterSpec = { pids: [], metricsUrls: [], bytesSent: BYTES_SENT.null };

/** At one moment, over all validators; null: not measured. */
export type MeterSample = {
  readonly cpuMs: number | null;
  readonly bytesSent: number | null;
  readonly driverCpuMs: number;
};

/** A validator that is gone counts with what it had used: a crash leaves no hole in the figures. */
export class Meter {
  readonly #spec: MeterSpec;
  readonly #cpuMs = new Map<number, number>();
  readonly #bytes = new Map<string, number>();

  constructor(spec: MeterSpec) {
    this.#spec = spec;
  }

  async sample(): Promise<MeterSample> {
    const { pids, metricsUrls } = this.#spec;
    await Promise.all([
      ...pids.map(async (pid) => {
        const cpuMs = await processorMs([pid]);
        if (cpuMs !== null) this.#cpuMs.set(pid, cpuMs);
      }),
      ...metricsUrls.map(async (url) => {
        const bytes = await this.#bytesOf(url);
        if (bytes !== null) this.#bytes.set(url, bytes);
      }),
    ]);
    const { user, system } = process.cpuUsage();
    return {
      cpuMs: pids.length === 0 ? null : sum(this.#cpuMs),
      bytesSent: metricsUrls.length === 0 ? null : sum(this.#bytes),
      driverCpuMs: (user + system) / 1000,
    };
  }

  async #bytesOf(url: string): Promise<number | null> {
    try {
      const text = await (await fetch(url)).text();
      let total = 0;
      for (const [, value] of text.matchAll(this.#spec.bytesSent)) total += Number(value);
      return total;
    } catch {
      return null;
    }
  }
}

function sum(values: ReadonlyMap<unknown, number>): number {
  let total = 0;
  for (const value of values.values()) total += value;
  return total;
}
