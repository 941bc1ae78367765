import { type Profiler, Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

/** What ran since the last look: per script, which characters of its source were reached. */
export type Reached = {
  readonly scripts: ReadonlyMap<string, Uint8Array>;
  /** Functions entered and blocks run: the same for the same input, whatever the machine. */
  readonly work: number;
};

/**
 * The process's one session, which stays open: only what is compiled while it is gets counters for
 * its blocks. A second session would find the functions of the first without them.
 */
let session: Session | undefined;

/**
 * What was reached must not depend on when the runtime optimised a function, for optimised code
 * does not count calls, nor on when it dropped one's code, which is compiled again with new counters.
 */
const COUNTS_EXACTLY = ['--no-opt', '--no-maglev', '--no-flush-bytecode'];

function openSession(): Session {
  for (const flag of COUNTS_EXACTLY) setFlagsFromString(flag);
  const opened = new Session();
  opened.connect();
  post(opened, 'Profiler.enable');
  post(opened, 'Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return opened;
}

/** A session of the own thread answers before `post` returns. */
function post(to: Session, method: string, params?: object): unknown {
  let answer: unknown;
  let fault: Error | null = null;
  to.post(method, params as never, (error: Error | null, result: unknown) => {
    fault = error;
    answer = result;
  });
  if (fault !== null) throw fault;
  return answer;
}

/**
 * Block coverage by the runtime's own profiler, read while the process runs. A look costs about a
 * millisecond, so the engine runs many inputs between two looks and searches only when one is new.
 */
export class Coverage {
  readonly #session: Session;
  readonly #matches: (url: string) => boolean;
  readonly #seen = new Map<string, Uint8Array>();
  #blocks = new Set<string>();

  constructor(matches: (url: string) => boolean) {
    this.#matches = matches;
    session ??= openSession();
    this.#session = session;
  }

  /** Number of distinct blocks reached by everything that was kept. */
  get blocks(): number {
    return this.#blocks.size;
  }

  take(): Reached {
    const { result } = post(this.#session, 'Profiler.takePreciseCoverage') as {
      result: Profiler.ScriptCoverage[];
    };
    const scripts = new Map<string, Uint8Array>();
    let work = 0;
    for (const script of result) {
      if (!this.#matches(script.url)) continue;
      const reached = paint(script);
      scripts.set(script.url, reached);
      for (const { ranges } of script.functions) for (const { count } of ranges) work += count;
    }
    return { scripts, work };
  }

  /** Whether something was reached that nothing kept before has reached. */
  isNew({ scripts }: Reached): boolean {
    for (const [url, reached] of scripts) {
      const seen = this.#seen.get(url);
      if (seen === undefined) return true;
      for (let at = 0; at < reached.length; at++) {
        if (reached[at] === 1 && seen[at] !== 1) return true;
      }
    }
    return false;
  }

  keep({ scripts }: Reached): void {
    for (const [url, reached] of scripts) {
      const seen = this.#seen.get(url) ?? new Uint8Array();
      const longer = new Uint8Array(Math.max(seen.length, reached.length));
      longer.set(seen);
      let inBlock = false;
      for (let at = 0; at < reached.length; at++) {
        const isNew = reached[at] === 1 && longer[at] !== 1;
        if (isNew && !inBlock) this.#blocks.add(`${url}:${at}`);
        inBlock = isNew;
        if (isNew) longer[at] = 1;
      }
      this.#seen.set(url, longer);
    }
  }
}

/** Functions come from the outside in; a block that did not run stands inside of one that did. */
function paint({ functions }: Profiler.ScriptCoverage): Uint8Array {
  let length = 0;
  for (const { ranges } of functions) length = Math.max(length, ranges[0]?.endOffset ?? 0);
  const reached = new Uint8Array(length);
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges) {
      reached.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    }
  }
  return reached;
}
