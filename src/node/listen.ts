import type { SettingName } from './folder/settings.ts';
import { OperatorError } from './operator-error.ts';

/** Begins to listen; when that fails, says which setting asked for it and what to do. */
export async function listenOrExplain<T>(
  setting: SettingName,
  place: string,
  listen: () => Promise<T>,
): Promise<T> {
  try {
    return await listen();
  } catch (cause) {
    if (cause instanceof EvalError) {
      const hint = 'fastify cannot do without it, so start without that option of Node.js';
      throw new OperatorError('failed', `${cause.message}: ${hint}`);
    }
    const code = codeOf(cause);
    const isHost = code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL';
    const wrong = isHost ? setting.replace(/\.port$/, '.host') : setting;
    const what =
      code === 'EADDRINUSE'
        ? `${place} is in use: stop what uses it, or choose another with --${wrong}`
        : `${place} cannot be listened on (${code ?? (cause as Error).message}): choose another with --${wrong}`;
    throw new OperatorError('failed', what);
  }
}

/** The system's code, wherever a library has wrapped it. */
function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { code, errors } = cause as NodeJS.ErrnoException & { errors?: readonly unknown[] };
  if (/^E[A-Z]+$/.test(code ?? '')) return code;
  const nested = [cause.cause, ...(errors ?? [])].map(codeOf);
  const found = nested.find((one) => one !== undefined);
  return found ?? /\b(EADDRINUSE|EACCES|EADDRNOTAVAIL)\b/.exec(cause.message)?.[0];
}
