import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { Compile } from 'typebox/schema';
import { decodeBlock } from '../../src/codec/block.ts';
import { EventLog } from '../../src/node/log/event-log.ts';
import { type Log, silentLogger } from '../../src/node/log/logger.ts';
import type { Effects, Input } from '../../src/replica/effects.ts';
import { Reference } from '../../src/sim/reference/admission.ts';
import { settingOf } from '../../src/sim/reference/setting.ts';
import { readProjectFile } from '../project/files.ts';
import { lock, ReplicaCluster, verifier } from '../replica/replica-cluster.ts';
import { openBelow } from '../system/descriptors.ts';
import { fullPipe } from '../system/full-pipe.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';

type Line = { readonly event: string } & Readonly<Record<string, unknown>>;

const schema = JSON.parse(readProjectFile('docs/events.schema.json'));
const line = Compile(schema);
const folder = temporaryFolder({ after });

function assertConforms(value: unknown): void {
  assert.ok(line.Check(value), JSON.stringify(value));
}

function linesOf(file: string): Line[] {
  const text = readFileSync(file, 'utf8');
  assert.ok(text.endsWith('\n'));
  return text
    .trimEnd()
    .split('\n')
    .map((each) => JSON.parse(each));
}

/** Four replicas that tell what happens; the log of each. */
class ToldCluster extends ReplicaCluster {
  /** Not there while the constructor of before runs. */
  logs: readonly EventLog[] | undefined;

  constructor() {
    super(4, { trace: true });
  }

  override step(lane: number, input: Input): Effects {
    const effects = super.step(lane, input);
    this.logs?.[lane]?.released(effects);
    return effects;
  }
}

type Options = { fileBytesMax?: number; filesKept?: number; log?: Log };

function logAt(name: string, options: Options = {}): EventLog {
  const file = path.resolve(folder, name);
  const common = { now: () => 1000, log: silentLogger(), fileBytesMax: 2 ** 30, filesKept: 2 };
  return new EventLog({ ...common, ...options, file });
}

/** Payments, a chain, double spends through two lanes, and a lane that forks. */
function run(): { cluster: ToldCluster; lines: readonly Line[][] } {
  const cluster = new ToldCluster();
  const { ledgerId } = cluster;
  cluster.logs = [0, 1, 2, 3].map((lane) => logAt(`run-${lane}`));
  for (const [lane, log] of cluster.logs.entries()) {
    log.started({ version: 'test', ledgerId, lane, blocks: 0 });
  }
  cluster.run(10);
  for (let round = 0; round < 3; round += 1) {
    const [first, second] = [2 * round, 2 * round + 1].map((index) => cluster.coin(index));
    assert(first && second);
    const submit = (lane: number, tx: ReturnType<ReplicaCluster['pay']>) =>
      cluster.step(lane, { kind: 'submit', tx });
    const parent = cluster.pay([first], [{ amount: 990n, lock }]);
    submit(0, parent);
    submit(0, cluster.pay([{ txid: parent.txid, index: 0 }], [{ amount: 980n, lock }]));
    for (const lane of [1, 2]) {
      submit(lane, cluster.pay([second], [{ amount: 990n - BigInt(lane), lock }]));
    }
    cluster.run(1500);
  }
  for (const log of cluster.logs) log.close();
  return { cluster, lines: [0, 1, 2, 3].map((lane) => linesOf(path.join(folder, `run-${lane}`))) };
}

