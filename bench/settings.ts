import type { Settings } from './passes.ts';

/** Of validators, as `key=value` each. */
export function settingsOf(pairs: readonly string[]): Settings {
  const entries = pairs.map((pair) => {
    const [name = '', text = ''] = pair.split('=');
    const number = Number(text);
    return [name, text === '' || Number.isNaN(number) ? text : number];
  });
  return Object.fromEntries(entries) as Settings;
}
