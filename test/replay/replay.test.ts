import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { networkOf } from '../../src/cli/replay/replay-network.ts';
import { statusText } from '../../src/cli/transaction-text.ts';
import { LightClient } from '../../src/client/light-client.ts';
import { RestClient } from '../../src/client/rest-client.ts';
import { Wallet } from '../../src/client/wallet.ts';
import { toHex } from '../../src/codec/hex.ts';
import { transactionProofToJson } from '../../src/codec/proof-json.ts';
import { REPLAY_DEFAULTS, type ReplayOptions, replay } from '../../src/replay/replay.ts';
import { formatReport, type ReplayReport } from '../../src/replay/report.ts';
import { synthesizeTrace, type TraceKind } from '../../src/replay/trace/synthesize.ts';
import type { TxId } from '../../src/types/ids.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { FUNDING_SECRET, genesis } from './fake-genesis.ts';
import { FakeLedger } from './fake-ledger.ts';

let ledger: FakeLedger;

beforeEach(async () => {
  ledger = new FakeLedger();
  await ledger.start();
});
afterEach(() => ledger.stop());

function wallet(): Wallet {
  const made = Wallet.fromSecrets([FUNDING_SECRET]);
  assert.ok(made.ok);
  return made.value;
}

function traceOf(kind: TraceKind, transactions: number) {
  return synthesizeTrace({ kind, transactions, seed: 'test' });
}

async function run(kind: TraceKind, change: Partial<ReplayOptions> = {}): Promise<ReplayReport> {
  const result = await replay({
    trace: traceOf(kind, 100),
    sha256: null,
    targets: ledger.urls,
    wallet: wallet(),
    pace: { kind: 'rate', perSecond: 2000 },
    routing: 'spread',
    pids: [],
    drainMs: 20_000,
    checkMs: 20_000,
    overdueMs: 500,
    outputsMax: 10_000,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...change,
  });
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
}

test('everything becomes final, spread over all validators, and the outputs are as the trace says', async () => {
  const report = await run('chains', { trace: traceOf('chains', 400) });
  assert.equal(report.passed, true, formatReport(report));
  assert.equal(report.sent, 400);
  assert.equal(report.final, 400);
  assert.equal(report.lost, 0);
  assert.deepEqual(report.rejected, {});
  assert.equal(report.funding.outputs, 16);
  // 384 of 400 depend on another one, 2 outputs each, all of them looked up.
  assert.equal(report.outputs.checked, 16 + 800);
  assert.equal(report.outputs.spent, 400);
  assert.equal(report.roots.checkpoints.length, 4);
  for (const taken of ledger.submissions) assert.ok(taken.length >= 100, String(taken.length));
  assert.ok(report.latencyMs.p99 >= report.latencyMs.p50);
});

test('fees below the minimum are lifted by the funding', async () => {
  const report = await run('uniform');
  // Authored traces leave 1000, the test ledger asks for 2000.
  assert.equal(report.funding.lifted, 100);
  assert.equal(report.funding.added, '100000');
  assert.equal(report.passed, true, formatReport(report));
});

test('the same trace runs again on the same ledger', async () => {
  assert.equal((await run('hot-owner')).passed, true);
  const second = await run('hot-owner', { pace: { kind: 'max', inFlight: 10 } });
  assert.equal(second.passed, true, formatReport(second));
  assert.equal(second.lagMs.max, 0);
});

test('double spends: one of each pair wins, and the loser names it', async () => {
  const report = await run('double-spends');
  assert.ok(report.rivals !== null);
  assert.equal(report.rivals.pairs, 50);
  assert.equal(report.rivals.oneWinner, 50);
  // Rivals are posted to different validators, so that both get into the ledger.
  assert.equal(report.rivals.bothInDag, 50);
  assert.equal(report.rivals.loserNamesWinner, 50);
  assert.equal(report.final, 50);
  // One owner pays each; those of losers do not count.
  assert.equal(report.signaturesPerSecond, report.perSecond);
  assert.deepEqual(report.rejected, { 'input-spent': 50 });
  assert.equal(report.passed, true, formatReport(report));
  // Nothing in it has no rival.
  assert.doesNotMatch(formatReport(report), /p50 -|without a rival/);
});

