import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as noble from '@noble/secp256k1';
import { LightClient } from '../../src/client/light-client.ts';
import { outputProofToJson, transactionProofToJson } from '../../src/codec/proof-json.ts';
import { devNetwork } from '../../src/devnet/dev-network.ts';
import { DEFAULT_PARAMS, varied } from '../../src/node/folder/genesis-file.ts';
import { CertifiedChain } from '../state-sync/certified-chain.ts';
import { exampleProof, H, hex, one, uint } from './clients-page.ts';

type Certificate = ReturnType<typeof transactionProofToJson>['certificate'];
type OfTransaction = ReturnType<typeof transactionProofToJson>;
type OfOutput = ReturnType<typeof outputProofToJson>;
type Trusted = { readonly ledgerId: string; readonly keys: readonly string[] };

/* "Checking a proof" of docs/CLIENTS.md, line by line. */

function holds({ checkpoint, signatures }: Certificate, { ledgerId, keys }: Trusted): boolean {
  const n = keys.length;
  const f = Math.floor((n - 1) / 3);
  const c = checkpoint;
  const bytes = [
    ...[uint(1, 1), hex(c.ledger_id), uint(c.committee, 4), hex(c.params_digest)],
    ...[uint(c.epoch, 4), hex(c.prev), hex(c.cut), hex(c.tx_root), hex(c.state_root)],
    ...[uint(c.accepted_count, 4), uint(c.rejected_count, 4), uint(c.time_ms, 6)],
  ];
  const digest = H('checkpoint', ...bytes);
  const lanes = signatures.map(({ lane }) => lane);
  return (
    c.ledger_id === ledgerId &&
    c.committee === 0 &&
    lanes.length >= Math.floor((n + f) / 2) + 1 &&
    lanes.every((lane, i) => i === 0 || lane > Number(lanes[i - 1])) &&
    signatures.every(({ lane, signature }) =>
      noble.verify(hex(signature), digest, hex(keys[lane] ?? ''), { prehash: false, lowS: true }),
    )
  );
}

function showsTransaction(proof: OfTransaction, txid: string, trusted: Trusted): boolean {
  const { certificate, outcome, path } = proof;
  const reasons = ['input-spent', 'parent-rejected', 'stale-input'];
  const content = outcome.accepted
    ? [uint(0, 1)]
    : [uint(1 + reasons.indexOf(outcome.reason), 1), hex(outcome.winner)];
  let node = H('list-leaf', H('outcome', hex(outcome.txid), ...content));
  const siblings = path.siblings.map(hex);
  let at = path.index;
  for (let width = path.count; width > 1; width = Math.ceil(width / 2)) {
    if (at !== width - 1 || width % 2 === 0) {
      const sibling = siblings.shift() ?? Buffer.alloc(0);
      node = at % 2 === 0 ? H('list-node', node, sibling) : H('list-node', sibling, node);
    }
    at = Math.floor(at / 2);
  }
  const root = H('list-root', uint(path.count, 4), node);
  return (
    holds(certificate, trusted) &&
    outcome.txid === txid &&
    path.index < path.count &&
    siblings.length === 0 &&
    root.equals(hex(certificate.checkpoint.tx_root))
  );
}

function showsOutputs(proof: OfOutput, txid: string, trusted: Trusted): boolean {
  const { certificate, unspent, path } = proof;
  const { leaf } = path;
  const outputs = unspent?.flatMap(({ index, amount, lock }) => [
    uint(index, 2),
    uint(BigInt(amount), 8),
    hex(lock),
  ]);
  const value = outputs && H('unspent-outputs', uint(proof.accepted_epoch ?? 0, 4), ...outputs);
  const fits = value
    ? leaf?.key === txid && leaf.value === value.toString('hex')
    : leaf?.key !== txid;
  let node = leaf ? H('state-leaf', hex(leaf.key), hex(leaf.value)) : Buffer.alloc(32);
  for (let depth = path.siblings.length - 1; depth >= 0; depth--) {
    const sibling = hex(path.siblings[depth] ?? '');
    const byte = hex(path.key)[depth >> 3] ?? 0;
    const isZero = ((byte >> (7 - (depth & 7))) & 1) === 0;
    node = isZero ? H('state-node', node, sibling) : H('state-node', sibling, node);
  }
  return (
    holds(certificate, trusted) &&
    proof.txid === txid &&
    path.key === txid &&
    fits &&
    node.equals(hex(certificate.checkpoint.state_root))
  );
}

describe('docs/CLIENTS.md: checking a proof', () => {
  it('of the example', () => {
    const { genesis } = devNetwork(4, 10, null, varied({ validators: 4 }, DEFAULT_PARAMS));
    const keys = genesis.committee.map(({ publicKey }) => publicKey);
    const trusted = { ledgerId: one('ledger'), keys };
    const shown = new LightClient(genesis).verifyJson(exampleProof);
    assert.ok(shown.ok && shown.value.kind === 'transaction' && shown.value.outcome.accepted);
    const proof = exampleProof as OfTransaction;
    assert.ok(showsTransaction(proof, one('txid'), trusted));
    assert.ok(!showsTransaction(proof, '00'.repeat(32), trusted));
    const others = { ...trusted, keys: keys.toReversed() };
    assert.ok(!showsTransaction(proof, one('txid'), others));
  });

  it('of every transaction of a chain, and of its outputs', () => {
    const { cluster, stable } = new CertifiedChain();
    const { ledgerId, committee } = cluster;
    const keys = [0, 1, 2, 3].map((lane) => Buffer.from(committee.publicKey(lane)).toString('hex'));
    const trusted = { ledgerId, keys };
    const replica = cluster.replicas[1];
    assert.ok(replica);
    const seen = new Set<string>();
    for (let epoch = 1; epoch <= stable; epoch++) {
      for (const { txid } of replica.ledger(epoch)?.outcomes ?? []) {
        const found = replica.transactionProof(txid);
        assert.ok(found);
        const proof = transactionProofToJson(found);
        assert.ok(showsTransaction(proof, txid, trusted));
        const state = replica.outputProof(txid);
        assert.ok(state);
        const outputs = outputProofToJson(state);
        assert.ok(showsOutputs(outputs, txid, trusted));
        seen.add(proof.outcome.accepted ? 'accepted' : proof.outcome.reason);
        seen.add(`${proof.path.count > 2 ? 'several' : 'few'} outcomes`);
        seen.add(outputs.unspent ? 'unspent' : 'spent or never there');
      }
    }
    const kinds = ['accepted', 'input-spent', 'several outcomes', 'few outcomes'];
    assert.deepEqual(seen, new Set([...kinds, 'unspent', 'spent or never there']));
  });
});
