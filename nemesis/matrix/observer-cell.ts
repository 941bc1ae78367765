import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { RestClient } from '../../src/client/rest-client.ts';
import type { Prng } from '../../src/std/prng.ts';
import { patiently } from '../clients/patience.ts';
import type { Fleet } from '../cluster/fleet.ts';
import { ORDERS_VARIABLE, type Orders } from '../cluster/orders.ts';
import { OBEDIENT } from '../cluster/validator.ts';
import type { Cell, CellResult } from './cell.ts';
import { copyFolder, flipBit } from './damage.ts';

type Observed = {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly text: string;
};

/** A cell in the life of an observer: it ends while it installs a snapshot, and begins again. */
export async function observerCell(fleet: Fleet, cell: Cell, random: Prng): Promise<CellResult> {
  const home = path.join(fleet.folder, 'observer');
  const yesterday = `${home}-yesterday`;
  try {
    rmSync(home, { recursive: true, force: true });
    // Yesterday's folder is one that holds an installed state.
    if (cell.damage === 'rollback') await caughtUp(fleet, home);
    copyFolder(home, yesterday);
    rmSync(home, { recursive: true, force: true });
    const stopFile = path.join(fleet.folder, 'observer-stop.json');
    const orders = { failpoint: { point: cell.point, hit: 1 }, stopFile };
    const ended = await observe(fleet, home, orders);
    if (ended.signal !== 'SIGKILL') throw new Error(`${cell.point} was not reached: ${ended.text}`);
    const done = damage(cell, home, yesterday, random);
    if (done === null)
      return { cell, isRight: true, short: 'nothing to damage', outcome: 'nothing to damage' };
    return {
      cell,
      isRight: true,
      short: 'same root',
      outcome: (await caughtUp(fleet, home)) + done,
    };
  } catch (cause) {
    return { cell, isRight: false, short: '', outcome: (cause as Error).message };
  }
}

function damage({ damage }: Cell, home: string, yesterday: string, random: Prng): string | null {
  if (damage === 'kill') return '';
  if (damage === 'torn') return null;
  if (damage === 'rollback') {
    copyFolder(yesterday, home);
    return '';
  }
  const store = path.join(home, 'follower', 'store');
  const place = existsSync(store) ? flipBit(store, random) : null;
  return place === null ? null : `: ${place}`;
}

/** Runs an observer until it has what a validator has, or throws what it says. */
async function caughtUp(fleet: Fleet, home: string): Promise<string> {
  const client = new RestClient(fleet.validator(0).place.rest);
  try {
    const { epochs } = await patiently(() => client.status());
    const { code, text } = await observe(fleet, home, {});
    if (code !== 0) throw new Error(`an observer ended with ${code}: ${text}`);
    const roots = [...text.matchAll(/epoch (\d+) .* root (\w+)/g)];
    const [, epoch = '0', root = ''] = roots.at(-1) ?? [];
    if (Number(epoch) < epochs.stable) throw new Error(`it stopped at epoch ${epoch}: ${text}`);
    const { checkpoint } = await patiently(() => client.checkpoint(Number(epoch)));
    if (checkpoint.stateRoot !== root) throw new Error(`another root of epoch ${epoch}`);
    return 'same root';
  } finally {
    await client.close();
  }
}

async function observe(fleet: Fleet, home: string, orders: Orders): Promise<Observed> {
  const genesis = path.join(fleet.validator(0).place.home, 'genesis.json');
  const from = fleet.validators.flatMap(({ place }) => ['--from', place.rest]);
  const args = [OBEDIENT, 'observe', '--once', '--genesis', genesis, '--home', home, ...from];
  const child: ChildProcess = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', [ORDERS_VARIABLE]: JSON.stringify(orders) },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => (text += part));
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, text };
}
