import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { BenchDevnet } from '../devnet.ts';
import { beside } from './accomplice.ts';
import { armsFor } from './arms.ts';
import type { AttackName } from './attacks.ts';
import type { Setting } from './setting.ts';
import { measured, type Stretch, tell, together } from './stretch.ts';

/** Quiet, attacked and control in turns; on a machine that others use too, only neighbours can be compared. */
export async function denial(setting: Setting, name: AttackName): Promise<void> {
  const { devnet, purse, seconds, rounds, rest, pay, profile } = setting;
  const quiet: Stretch[] = [];
  const attacked: Stretch[] = [];
  const control: Stretch[] = [];
  let struck = 0;
  let attackerMs = 0;
  for (let round = 0; round < rounds; round += 1) {
    const arms = armsFor(name, devnet, purse, seconds);
    quiet.push(await measured(devnet, pay));
    if (profile !== undefined) await devnet.startProfile();
    const order = { kind: 'attack', name, arms } as const;
    const { result, report } = await beside(order, () => measured(devnet, pay));
    if (profile !== undefined) await keepProfiles(devnet, name, profile);
    attacked.push(result);
    struck += report.struck;
    attackerMs += report.cpuMs;
    await rest();
    const burn = { kind: 'burn', share: report.cpuMs / 1000 / seconds } as const;
    control.push((await beside(burn, () => measured(devnet, pay))).result);
    await rest();
  }
  const [calm, controlled] = [together(quiet), together(control)];
  const attackerMsPerSecond = Math.round(attackerMs / seconds / rounds);
  tell('quiet', calm, {});
  tell(
    name,
    together(attacked),
    { quiet: calm, control: controlled },
    { struck, attackerMsPerSecond },
  );
  tell('control', controlled, { quiet: calm });
}

/** Named by attack, validator and thread; any reader of V8's profiles opens them. */
async function keepProfiles(devnet: BenchDevnet, name: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [validator, { files }] of (await devnet.stopProfile()).entries()) {
    for (const [thread, file] of files.entries()) {
      copyFileSync(file, path.join(folder, `${name}-${validator}-${thread}.cpuprofile`));
    }
  }
}