describe('the event log', () => {
  const { cluster, lines } = run();
  const of = (lane: number, event: string) => lines[lane]!.filter((each) => each.event === event);

  it('conforms to its schema in every line of a run, and counts them', () => {
    for (const [lane, log] of lines.entries()) {
      log.forEach((each, index) => {
        assertConforms(each);
        assert.equal(each.n, index);
      });
      assert.equal(log[0]?.event, 'start');
      assert.equal(log.at(-1)?.event, 'stop');
      assert.ok(of(lane, 'own-block').every((each) => each.lane === lane));
      assert.ok(of(lane, 'block').every((each) => each.lane !== lane));
    }
    const seen = new Set(lines.flat().map(({ event }) => event));
    const met = ['block', 'own-block', 'verdict', 'final', 'rejected', 'cut-opened', 'cut-decided'];
    for (const event of [...met, 'resolved', 'checkpoint']) assert.ok(seen.has(event), event);
  });

  it('has every admitted block, once, in the order of the journal', () => {
    for (const [lane, log] of lines.entries()) {
      const told = log.filter(({ event }) => event === 'block' || event === 'own-block');
      const journal = cluster.journals[lane]!.map((bytes) => {
        const block = decodeBlock(bytes);
        assert.ok(block.ok);
        return block.value.digest;
      });
      assert.deepEqual(
        told.map(({ block }) => block),
        journal,
      );
    }
  });

  it('says of verdicts, cuts and outcomes what the definitions say', () => {
    for (const lane of lines.keys()) {
      const reference = new Reference(settingOf(cluster, verifier));
      for (const bytes of cluster.journals[lane]!) {
        const block = decodeBlock(bytes);
        assert.ok(block.ok && reference.admit(block.value).kind === 'admitted');
      }
      const defined = [...reference.model.verdicts].flatMap(([txid, verdicts]) =>
        verdicts.map(({ at, clean }) => `${at.digest} ${clean} ${txid}`),
      );
      const told = of(lane, 'verdict').flatMap(({ block, clean, txids }) =>
        (txids as string[]).map((txid) => `${block} ${clean} ${txid}`),
      );
      assert.deepEqual(told.sort(), defined.sort());
      assert.ok(told.some((each) => each.includes('false')) && told.length > 20);

      const history = reference.model.entries.at(-1)!.history.copy();
      for (const entry of reference.model.entries) history.add(entry.index);
      const ledger = reference.ledgerIn(history);
      const outcomes = new Map(
        of(lane, 'resolved').map(({ txid, accepted, winner }) => [txid, [accepted, winner]]),
      );
      for (const txid of reference.model.transactions.keys()) {
        const outcome = ledger?.outcomes.get(txid)?.outcome;
        assert.ok(outcome);
        const winner = outcome.accepted ? undefined : outcome.winner;
        assert.deepEqual(outcomes.get(txid), [outcome.accepted, winner]);
      }
      const cuts = of(lane, 'cut-decided').map(({ epoch, outcomes: count }) => [epoch, count]);
      assert.equal(cuts.length, ledger?.epoch);
      assert.equal(
        cuts.reduce((sum, [, count]) => sum + Number(count), 0),
        outcomes.size,
      );
    }
  });

  it('can be checked by itself: who is final has clean verdicts of a quorum, who decides has opened', () => {
    for (const log of lines) {
      const clean = new Map<string, Set<unknown>>();
      const opened = new Set<unknown>();
      for (const each of log) {
        if (each.event === 'cut-opened') opened.add(each.block);
        if (each.event === 'cut-decided') assert.ok(opened.has(each.block));
        if (each.event === 'verdict' && each.clean === true) {
          for (const txid of each.txids as string[]) {
            clean.set(txid, (clean.get(txid) ?? new Set()).add(each.lane));
          }
        }
        if (each.event !== 'final' || each.path !== 'clean') continue;
        assert.ok((clean.get(each.txid as string)?.size ?? 0) >= 3, String(each.txid));
      }
    }
  });

  it('refuses what its schema does not know', () => {
    const right = lines[0]!.find(({ event }) => event === 'final')!;
    assertConforms(right);
    for (const wrong of [
      { ...right, v: 2 },
      { ...right, event: 'finals' },
      { ...right, path: 'fast' },
      { ...right, more: 1 },
      { ...right, txid: 'AB' },
      { ...right, n: -1 },
      {},
    ]) {
      assert.equal(line.Check(wrong), false, JSON.stringify(wrong));
    }
  });

  it('tells nothing when nobody asked', () => {
    const silent = new ReplicaCluster();
    silent.run(5);
    const tx = silent.pay([silent.coin(0)], [{ amount: 990n, lock }]);
    const effects = silent.step(0, { kind: 'submit', tx });
    assert.equal('trace' in effects, false);
  });

  it('rotates at its bound, keeps so many, and goes on where it was', () => {
    const bounds = { fileBytesMax: 2000, filesKept: 2 };
    const halts = 40;
    for (let i = 0; i < halts; i += 1) {
      const log = logAt('rotated', bounds);
      log.halted('disk-error', 'x'.repeat(200));
      log.close();
    }
    const names = readdirSync(folder).filter((name) => name.startsWith('rotated'));
    assert.deepEqual(names.sort(), ['rotated', 'rotated.1', 'rotated.2']);
    for (const name of names) {
      assert.ok(statSync(path.join(folder, name)).size <= bounds.fileBytesMax);
      linesOf(path.join(folder, name)).forEach(assertConforms);
    }
    const none = logAt('alone', { fileBytesMax: 500, filesKept: 0 });
    for (let i = 0; i < 5; i += 1) none.halted('disk-error', 'y'.repeat(200));
    none.close();
    assert.ok(statSync(path.join(folder, 'alone')).size <= 500);
  });

  it('ends when it cannot be written, and takes nobody with it', () => {
    const log = logAt('/dev/full');
    log.halted('disk-error', 'z');
    log.halted('disk-error', 'z');
    assert.deepEqual(openBelow('/dev/full'), []);
    log.close();
  });

  it('is no pipe, whether somebody reads it or not: a full one would hold up the node', (t) => {
    const read = fullPipe(t).file;
    const unread = path.join(folder, 'unread');
    execFileSync('mkfifo', [unread]);
    for (const [file, why] of [
      [read, /it is a pipe/],
      [unread, /ENXIO/],
    ] as const) {
      assert.throws(() => logAt(file), why);
      assert.deepEqual(openBelow(unread), []);
    }
  });

  it('ends when it cannot be put aside, once', () => {
    const said: unknown[] = [];
    const own = { error: (line: unknown) => said.push(line) } as unknown as Log;
    const log = logAt('stuck', { fileBytesMax: 200, filesKept: 1, log: own });
    mkdirSync(path.join(folder, 'stuck.1'));
    for (let i = 0; i < 3; i += 1) log.halted('disk-error', 'v'.repeat(100));
    assert.deepEqual(openBelow(path.join(folder, 'stuck')), []);
    log.close();
    assert.equal(said.length, 1);
    assert.equal(linesOf(path.join(folder, 'stuck')).length, 1);
  });

  it('appends to what a killed process has left', () => {
    const file = path.join(folder, 'torn');
    appendFileSync(file, '{"v":1,"n":0,"time_ms":1,"event":"st');
    const log = logAt('torn');
    log.halted('disk-error', 'w');
    log.close();
    const [torn, ...whole] = readFileSync(file, 'utf8').trimEnd().split('\n');
    assert.equal(torn, '{"v":1,"n":0,"time_ms":1,"event":"st');
    assert.equal(whole.length, 2);
    whole.map((each) => JSON.parse(each)).forEach(assertConforms);
  });
});
