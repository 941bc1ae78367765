import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeAddress } from '../crypto/address.ts';
import { keyLock, multiLock } from '../crypto/locks.ts';
import { publicKeyOf } from '../crypto/secp256k1.ts';
import { compareBytes } from '../std/bytes.ts';
import type { Genesis } from '../types/genesis.ts';
import {
  checkGenesis,
  encodeGenesisJson,
  encodeGenesisLines,
  genesisCoins,
  genesisTxids,
  ledgerIdOf,
  paramsDigest,
  parseGenesis,
  parseGenesisLines,
} from './genesis.ts';
import { toHex } from './hex.ts';

const keys = [1, 2, 3].map((value) => publicKeyOf(new Uint8Array(32).with(31, value)));
const lock = keyLock(keys[0] as Uint8Array);
const shared = multiLock(2, [...keys].sort(compareBytes));

const genesis: Genesis = {
  format: 1,
  name: 'vectors',
  addressPrefix: 'althdev',
  committee: [
    { name: 'a', publicKey: toHex(keys[0] as Uint8Array) },
    { name: 'b', publicKey: toHex(keys[1] as Uint8Array) },
  ],
  params: {
    minFee: 10n,
    laneWindowMax: 32,
    blockTxsMax: 2048,
    blockBytesMax: 1_048_576,
  },
  outputs: [
    { amount: 1000n, lock },
    { amount: 5n, lock: shared },
  ],
};

type Json = Record<string, unknown>;
const json = (): Json => JSON.parse(JSON.stringify(encodeGenesisJson(genesis))) as Json;

/** The error of the JSON form after this change: its code and detail. */
function refusal(change: (json: Json) => unknown): string {
  const value = json();
  const parsed = parseGenesis(change(value) ?? value);
  return parsed.ok ? 'accepted' : `${parsed.error.code} ${parsed.error.detail}`;
}

test('ids are those of the protocol', () => {
  assert.equal(
    ledgerIdOf(genesis),
    '8cfb4e8e9a158301af9c10897c133f8d766382884a2615216083908fdf18cdce',
  );
  assert.equal(
    paramsDigest(genesis.params),
    '76a96b6360c2264221401c33ff060573ab5cf7d2af8f30850cddbb255d299532',
  );
});

test('the JSON form gives the same genesis back, by address or by lock', () => {
  assert.deepEqual(parseGenesis(json()), { ok: true, value: genesis });
  const compact = json();
  compact.outputs = [...genesis.outputs].map((output) => ({
    lock: output.lock,
    amount: output.amount.toString(),
  }));
  assert.deepEqual(parseGenesis(compact), { ok: true, value: genesis });
});

test('every part of the genesis moves its id', () => {
  const ids = new Set([
    ledgerIdOf(genesis),
    ledgerIdOf({ ...genesis, name: 'other' }),
    ledgerIdOf({ ...genesis, addressPrefix: 'alth' }),
    ledgerIdOf({ ...genesis, committee: [...genesis.committee].reverse() }),
    ledgerIdOf({ ...genesis, committee: genesis.committee.slice(1) }),
    ledgerIdOf({ ...genesis, params: { ...genesis.params, minFee: 11n } }),
    ledgerIdOf({ ...genesis, params: { ...genesis.params, blockTxsMax: 1 } }),
    ledgerIdOf({ ...genesis, params: { ...genesis.params, generationEpochs: 1 } }),
    ledgerIdOf({ ...genesis, outputs: [...genesis.outputs].reverse() }),
    ledgerIdOf({ ...genesis, params: { ...genesis.params, sharedChecks: true } }),
    ledgerIdOf({ ...genesis, outputs: [] }),
  ]);
  assert.equal(ids.size, 11);
});

test('a genesis says that checks are shared, or does not speak of it', () => {
  const shares = { ...genesis, params: { ...genesis.params, sharedChecks: true as const } };
  const json = encodeGenesisJson(shares) as { params: Record<string, unknown> };
  assert.deepEqual(parseGenesis(json), { ok: true, value: shares });
  for (const sharedChecks of [false, null, 1]) {
    const read = parseGenesis({ ...json, params: { ...json.params, sharedChecks } });
    assert.ok(!read.ok && read.error.detail.startsWith('params.sharedChecks'));
  }
});