test('of one validator the table does not say that another was asked', async () => {
  const text = formatReport(await run('uniform', { targets: ledger.urls.slice(0, 1) }));
  assert.match(text, /ms from intended sending\n/);
  assert.match(text, /on 1 validator\nstate root +[0-9a-f]{64}\n/);
  assert.match(text, /100 outputs in 1 transaction, final/);
  assert.match(
    formatReport(await run('uniform')),
    /sending, at another validator\n.* on 4 validators/s,
  );
});

test('a race: what is posted to several has the outcome of the ledger', async () => {
  const report = await run('mixed', { trace: traceOf('mixed', 150), routing: 'race' });
  assert.equal(report.sent, 150);
  assert.equal(report.rivals?.oneWinner, 30);
  assert.equal(report.final, 120);
  assert.ok(report.uncontestedMs !== null);
  assert.equal(report.passed, true, formatReport(report));
});

test('what only the validator says that a transaction was posted to does not count', async () => {
  ledger.faults.silent = true;
  const report = await run('uniform', { drainMs: 200, overdueMs: 60_000 });
  assert.equal(report.final, 0);
  assert.equal(report.lost, 100);
  assert.equal(report.passed, false);
});

test('what a validator answers "busy" is posted again, and not counted as rejected', async () => {
  const report = await run('uniform', {
    onProgress: once('signing', () => (ledger.faults.busy = 30)),
  });
  assert.equal(report.retries.busy, 30);
  assert.equal(report.passed, true, formatReport(report));
});

test('what a validator loses is posted again', async () => {
  const report = await run('uniform', {
    onProgress: once('signing', () => (ledger.faults.lose = 5)),
  });
  assert.ok(report.reposts >= 5, String(report.reposts));
  assert.equal(report.passed, true, formatReport(report));
});

test('a validator that stops answering is left out, and its transactions go to others', async () => {
  const stop = once('sending', () => void ledger.apis[0]!.close(0));
  const report = await run('uniform', {
    trace: traceOf('uniform', 600),
    pace: { kind: 'rate', perSecond: 500 },
    onProgress: stop,
    checkMs: 100,
  });
  assert.equal(report.final, 600);
  // Whether a post or a question finds out first is a matter of luck.
  assert.equal(report.lost, 0);
  // Its checkpoint cannot be compared.
  assert.equal(report.roots.equal, false);
  assert.equal(report.passed, false);
});

test('different checkpoints fail the run', async () => {
  ledger.faults.fork = true;
  const report = await run('uniform');
  assert.equal(report.roots.equal, false);
  assert.equal(report.passed, false);
  assert.match(formatReport(report), /DIFFER/);
});

test('outputs that are not those of the trace fail the run', async () => {
  const report = await run('uniform', {
    onProgress: once('signing', () => (ledger.faults.skim = 10)),
  });
  assert.equal(report.outputs.wrongCount, 20);
  assert.equal(report.passed, false);
  assert.match(formatReport(report), /20 of 300 WRONG/);
});

test('outputs that stay unspent although they were spent fail the run', async () => {
  ledger.faults.forgetful = true;
  const report = await run('uniform');
  assert.equal(report.outputs.wrongCount, 100);
  assert.equal(report.passed, false);
});

