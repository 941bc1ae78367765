import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const BROWSERS = ['chromium', 'chromium-headless-shell', 'google-chrome'];
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--dump-dom'];
const browser = BROWSERS.find((name) => spawnSync(name, ['--version']).status === 0);

/** Why no page can be looked at here; false: it can. */
export const withoutBrowser = browser === undefined && 'no browser here';

/** A page as its scripts have made it, `ms` of its own time after it was loaded. */
export async function pageIn(url: string, ms = 0): Promise<string> {
  const time = ms === 0 ? [] : [`--virtual-time-budget=${ms}`];
  // Else one that hangs would hold up all tests: nothing else can end it.
  const options = { timeout: 120_000, maxBuffer: 2 ** 26 };
  const { stdout } = await promisify(execFile)(`${browser}`, [...FLAGS, ...time, url], options);
  return stdout;
}