test('a genesis gives the length of generations, or does not speak of it; also where checks are shared', () => {
  const ends = { ...genesis, params: { ...genesis.params, generationEpochs: 7 } };
  const json = encodeGenesisJson(ends) as { params: Record<string, unknown> };
  assert.deepEqual(parseGenesis(json), { ok: true, value: ends });
  const both = { ...ends, params: { ...ends.params, sharedChecks: true as const } };
  assert.deepEqual(parseGenesis(encodeGenesisJson(both)), { ok: true, value: both });
  for (const wrong of [{ generationEpochs: 0 }, { generationEpochs: '7' }]) {
    const read = parseGenesis({ ...json, params: { ...json.params, ...wrong } });
    assert.ok(!read.ok && read.error.detail.startsWith('params.generationEpochs'));
  }
});

test('the outputs become coins of epoch 0, 16 to a transaction', () => {
  const entries = [...genesisCoins(genesis)];
  const txid = '3314500d79bc52cd9bae63048bf12fa9c20b0301462f0c8cc4460b39e02bd11b';
  assert.deepEqual(
    entries.map(([key]) => key),
    [`${txid}0000`, `${txid}0001`],
  );
  assert.deepEqual(entries[1]?.[1], {
    amount: 5n,
    lock: shared,
    acceptedEpoch: 0,
    spentBy: null,
    spentEpoch: 0,
  });
  const groups = (count: number) => {
    const outputs = Array(count).fill({ amount: 1n, lock });
    return [...genesisTxids({ ...genesis, outputs }, ledgerIdOf(genesis))].length;
  };
  assert.deepEqual([0, 1, 16, 17, 32].map(groups), [0, 1, 1, 2, 2]);
  const many = { ...genesis, outputs: Array(20_001).fill({ amount: 1n, lock }) };
  const names = [...genesisCoins(many)].map(([key]) => key);
  assert.equal(new Set(names).size, 20_001);
  assert.equal(new Set(names.map((key) => key.slice(0, 64))).size, 1251);
  assert.equal(names[15]?.slice(64), '000f');
  assert.equal(names[16]?.slice(64), '0000');
});

test('T24: what is missing or unknown is named', () => {
  assert.match(
    refusal((g) => void delete g.name),
    /^invalid-request genesis: .*"name".*missing/,
  );
  assert.match(
    refusal((g) => void (g.extra = 1)),
    /genesis: unknown member "extra"/,
  );
  assert.match(
    refusal((g) => void ((g.committee as Json[])[1]!.address = 1)),
    /committee\[1\]: unknown member "address"/,
  );
  assert.match(
    refusal((g) => void ((g.outputs as Json[])[0]!.lock = lock)),
    /outputs\[0\]: unknown member "address"/,
  );
  assert.match(
    refusal((g) => void (g.params = [])),
    /params: not an object/,
  );
  assert.match(
    refusal((g) => void (g.outputs = {})),
    /outputs: not an array/,
  );
  assert.match(
    refusal((g) => void (g.format = 2)),
    /^unsupported-version format/,
  );
  for (const value of [null, 1, 'x', [], true]) {
    const parsed = parseGenesis(value);
    assert.equal(!parsed.ok && parsed.error.code, 'invalid-request');
  }
  assert.match(
    refusal(() => JSON.parse('{"__proto__": {}}')),
    /unknown member "__proto__"/,
  );
});

test('names and prefixes are plain', () => {
  for (const name of ['', ' a', 'a\n', 'ä', 'a'.repeat(65), 7, null]) {
    assert.match(
      refusal((g) => void (g.name = name)),
      /^invalid-request name: not 1 to 64/,
    );
  }
  for (const prefix of ['', 'Alth', 'al1', 'a'.repeat(17), 'al\n']) {
    assert.match(
      refusal((g) => void (g.addressPrefix = prefix)),
      /addressPrefix: not 1 to 16/,
    );
  }
});

test('T24: the committee has 1 to 100 members with keys of their own on the curve', () => {
  const member = (change: Json) => (g: Json) =>
    void Object.assign((g.committee as Json[])[1] as Json, change);
  assert.match(
    refusal((g) => void (g.committee = [])),
    /committee: 0 elements, allowed are 1/,
  );
  assert.match(
    refusal((g) => void (g.committee = Array(101).fill((g.committee as Json[])[0]))),
    /committee: 101 elements/,
  );
  assert.match(
    refusal(member({ publicKey: genesis.committee[0]!.publicKey })),
    /committee\[1\]\.publicKey: another member/,
  );
  assert.match(refusal(member({ name: 'a' })), /committee\[1\]\.name: another member/);
  assert.match(
    refusal(member({ publicKey: `02${'00'.repeat(32)}` })),
    /publicKey: not on the curve/,
  );
  const upper = genesis.committee[1]!.publicKey.toUpperCase();
  const long = `04${'11'.repeat(64)}`;
  const key = genesis.committee[1]!.publicKey;
  for (const publicKey of ['', 'zz', upper, long, `${key}00`, `00${key}`, 5]) {
    assert.match(refusal(member({ publicKey })), /publicKey: not a compressed/);
  }
});