test('an account without the money is an error before anything is sent', async () => {
  const poor = Wallet.fromSecrets([new Uint8Array(32).fill(9)]);
  assert.ok(poor.ok);
  const result = await replay({
    trace: traceOf('uniform', 10),
    sha256: null,
    targets: ledger.urls,
    wallet: poor.value,
    pace: { kind: 'rate', perSecond: 100 },
    pids: [],
    ...REPLAY_DEFAULTS,
    outputsMax: 10,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
  assert.ok(!result.ok);
  assert.match(result.error, /^the funding account: \d+ are needed, there are 0$/);
  assert.equal(ledger.submissions.flat().length, 0);
});

test('a wallet pays, and its proof verifies from the genesis alone', async () => {
  const client = new RestClient(ledger.urls[0]!);
  try {
    const prefix = genesis.addressPrefix;
    const payee = Wallet.fromSecrets([new Uint8Array(32).fill(5)]);
    assert.ok(payee.ok);
    const address = payee.value.address(prefix);
    const wait = { level: 'checkpointed', timeoutMs: 5000 } as const;
    const paid = await wallet().send(client, [{ address, amount: 1234n }], { wait });
    assert.ok(paid.ok, paid.ok ? '' : paid.error.detail);
    assert.equal(paid.value.state, 'checkpointed');
    assert.match(statusText(paid.value, 12.5), /^[0-9a-f]{64} checkpointed after 12\.5 ms \(/);
    assert.ok(paid.value.tookMs >= 0);
    assert.equal((await client.balance(address)).balance, 1234n);
    assert.deepEqual(
      (await payee.value.coins(client, prefix)).map(({ amount }) => amount),
      [1234n],
    );
    const proof = await client.transactionProof(paid.value.txid);
    const light = new LightClient(genesis);
    const shown = light.verifyJson(JSON.parse(JSON.stringify(transactionProofToJson(proof))));
    assert.ok(shown.ok, shown.ok ? '' : shown.error);
    assert.equal(shown.value.kind, 'transaction');

    const forged = transactionProofToJson(proof);
    const other = { ...forged, outcome: { txid: 'ab'.repeat(32), accepted: true } };
    assert.equal(light.verifyJson(other).ok, false);
    const { signatures } = forged.certificate;
    const weak = {
      ...forged,
      certificate: { ...forged.certificate, signatures: signatures.slice(1) },
    };
    assert.equal(light.verifyJson(weak).ok, false);
    await assert.rejects(client.transaction('cd'.repeat(32) as TxId), { code: 'not-found' });
    const richer = await wallet().send(client, [{ address, amount: 10n ** 15n }]);
    assert.ok(!richer.ok && richer.error.code === 'inputs-below-outputs');
  } finally {
    await client.close();
  }
});

test('of a devnet those that answer are sent to, as long as they are a quorum', async (t) => {
  const home = temporaryFolder(t);
  const nobody = 'http://127.0.0.1:9';
  const write = (urls: readonly string[]) => {
    const validators = urls.map((rest, pid) => ({ name: `v${pid}`, rest, metrics: rest, pid }));
    const state = { home, validators, funding: { secret: toHex(FUNDING_SECRET) } };
    writeFileSync(path.join(home, 'devnet.json'), JSON.stringify(state));
  };
  const notes: string[] = [];
  const network = () => networkOf({ target: [], home }, (line) => notes.push(line));
  const [a = '', b = '', c = ''] = ledger.urls;
  write([a, nobody, b, c]);
  const { targets, pids } = await network();
  assert.deepEqual(
    [targets, pids],
    [
      [a, b, c],
      [0, 2, 3],
    ],
  );
  assert.deepEqual(notes, [`v1 does not answer and is left out: ${nobody}`]);
  write([a, nobody, b, nobody]);
  await assert.rejects(network(), /2 of 4 validators of .* answer, payments need 3: start/);
});

test('nobody there, and nobody we know, are errors with a code', async () => {
  const nobody = new RestClient('http://127.0.0.1:9');
  await assert.rejects(nobody.params(), { code: 'unreachable' });
  assert.throws(() => new RestClient('no url'), { code: 'invalid-request' });
});

function once(phase: string, act: () => void): ReplayOptions['onProgress'] {
  let acted = false;
  return (progress) => {
    if (acted || progress.phase !== phase) return;
    acted = true;
    act();
  };
}
