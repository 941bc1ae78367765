import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lock, ReplicaCluster, verifier } from '../../../test/replica/replica-cluster.ts';
import { certify } from '../../../test/state-sync/certified-chain.ts';
import { encodeCertificate } from '../../codec/checkpoint.ts';
import { decodeSnapshotPage, encodeSnapshotPage } from '../../codec/snapshot.ts';
import { COIN_TABLE } from '../../ledger/coins.ts';
import { defined } from '../../std/assert.ts';
import type { LaneId, TxId } from '../../types/ids.ts';
import { type LateAction, Latecomer, type LateMessage } from './latecomer.ts';
import { SnapshotPage } from './snapshot.ts';

const EPOCHS = 3;
const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
cluster.run(10);
for (let coin = 0; coin < EPOCHS; coin++) {
  const tx = cluster.pay([cluster.coin(coin)], [{ amount: 990n, lock }]);
  cluster.step(coin, { kind: 'submit', tx });
  while (cluster.replicas.some((replica) => replica.progress().stable <= coin)) cluster.run(50);
}
const { genesis, ledgerId, committee } = cluster;
const trust = { ledgerId, committee, verifier };
const PATIENCE_MS = 1000;

const certificateOf = (epoch: number) => defined(cluster.replicas[0]?.certificate(epoch), 'one');
const gone = (generation: number, epoch = generation): LateMessage => ({
  kind: 'gone',
  generation,
  certificate: encodeCertificate(certificateOf(epoch)),
});

/** Pages of two leaves each, as a peer gives them. */
function pagesOf(epoch: number): { bytes: Uint8Array; next: TxId | null }[] {
  const page = new SnapshotPage(epoch);
  for (const entry of cluster.stores[0]?.list(COIN_TABLE, { limit: 10_000 }) ?? []) page.add(entry);
  const decoded = decodeSnapshotPage(page.encode());
  assert.ok(decoded.ok);
  const pages: { bytes: Uint8Array; next: TxId | null }[] = [];
  for (let at = 0; at < decoded.value.length; at += 2) {
    const part = decoded.value.slice(at, at + 2);
    const next = at + 2 < decoded.value.length ? defined(part.at(-1), 'a leaf').txid : null;
    pages.push({ bytes: encodeSnapshotPage(part), next });
  }
  assert.ok(pages.length > 1);
  return pages;
}

function latecomer(current = 0, bounds: { readonly bytesMax?: number } = {}): Latecomer {
  const patience = { patienceMs: PATIENCE_MS, ...bounds };
  return new Latecomer({ genesis, trust, current: () => current, ...patience });
}

const from = (lane: LaneId) => ({ kind: 'lane', lane }) as const;

/** Whom it asks for which state; null: nobody. */
function asked(actions: readonly LateAction[]): { lane: LaneId; epoch: number } | null {
  const sent = actions.find((action) => action.kind === 'send');
  if (sent === undefined) return null;
  const { to, message } = sent.outbound;
  assert.ok(to !== 'all' && to.kind === 'lane' && message.kind === 'state');
  return { lane: to.lane, epoch: message.epoch };
}

/** Answers every question, as long as this lane is asked; returns all that it then does. */
function answer(late: Latecomer, lane: LaneId, epoch: number, pages = pagesOf(epoch)) {
  const done: LateAction[] = [];
  let after: TxId | null = null;
  for (const { bytes, next } of pages) {
    const actions = late.message(from(lane), { kind: 'page', epoch, after, next, bytes }, 0);
    done.push(...actions);
    after = next;
    if (asked(actions)?.lane !== lane) break;
  }
  return done;
}

