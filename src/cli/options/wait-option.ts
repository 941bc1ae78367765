import { Option } from 'commander';
import type { WaitLevel } from '../../client/answers.ts';
import type { Wait } from '../../client/rest-client.ts';
import { API_LIMITS } from '../../types/limits.ts';
import { wholeNumber } from './parse-option.ts';

export type WaitOptions = { readonly wait: WaitLevel | 'none'; readonly timeout: number };

/** `--wait` and `--timeout` of commands that follow a transaction. */
export function waitOptions(fallback: WaitOptions['wait']): [Option, Option] {
  const levels = ['none', 'admitted', 'final', 'checkpointed'];
  const most = API_LIMITS.waitMsMax.value;
  return [
    new Option('--wait <level>', 'how far it must be').choices(levels).default(fallback),
    new Option('--timeout <ms>', 'how long to wait')
      .argParser(wholeNumber(0, most))
      .default(10_000),
  ];
}

export function toWait({ wait, timeout }: WaitOptions): Wait | undefined {
  return wait === 'none' ? undefined : { level: wait, timeoutMs: timeout };
}
