import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as noble from '@noble/secp256k1';
import { bech32m } from '@scure/base';
import { genesisCoins, ledgerIdOf } from '../../src/codec/genesis.ts';
import { decodeTransaction } from '../../src/codec/transaction.ts';
import { createVerifier } from '../../src/crypto/verify.ts';
import { devNetwork } from '../../src/devnet/dev-network.ts';
import { DEFAULT_PARAMS, varied } from '../../src/node/folder/genesis-file.ts';
import { type Digest, outpointKey } from '../../src/types/ids.ts';
import { given, H, hex, one, uint } from './clients-page.ts';

const lockOf = (address: string) => {
  const { words } = bech32m.decode(address as `${string}1${string}`);
  return Buffer.from(bech32m.fromWords(words));
};

function bodyOfPage(): Buffer {
  const inputs = given('input').map(([txid = '', index]) => [hex(txid), uint(Number(index), 2)]);
  const outputs = given('output').map(([amount = '', address = '']) => [
    uint(BigInt(amount), 8),
    lockOf(address),
  ]);
  return Buffer.concat([
    uint(1, 1),
    hex(one('ledger')),
    uint(Number(one('validUntil')), 4),
    ...[uint(inputs.length, 2), ...inputs.flat()],
    ...[uint(outputs.length, 2), ...outputs.flat()],
  ]);
}

describe('docs/CLIENTS.md: the example', () => {
  const publicKey = Buffer.from(noble.getPublicKey(hex(one('secret')), true));
  const body = bodyOfPage();

  it('is what the page describes', () => {
    const lock = Buffer.concat([uint(1, 1), H('lock-key', publicKey)]);
    assert.equal(publicKey.toString('hex'), one('public key'));
    assert.equal(lock.toString('hex'), one('lock'));
    assert.equal(bech32m.encode('althdev', bech32m.toWords(lock)), one('address'));
    const txid = H('transaction', body);
    assert.equal(txid.toString('hex'), one('txid'));
    const signature = hex(one('signature'));
    assert.ok(noble.verify(signature, txid, publicKey, { prehash: false, lowS: true }));
    const bytes = Buffer.concat([body, uint(1, 2), uint(1, 1), publicKey, signature]);
    assert.equal(bytes.toString('hex'), one('bytes'));
  });

  it('is a payment that a new network of four takes', () => {
    const params = varied({ validators: 4 }, DEFAULT_PARAMS);
    const { genesis } = devNetwork(4, 10, null, params);
    const decoded = decodeTransaction(hex(one('bytes')));
    assert.ok(decoded.ok);
    const { txid, ledgerId, inputs, outputs, witnesses, witnessLocks } = decoded.value;
    assert.equal(ledgerId, ledgerIdOf(genesis));
    assert.equal(txid, one('txid'));
    const coins = new Map(genesisCoins(genesis));
    const [coin] = inputs.map((input) => coins.get(outpointKey(input.txid, input.index)));
    assert.equal(coin?.lock, witnessLocks[0]);
    const [witness] = witnesses;
    assert.ok(witness?.kind === 'key');
    const { publicKey, signature } = witness;
    const digest = txid as string as Digest;
    assert.ok(createVerifier('auto').verify({ digest, publicKey, signature }));
    const paid = outputs.reduce((sum, { amount }) => sum + amount, 0n);
    assert.equal((coin?.amount ?? 0n) - paid, params.minFee);
  });
});
