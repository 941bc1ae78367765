import '../../std/polyfill.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inspectBlock } from '../../codec/block.ts';
import { encodeMessage } from '../../codec/message.ts';
import { decodeTransaction, encodeTransaction, txidOf } from '../../codec/transaction.ts';
import { createCommittee } from '../../committee/committee.ts';
import { keyLock } from '../../crypto/locks.ts';
import { createSigner } from '../../crypto/sign.ts';
import { createVerifier } from '../../crypto/verify.ts';
import type { Input, PeerId } from '../../replica/effects.ts';
import { forgeBlock } from '../../sim/byzantine/forge.ts';
import type { Digest, LedgerId, TxId } from '../../types/ids.ts';
import type { PeerMessage } from '../../types/message.ts';
import type { SignatureCheck } from '../../types/signature.ts';
import type { BatchVerifier } from '../verification/batch-verifier.ts';
import { SOURCE_CHECKS_MAX, Verification } from '../verification/verification.ts';
import { Ingress } from './ingress.ts';

const ledgerId = 'cd'.repeat(32) as LedgerId;
const signer = createSigner(new Uint8Array(32).fill(5));
const publicKey = Buffer.from(signer.publicKey).toString('hex');
const committee = createCommittee([{ name: 'a', publicKey }]);
const from: PeerId = { kind: 'lane', lane: 0 };

function payment(index: number, change: { ledgerId?: LedgerId; forged?: boolean } = {}) {
  const body = {
    ledgerId: change.ledgerId ?? ledgerId,
    validUntil: 9,
    inputs: [{ txid: '11'.repeat(32) as TxId, index }],
    outputs: [{ amount: 1n, lock: keyLock(signer.publicKey) }],
  };
  const txid = txidOf(body);
  const signed = change.forged === true ? '22'.repeat(32) : txid;
  const signature = signer.sign(signed as string as Digest);
  return {
    txid,
    bytes: encodeTransaction(body, [{ kind: 'key', publicKey: signer.publicKey, signature }]),
  };
}

/** Lane 0's first block, whose own signature is right. */
function blockOf(...items: readonly Uint8Array[]): Uint8Array {
  const txs = items.map((bytes) => {
    const decoded = decodeTransaction(bytes);
    assert.ok(decoded.ok);
    return decoded.value;
  });
  const plan = { ledgerId, lane: 0, seq: 1, prev: ledgerId as string as Digest, epoch: 0 };
  return forgeBlock({ ...plan, timeMs: 1, refs: [], txs, votes: [] }, signer).bytes;
}

function wrongCheck(): SignatureCheck {
  const zeros = '00'.repeat(32) as Digest;
  return { publicKey: new Uint8Array(33), digest: zeros, signature: new Uint8Array(64) };
}

function setUp({
  sharedChecks = false,
  checks = true,
  known = '',
  spentBy = '',
  isOldNews = (): boolean => false,
  isTaking = (): boolean => true,
  state = async (): Promise<void> => {},
} = {}) {
  const verifier = createVerifier('auto');
  let checked = 0;
  const batches: BatchVerifier = {
    parallel: 1,
    verify: async (checks) => {
      checked += checks.length;
      return checks.map((check) => verifier.verify(check));
    },
    close: async () => {},
  };
  const inputs: Input[] = [];
  const refusals: string[] = [];
  const verification = new Verification(batches);
  const ingress = new Ingress({
    sharedChecks,
    state,
    known: ({ digest }) => digest === known,
    checks: () => checks,
    isOldNews,
    isTaking,
    spender: () => (spentBy === '' ? null : (spentBy as TxId)),
    ledgerId,
    committee,
    verification,
    input: (input) => void inputs.push(input),
    refused: (_peer, code) => void refusals.push(code),
    refusedBlock: () => undefined,
  });
  return { ingress, inputs, refusals, verification, checked: () => checked };
}

