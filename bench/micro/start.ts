import '../../src/std/polyfill.ts';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadSettings } from '../../src/cli/commands/start.ts';
import { createVerifier } from '../../src/crypto/verify.ts';
import { toConfig } from '../../src/node/folder/config.ts';
import { readIdentity } from '../../src/node/folder/identity.ts';
import { openData } from '../../src/node/start/data.ts';
import { startReplica } from '../../src/node/start/start-replica.ts';
import { START_PARTS, StartClock } from '../../src/node/start/start-times.ts';
import { PROCESS_CLOCKS } from '../../src/node/upkeep/savepoint-rest.ts';

/*
 * What a start costs before there is a network, of a copy of the folder of a validator that was stopped or killed:
 * processor time of this process with all its threads, by part, and how long its main thread only waited.
 *
 *   node --max-semi-space-size=32 dist/bench/micro/start.js <folder>
 */
const home = mkdtempSync(path.join(os.tmpdir(), 'althing-start-'));
try {
  cpSync(process.argv[2] ?? '', home, { recursive: true });
  await measure();
} finally {
  rmSync(home, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const config = toConfig(loadSettings({ home }));
  const { genesis, ledgerId, committee, lane, signer } = readIdentity(home, config);
  const before = performance.eventLoopUtilization();
  const clock = new StartClock(PROCESS_CLOCKS.cpuMs);
  const publicKey = signer?.publicKey ?? null;
  const data = await openData(home, { ledgerId, lane, publicKey }, () => {});
  clock.ended('journal');
  const verifier = createVerifier(config.verify.backend, committee.publicKeys);
  const options = { genesis, ledgerId, committee, lane, signer, verifier, policy: config.policy };
  const started = await startReplica(data, options, 0, clock);
  const { idle } = performance.eventLoopUtilization(before);
  const { replayed, transactions, times, continued } = started;
  console.log(
    `${data.journal.bytes} bytes of journal, ${started.store.tableBytes} of tables; continued behind block ${continued ?? 0}: ${replayed} blocks with ${transactions} transactions replayed`,
  );
  const parts = START_PARTS.map((part) => `${part} ${times[part].toFixed(0)}`);
  console.log(`ms of processor time: ${parts.join(', ')}; waited for ${idle.toFixed(0)} ms`);
  await started.store.close();
  await data.close();
}