/** Gives empty pages that advance, as long as it is asked; who is asked then, and when. */
function trickle(late: Latecomer, lane: LaneId, fromMs: number): { lane: LaneId; nowMs: number } {
  const bytes = encodeSnapshotPage([]);
  let after: TxId | null = null;
  for (let [at, nowMs] = [1, fromMs]; ; at++) {
    nowMs += PATIENCE_MS - 1;
    const next = at.toString(16).padStart(64, '0') as TxId;
    const page = { kind: 'page', epoch: 2, after, next, bytes } as const;
    after = next;
    const turned = asked(late.message(from(lane), page, nowMs)) ?? { lane };
    const { lane: to } = asked(late.tick(nowMs)) ?? turned;
    if (to !== lane) return { lane: to, nowMs };
    assert.ok(at < 10_000, 'it ends');
  }
}

test('f + 1 lanes must say that the generation is gone: one alone sends nobody round', () => {
  const late = latecomer();
  assert.deepEqual(late.message(from(1), gone(2), 0), []);
  assert.deepEqual(late.message(from(1), gone(3), 0), []);
  assert.deepEqual(asked(late.message(from(2), gone(2), 0)), { lane: 1, epoch: 3 });
});

test('who gives all pages of a certified state is believed, and that is the end', () => {
  const late = latecomer();
  late.message(from(1), gone(2), 0);
  const begun = late.message(from(2), gone(2), 0);
  assert.deepEqual(begun[0], { kind: 'begin', generation: 2 });
  const done = answer(late, 1, 2);
  const pages = done.filter((action) => action.kind === 'page').map(({ bytes }) => bytes);
  assert.deepEqual(
    pages,
    pagesOf(2).map(({ bytes }) => bytes),
  );
  const certificate = encodeCertificate(certificateOf(2));
  assert.deepEqual(done.at(-1), { kind: 'finish', generation: 2, certificate });
  assert.deepEqual(late.message(from(3), gone(3), 0), []);
  assert.equal(late.wakeAtMs, null);
});

test('what a quorum did not sign, or is of another generation, is no claim', () => {
  const { checkpoint } = certificateOf(2);
  const forged = encodeCertificate(certify({ ...checkpoint, timeMs: checkpoint.timeMs + 1 }, [0]));
  const claims: readonly LateMessage[] = [
    { kind: 'gone', generation: 2, certificate: forged },
    gone(3, 2),
    { kind: 'gone', generation: 2, certificate: new Uint8Array(10) },
  ];
  for (const claim of claims) {
    const late = latecomer();
    late.message(from(1), gone(2), 0);
    assert.deepEqual(late.message(from(2), claim, 0), []);
    // It is not listened to any more.
    assert.deepEqual(late.message(from(2), gone(2), 0), []);
    assert.notEqual(asked(late.message(from(3), gone(2), 0)), null);
  }
});

test('what is no later than the own generation is no claim', () => {
  const late = latecomer(2);
  for (const lane of [0, 1, 3]) assert.deepEqual(late.message(from(lane), gone(2), 0), []);
});

test('a claim that the own generation has reached meanwhile counts no more', () => {
  let own = 0;
  const late = new Latecomer({ genesis, trust, current: () => own, patienceMs: PATIENCE_MS });
  late.message(from(1), gone(2), 0);
  own = 2;
  assert.deepEqual(late.message(from(2), gone(3), 0), []);
  assert.deepEqual(asked(late.message(from(3), gone(3), 0)), { lane: 2, epoch: 3 });
});

test('a liar costs a transfer and is not asked again', () => {
  const right = pagesOf(2);
  const lies = [
    // One is left out.
    right.filter((_, at) => at !== 1).map((page, at) => (at === 0 ? { ...page } : page)),
    // Twice the same.
    [right[0], right[0]].map((page) => defined(page, 'a page')),
    [{ bytes: new Uint8Array(3), next: null }],
    // Of another epoch.
    pagesOf(1),
    // It does not advance.
    [right[0], { ...defined(right[1], 'a page'), next: defined(right[0], 'a page').next }].map(
      (page) => defined(page, 'a page'),
    ),
  ];
  for (const pages of lies) {
    const late = latecomer();
    late.message(from(1), gone(2), 0);
    late.message(from(2), gone(2), 0);
    late.message(from(3), gone(2), 0);
    const done = answer(late, 1, 2, pages);
    assert.ok(done.every(({ kind }) => kind !== 'finish'));
    assert.deepEqual(asked(done.slice(-1)), { lane: 2, epoch: 2 });
    assert.equal(answer(late, 2, 2).at(-1)?.kind, 'finish');
  }
});