describe('ingress', () => {
  it('answers each transaction of a request for itself', async () => {
    const { ingress } = setUp();
    const good = payment(0);
    const foreign = payment(1, { ledgerId: 'ee'.repeat(32) as LedgerId });
    const forged = payment(2, { forged: true });
    const opened = await ingress.transactions(
      [good, foreign, forged, good].map(({ bytes }) => bytes).concat(Uint8Array.of(1)),
      'a',
    );
    const answers = opened.map((one) => (one.ok ? one.tx.txid : one.problem.code));
    assert.deepEqual(answers, [
      good.txid,
      'wrong-ledger',
      'bad-signature',
      good.txid,
      opened[4]?.ok === false ? opened[4].problem.code : '',
    ]);
    assert.ok(opened[2]?.ok === false && opened[2].txid === forged.txid);
    assert.ok(opened[4]?.ok === false && opened[4].txid === null);
  });

  it('verifies a transaction once, and what was wrong again', async () => {
    const { ingress, checked } = setUp();
    const [good, forged] = [payment(0).bytes, payment(1, { forged: true }).bytes];
    await ingress.transactions([good, forged], 'a');
    assert.equal(checked(), 2);
    const again = await ingress.transactions([good, forged], 'a');
    assert.equal(checked(), 3);
    assert.deepEqual(
      again.map(({ ok }) => ok),
      [true, false],
    );
  });

  it('checks no signature of what spends an output that another one has spent for good', async () => {
    const winner = payment(0);
    const { ingress, checked } = setUp({ spentBy: winner.txid });
    const [own, rival] = await ingress.transactions([winner.bytes, payment(1).bytes], 'a');
    assert.ok(own?.ok === true);
    assert.ok(rival?.ok === false && rival.problem.code === 'input-spent');
    assert.equal(rival.winner, winner.txid);
    assert.equal(checked(), 1);
  });

  it('decodes a large request in slices, between which others have their turn', async () => {
    const { ingress } = setUp({ spentBy: payment(0).txid });
    const { bytes } = payment(1);
    const order: string[] = [];
    const large = ingress.transactions(new Array<Uint8Array>(500).fill(bytes), 'a');
    const small = ingress.transactions([bytes], 'b');
    await Promise.all([
      large.then((answers) => order.push(`${answers.length}`)),
      small.then(() => order.push('small')),
    ]);
    assert.deepEqual(order, ['small', '500']);
  });

  it('lets the checks of one source wait for its own, not for those of others', async () => {
    const { ingress } = setUp();
    const many = Array.from({ length: 400 }, (_, index) => payment(index).bytes);
    const order: string[] = [];
    const flood = Promise.all(
      [0, 1, 2, 3].map((k) => ingress.transactions(many.slice(100 * k, 100 * k + 100), 'a')),
    );
    const single = ingress.transactions([payment(401).bytes], 'b');
    await Promise.all([
      flood.then(() => order.push('flood')),
      single.then(() => order.push('single')),
    ]);
    assert.deepEqual(order, ['single', 'flood']);
  });

  it('refuses a block with a forged witness, or where checks are shared says what it is', async () => {
    const [right, wrong] = [payment(0).bytes, payment(1, { forged: true }).bytes];
    const answers: unknown[] = [];
    for (const set of [{}, { sharedChecks: true }, { sharedChecks: true, checks: false }]) {
      const { ingress, inputs, refusals, checked } = setUp(set);
      for (const bytes of [blockOf(right), blockOf(wrong)]) {
        await ingress.message(from, encodeMessage({ kind: 'block', bytes }));
      }
      const found = inputs.map((input) => input.kind === 'block' && input.witnesses);
      answers.push([found, refusals, checked()]);
    }
    assert.deepEqual(answers, [
      [['right'], ['bad-signature'], 4],
      [['right', 'wrong'], [], 4],
      [['unchecked', 'unchecked'], [], 2],
    ]);
  });

  it('checks nothing of a block that was handed on before', async () => {
    const bytes = blockOf(payment(0).bytes);
    const block = inspectBlock(bytes);
    assert.ok(block.ok);
    const { ingress, inputs, refusals, checked } = setUp({ known: block.value.digest });
    await ingress.message(from, encodeMessage({ kind: 'block', bytes }));
    await ingress.message(from, encodeMessage({ kind: 'block', bytes: blockOf() }));
    assert.equal(inputs.length, 1);
    assert.deepEqual(refusals, []);
    assert.equal(checked(), 1);
  });

  it('takes a block for right whose transactions it has checked before, whoever is drawn', async () => {
    const { ingress, inputs, checked } = setUp({ sharedChecks: true, checks: false });
    await ingress.transactions([payment(0).bytes], 'a');
    await ingress.message(from, encodeMessage({ kind: 'block', bytes: blockOf(payment(0).bytes) }));
    assert.ok(inputs[0]?.kind === 'block' && inputs[0].witnesses === 'right');
    assert.equal(checked(), 2);
  });

  it('hands on what a peer sends in its order, checked or not, its link included', async () => {
    const { ingress, inputs } = setUp();
    const want = { kind: 'want', generation: 0, frontier: [1], digests: [] } as const;
    const heads = { kind: 'heads', generation: 0, frontier: [2], yours: null } as const;
    const block = { kind: 'block', bytes: blockOf() } as const;
    const txs = [payment(0).bytes, payment(1).bytes];
    const send = (message: PeerMessage) => ingress.message(from, encodeMessage(message));
    await Promise.all([
      send({ kind: 'transactions', txs }),
      send(block),
      ingress.linked(from, 'disconnected'),
      ingress.linked(from, 'connected'),
      send(want),
      send({ ...heads, yours: block.bytes }),
      send(heads),
    ]);
    assert.deepEqual(
      inputs.map((input) => (input.kind === 'message' ? input.message.kind : input.kind)),
      ['forwarded', 'block', 'disconnected', 'connected', 'want', 'block', 'heads', 'heads'],
    );
  });

  it('keeps heads that are old news to itself, asked when they would be stepped', async () => {
    let isOld = true;
    const { ingress, inputs } = setUp({ isOldNews: () => isOld });
    const heads = { kind: 'heads', generation: 0, frontier: [2], yours: null } as const;
    assert.equal(await ingress.message(from, encodeMessage(heads)), 'heads');
    assert.deepEqual(inputs, []);
    const later = ingress.message(from, encodeMessage(heads));
    isOld = false;
    await later;
    assert.equal(inputs.length, 1);
  });

  it('hands on no pull of a peer that has not taken its last answer', async () => {
    let isTaking = false;
    const { ingress, inputs } = setUp({ isTaking: () => isTaking });
    const want = { kind: 'want', generation: 0, frontier: [1], digests: [] } as const;
    assert.equal(await ingress.message(from, encodeMessage(want)), 'want');
    assert.deepEqual(inputs, []);
    isTaking = true;
    await ingress.message(from, encodeMessage(want));
    assert.equal(inputs.length, 1);
  });

  it('has a message under way as long as it is kept for the disk', async () => {
    const written = Promise.withResolvers<void>();
    const { ingress } = setUp({ state: () => written.promise });
    let isUnderWay = true;
    const page = {
      kind: 'page',
      epoch: 1,
      after: null,
      next: null,
      bytes: Uint8Array.of(1),
    } as const;
    const taken = ingress.message(from, encodeMessage(page)).then(() => {
      isUnderWay = false;
    });
    await turn();
    assert.ok(isUnderWay);
    written.resolve();
    await taken;
  });

  it('checks no signature of what a stranger forwards', async () => {
    const { ingress, inputs, refusals, checked } = setUp();
    const message = encodeMessage({ kind: 'transactions', txs: [payment(0).bytes] });
    await ingress.message({ kind: 'observer', id: 'x' }, message);
    assert.deepEqual([refusals, inputs, checked()], [['bad-transaction'], [], 0]);
    await ingress.message(from, message);
    assert.equal(inputs[0]?.kind, 'forwarded');
  });

  it('drops heads whose block cannot be checked: without it they would say that there is none', async () => {
    const { ingress, inputs, verification } = setUp();
    const bytes = blockOf();
    const full = Array.from({ length: SOURCE_CHECKS_MAX }, wrongCheck);
    const waiting = verification.verify('lane 0', full);
    const heads = { kind: 'heads', generation: 0, frontier: [2], yours: bytes } as const;
    const dropped = ingress.message(from, encodeMessage(heads));
    const link = ingress.linked(from, 'connected');
    await Promise.all([waiting, dropped, link]);
    await ingress.message(from, encodeMessage(heads));
    assert.deepEqual(
      inputs.map(({ kind }) => kind),
      ['connected', 'block', 'message'],
    );
  });

  it('refuses what is wrong in itself, and hands on nothing of it', async () => {
    const { ingress, inputs, refusals } = setUp();
    await ingress.message(from, Uint8Array.of(99));
    await ingress.message(from, encodeMessage({ kind: 'block', bytes: Uint8Array.of(1, 2, 3) }));
    const txs = [payment(0).bytes, payment(1, { forged: true }).bytes];
    await ingress.message(from, encodeMessage({ kind: 'transactions', txs }));
    assert.deepEqual(refusals, ['malformed', 'malformed', 'bad-transaction']);
    assert.deepEqual(inputs, []);
  });
});
