// Compiles the bundle beforehand: runs a small network from it, whose first validator writes down what V8 has
// compiled of each chunk by then. That is what a start needs, functions that are compiled when first called included.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const KEEP_CODE = fileURLToPath(new URL('keep-code.cjs', import.meta.url));
const PAYMENTS = 30;
/** Generous: the machine may be busy. */
const WATCHDOG_MS = 300_000;

/** `main`: the main file of a bundle that has just been made. Throws when its network does not work. */
export async function cacheCode(main) {
  const home = mkdtempSync(join(tmpdir(), 'althing-build-'));
  const devnet = startDevnet(main, home);
  const watchdog = setTimeout(() => devnet.child.kill('SIGKILL'), WATCHDOG_MS);
  try {
    await devnet.isUp;
    for (let n = 0; n < PAYMENTS; n += 1) await pay(home);
    devnet.child.kill('SIGTERM');
    const code = await devnet.ended;
    if (code !== 0) throw new Error(devnet.complaint(code));
  } finally {
    devnet.child.kill('SIGKILL');
    clearTimeout(watchdog);
    await devnet.ended;
    rmSync(home, { recursive: true, force: true });
  }
}

function startDevnet(main, home) {
  const args = [main, 'devnet', '--validators', '2', '--home', home, '--port-base', '0'];
  const NODE_OPTIONS = `--require ${JSON.stringify(KEEP_CODE)}`;
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS },
  });
  const ended = once(child, 'close').then(([code, signal]) => signal ?? code);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const complaint = (how) => `the network of the bundle ended with ${how}: ${errors}`;
  const isUp = new Promise((resolve, reject) => {
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (said.includes('Ctrl-C stops')) resolve();
    });
    void ended.then((how) => reject(new Error(complaint(how))));
  });
  return { child, ended, isUp, complaint };
}

/** From the faucet; returns when it is final. */
async function pay(home) {
  const { accounts, validators } = JSON.parse(readFileSync(join(home, 'devnet.json'), 'utf8'));
  const [{ rest }] = validators;
  const body = JSON.stringify({ address: accounts[0].address, amount: '5' });
  const headers = { 'content-type': 'application/json' };
  const answer = await ask(`${rest}/dev/v1/faucet`, { method: 'POST', headers, body });
  let status = await answer.json();
  while (!/^(final|checkpointed)$/.test(status.state)) {
    await sleep(10);
    status = await (await ask(`${rest}/v1/transactions/${status.txid}`)).json();
  }
}

/** Again on a new connection if the first was closed: it was idle for too long on a machine that slept. */
async function ask(url, request) {
  try {
    return await fetch(url, request);
  } catch {
    return await fetch(url, request);
  }
}