test('who drops the state while it gives it is asked for the one that it has then', () => {
  const late = latecomer();
  late.message(from(1), gone(1), 0);
  late.message(from(2), gone(1), 0);
  assert.deepEqual(asked(late.message(from(1), gone(3), 1)), { lane: 1, epoch: 3 });
  assert.equal(answer(late, 1, 3).at(-1)?.kind, 'finish');
});

test('who is mute, or trickles, keeps nobody waiting for ever', () => {
  const late = latecomer();
  late.message(from(1), gone(2), 0);
  late.message(from(2), gone(2), 0);
  assert.deepEqual(late.tick(PATIENCE_MS - 1), []);
  assert.deepEqual(asked(late.tick(PATIENCE_MS)), { lane: 2, epoch: 2 });
  assert.equal(trickle(late, 2, PATIENCE_MS).lane, 1);
  assert.equal(answer(late, 1, 2).at(-1)?.kind, 'finish');
});

test('two that each give a page and no more do not keep the third from being asked', () => {
  const late = latecomer();
  for (const lane of [1, 2, 3]) late.message(from(lane), gone(2), 0);
  const [first] = pagesOf(2);
  let nowMs = 0;
  for (const [lane, then] of [
    [1, 2],
    [2, 3],
  ] as const) {
    const page = { kind: 'page', epoch: 2, after: null, ...defined(first, 'a page') } as const;
    assert.equal(asked(late.message(from(lane), page, nowMs))?.lane, lane);
    nowMs += PATIENCE_MS;
    assert.equal(asked(late.tick(nowMs))?.lane, then);
  }
  assert.equal(answer(late, 3, 2).at(-1)?.kind, 'finish');
});

test('who trickles has twice the time at its own next turn, and nobody else has', () => {
  const late = latecomer();
  for (const lane of [1, 2, 3]) late.message(from(lane), gone(2), 0);
  const turns: [LaneId, number][] = [];
  let [lane, nowMs]: [LaneId, number] = [1, 0];
  for (let turn = 0; turn < 6; turn++) {
    const turned = trickle(late, lane, nowMs);
    turns.push([lane, Math.floor((turned.nowMs - nowMs) / (32 * PATIENCE_MS))]);
    ({ lane, nowMs } = turned);
  }
  assert.deepEqual(turns, [
    ...([1, 2, 3] as const).map((each) => [each, 1]),
    ...([1, 2, 3] as const).map((each) => [each, 2]),
  ]);
});

test('a state longer than its bound is given up; at the next turn of who gives it it may be twice as long', () => {
  const pages = pagesOf(2);
  const bytes = pages.reduce((sum, page) => sum + page.bytes.length, 0);
  const late = latecomer(0, { bytesMax: bytes - 1 });
  for (const lane of [1, 2]) late.message(from(lane), gone(2), 0);
  for (const [lane, then] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const done = answer(late, lane, 2);
    assert.equal(asked(done.slice(-1))?.lane, then);
    // Nothing of it is written.
    assert.equal(done.filter(({ kind }) => kind === 'page').length, pages.length - 1);
  }
  assert.equal(answer(late, 1, 2).at(-1)?.kind, 'finish');
});

test('who names a later state goes on in what is left of its turn', () => {
  const late = latecomer();
  late.message(from(1), gone(1), 0);
  late.message(from(2), gone(1), 0);
  const endMs = 32 * PATIENCE_MS;
  const begun = late.message(from(1), gone(3), endMs - PATIENCE_MS / 2);
  assert.deepEqual(asked(begun), { lane: 1, epoch: 3 });
  assert.equal(late.wakeAtMs, endMs);
});