test('parameters are integers within the bounds of the encodings', () => {
  const param = (change: Json) => (g: Json) => void Object.assign(g.params as Json, change);
  for (const value of [0, -1, 1.5, '5', null, 2 ** 40, Number.NaN]) {
    assert.match(refusal(param({ laneWindowMax: value })), /params\.laneWindowMax: not an integer/);
    assert.match(refusal(param({ blockTxsMax: value })), /params\.blockTxsMax: not an integer/);
    assert.match(refusal(param({ blockBytesMax: value })), /params\.blockBytesMax: not an integer/);
  }
  assert.match(refusal(param({ blockTxsMax: 2049 })), /blockTxsMax/);
});

test('T24: amounts are canonical decimal strings, above 0, and sum up to at most 2^64-1', () => {
  const amount = (value: unknown) => (g: Json) => void ((g.outputs as Json[])[0]!.amount = value);
  const wrong = [5, null, true, [7], '5 ', '05', '+5', '-1', '-0', '1e3', '0x10', '', '5\n', '５'];
  for (const value of [...wrong, '18446744073709551616', '9'.repeat(30)]) {
    assert.match(refusal(amount(value)), /^invalid-request outputs\[0\]\.amount: not a decimal/);
  }
  assert.match(refusal(amount('0')), /^amount-range outputs\[0\]\.amount: is 0/);
  assert.equal(refusal(amount('18446744073709551610')), 'accepted');
  assert.match(refusal(amount('18446744073709551611')), /^amount-range outputs\[1\]: the sum/);
});

test('outputs belong to addresses of this network or to locks', () => {
  const output = (value: Json) => (g: Json) => void ((g.outputs as unknown[])[0] = value);
  const foreign = encodeAddress('alth', lock);
  assert.match(
    refusal(output({ address: foreign, amount: '1' })),
    /^bad-address outputs\[0\]\.address: prefix alth/,
  );
  assert.match(
    refusal(output({ address: lock, amount: '1' })),
    /^bad-address outputs\[0\]\.address/,
  );
  assert.match(refusal(output({ address: 7, amount: '1' })), /outputs\[0\]\.address: not a string/);
  assert.match(refusal(output({ amount: '1' })), /outputs\[0\]: member "address" is missing/);
  for (const bad of ['', `03${lock.slice(2)}`, lock.toUpperCase(), lock.slice(2)]) {
    assert.match(refusal(output({ lock: bad, amount: '1' })), /outputs\[0\]\.lock: not a lock/);
  }
});

test('what is made is refused with the words with which it would be read', () => {
  const outputs = (...amounts: bigint[]) => ({
    outputs: amounts.map((amount) => ({ amount, lock })),
  });
  const [member] = genesis.committee;
  const { params } = genesis;
  const wrong: Partial<Genesis>[] = [
    ...[outputs(5n, 0n), outputs(1n, 2n ** 64n - 1n), outputs(2n ** 64n - 1n, 1n, 0n)],
    ...[{ name: 'a/b' }, { addressPrefix: 'ALTHT' }, { committee: [] }],
    { committee: [member, member] as Genesis['committee'] },
    { params: { ...params, laneWindowMax: 0 } },
    { name: '', ...outputs(0n) },
  ];
  for (const change of wrong) {
    const made = { ...genesis, ...change };
    const lines = [...encodeGenesisLines(made)].map((line) => JSON.parse(line) as unknown);
    const read = parseGenesisLines(lines);
    assert.ok(!read.ok);
    assert.deepEqual(checkGenesis(made), read);
  }
  for (const right of [
    genesis,
    { ...genesis, ...outputs() },
    { ...genesis, ...outputs(2n ** 64n - 1n) },
  ]) {
    assert.deepEqual(checkGenesis(right), { ok: true, value: null });
  }
});
