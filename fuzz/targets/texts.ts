import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { bech32m } from '@scure/base';
import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { parseJsonBody } from '../../src/api/body/json-body.ts';
import { encodeGenesisJson, parseGenesis } from '../../src/codec/genesis.ts';
import { decodeAddress, encodeAddress } from '../../src/crypto/address.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import { dialAddress, type PeerAddress, parseAddress } from '../../src/membership/addresses.ts';
import { readSettings } from '../../src/node/folder/config.ts';
import { SETTINGS, type Setting, type SettingValue } from '../../src/node/folder/settings.ts';
import { synthesizeTrace } from '../../src/replay/trace/synthesize.ts';
import { formatTrace, readTrace } from '../../src/replay/trace/trace-file.ts';
import { uint32Bytes } from '../../src/std/bytes.ts';
import { err, ok, type Result } from '../../src/std/result.ts';
import type { Genesis } from '../../src/types/genesis.ts';
import type { Lock } from '../../src/types/ids.ts';
import { API_LIMITS, WIRE_LIMITS } from '../../src/types/limits.ts';
import { locks, outputs } from '../../test/codec/arbitraries.ts';
import { many, manyOutputs, orLong } from '../../test/codec/long-arbitraries.ts';
import { mutateJson, mutateJsonLines, mutateText } from '../mutate-text.ts';
import { stableTarget, TEXT_MEMORY } from '../stable-target.ts';
import { hold, labelOf, type Target } from '../target.ts';

/** Of a genesis: all keys of the largest committee, and a thousand outputs. */
const LONG_BYTES = 262_144;
const MAX_U64 = 2n ** 64n - 1n;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const textOf = (bytes: Uint8Array) => decoder.decode(bytes);
export const bytesOf = (text: string) => encoder.encode(text);

/** Reads JSON as files are read, then what stands in it. */
export function fromJsonText<T>(
  bytes: Uint8Array,
  read: (value: unknown) => Result<T, unknown>,
): Result<T, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(textOf(bytes));
  } catch {
    return err('not JSON');
  }
  return read(value);
}

const KEYS = Array.from({ length: WIRE_LIMITS.committeeMax.value }, (_, index) => {
  const secret = new Uint8Array(32);
  secret.set(uint32Bytes(index + 1), 28);
  return Buffer.from(createSigner(secret).publicKey).toString('hex');
});

const genesisValues: fc.Arbitrary<Genesis> = fc.record(
  {
    format: fc.constant(1 as const),
    name: fc.constantFrom('devnet', 'A ledger-1.0_b'),
    addressPrefix: fc.constantFrom('alt', 'a'),
    committee: orLong(
      fc.integer({ min: 1, max: 7 }),
      fc.constantFrom(KEYS.length - 1, KEYS.length),
    ).map((n) => KEYS.slice(0, n).map((publicKey, i) => ({ name: `v${i}`, publicKey }))),
    params: fc.record({
      minFee: fc.bigInt({ min: 0n, max: MAX_U64 }),
      laneWindowMax: fc.integer({ min: 1, max: 1024 }),
      blockTxsMax: fc.integer({ min: 1, max: 2048 }),
      blockBytesMax: fc.integer({ min: 1, max: 1_048_576 }),
    }),
    outputs: orLong(fc.array(outputs, { maxLength: 4 }), manyOutputs),
  },
  { noNullPrototype: true },
);

const genesis = stableTarget<Genesis>({
  name: 'genesis',
  decode: (bytes) => fromJsonText(bytes, parseGenesis),
  encode: (value) => bytesOf(JSON.stringify(encodeGenesisJson(value))),
  values: genesisValues,
  // A member is some hundred bytes, and whether its key is a point of the curve is computed with large numbers.
  memory: { fixed: TEXT_MEMORY.fixed, perByte: 1000 },
  mutate: mutateJson,
  lengthMax: LONG_BYTES,
  accepted: ({ outputs: all, params }) =>
    [...all].reduce((sum, { amount }) => sum + amount, 0n) <= MAX_U64 && params.minFee <= MAX_U64,
});

const PREFIX = 'alt';

/** One lock, one address: bech32m also reads capitals, and nothing else twice. */
const address: Target = {
  ...stableTarget<Lock>({
    name: 'address',
    decode: (bytes) => decodeAddress(PREFIX, textOf(bytes)),
    encode: (lock) => bytesOf(encodeAddress(PREFIX, lock)),
    values: locks,
    mutate: mutateText,
    repair: rechecked,
  }),
  check: (input) => {
    const text = textOf(input);
    const decoded = decodeAddress(PREFIX, text);
    if (!decoded.ok) return labelOf(decoded.error.detail).replace(/^prefix .*/, 'prefix');
    hold(encodeAddress(PREFIX, decoded.value) === text.toLowerCase(), 'address: two texts');
    return 'accepted';
  },
};

/** The text's data under a right checksum: what lies behind the checksum is looked at. */
function rechecked(input: Uint8Array): Uint8Array {
  const text = textOf(input).toLowerCase();
  const [prefix = PREFIX, data = ''] = [text.split('1')[0] || PREFIX, text.split('1').at(-1)];
  const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
  const words = [...data.slice(0, -6)].map((one) => Math.max(0, alphabet.indexOf(one)));
  try {
    return bytesOf(bech32m.encode(prefix, words, false));
  } catch {
    return input;
  }
}

const PEER_ID = peerIdFromPrivateKey(privateKeyFromRaw(new Uint8Array(32).fill(1))).toString();

const multiaddress = stableTarget<PeerAddress>({
  name: 'multiaddress',
  decode: (bytes) => {
    const read = parseAddress(textOf(bytes));
    return read.ok ? read : err(/is not .*$/.exec(read.error)?.[0].slice(0, 12) ?? '');
  },
  encode: (value) => bytesOf(dialAddress(value).toString()),
  values: fc.constantFrom<PeerAddress>(
    { address: '/ip4/127.0.0.1/tcp/5000', peerId: null },
    { address: '/ip6/::1/tcp/1', peerId: null },
    {
      address: '/dns4/validator-1.example/tcp/65535',
      peerId: PEER_ID,
    },
  ),
  mutate: mutateText,
});

/** A file of settings, each of a value that its kind allows. */
const settingsFiles = fc
  .subarray(Object.entries(SETTINGS) as [string, Setting][], { maxLength: 12 })
  .chain((chosen) =>
    fc.tuple(
      ...chosen.map(([name, setting]) =>
        settingValues(setting).map((value): [string, SettingValue] => [name, value]),
      ),
    ),
  );

function settingValues(setting: Setting): fc.Arbitrary<SettingValue> {
  switch (setting.kind) {
    case 'text':
      return fc.constantFrom(
        ...(setting.choices ?? ['a/b.json', 'é"\\', ...(setting.isNeeded === true ? [] : [''])]),
      );
    case 'number': {
      const { min = 0, max = 2 ** 31 } = setting;
      return fc.integer({ min, max });
    }
    case 'flag':
      return fc.boolean();
    case 'list':
      return listsOf(
        setting.each === undefined
          ? fc.constantFrom('a', '/ip4/127.0.0.1/tcp/1')
          : fc.stringMatching(setting.each.pattern),
      );
  }
}

function listsOf(one: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return orLong(fc.array(one, { maxLength: 3 }), many(one, 200));
}

const config = stableTarget<[string, SettingValue][]>({
  name: 'config',
  decode: (bytes) => {
    const settings = readSettings({ file: textOf(bytes), env: {}, flags: {} });
    if (!settings.ok) return settings;
    const set = [...settings.value].filter(([, { origin }]) => origin === 'file');
    return ok(set.map(([name, { value }]): [string, SettingValue] => [name, value]));
  },
  encode: (entries) => {
    const sections: Record<string, Record<string, unknown>> = {};
    for (const [name, value] of entries) {
      const [section = '', key = ''] = name.split('.');
      sections[section] = { ...sections[section], [key]: value };
    }
    return bytesOf(stringify({ version: 1, ...sections }));
  },
  values: settingsFiles as fc.Arbitrary<[string, SettingValue][]>,
  mutate: mutateText,
  lengthMax: 65_536,
  // A complaint compares the unknown name with all known ones.
  memory: { fixed: 2_097_152, perByte: 4096 },
});

/** Compared as the text that it is written to: a number too large to be one is written as null. */
const jsonBody = stableTarget<string>({
  name: 'json-body',
  decode: (bytes) => {
    const parsed = parseJsonBody(bytes);
    if (!parsed.ok) return parsed;
    hold(depthOf(parsed.value) <= API_LIMITS.jsonDepthMax.value, 'json-body: too deep');
    hold(isPlain(parsed.value), 'json-body: a poisoned object');
    return ok(JSON.stringify(parsed.value));
  },
  encode: bytesOf,
  values: fc.constantFrom(
    '{"tx":"00ff"}',
    '{"txs":["00","ff"],"wait":"final"}',
    '{"address":"alt1qqq","amount":"18446744073709551615"}',
    '[{"a":[[{"b":null}]]},1.5e+300,true]',
  ),
  mutate: mutateJson,
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isPlain);
  const isBare = Object.getPrototypeOf(value) === Object.prototype;
  const keys = Object.getOwnPropertyNames(value);
  return isBare && !keys.includes('__proto__') && Object.values(value).every(isPlain);
}

const TRACE_KINDS = ['uniform', 'chains', 'hot-owner', 'double-spends'] as const;

/** Files of traces: the whole reader, with what makes sense as a ledger. */
const trace: Target = {
  name: 'trace',
  samples: (seed) =>
    TRACE_KINDS.map((kind, at) => {
      const transactions = (seed + at) % 4 === 0 ? 150 : 6;
      const made = synthesizeTrace({ kind, transactions, seed: String(seed) });
      return bytesOf([...formatTrace(made)].join(''));
    }),
  check: async (input) => {
    const read = await readTrace(inPieces(input));
    if (!read.ok) return labelOf(read.error.detail);
    const again = await readTrace(inPieces(bytesOf([...formatTrace(read.value)].join(''))));
    hold(again.ok, `trace: refuses its own text: ${again.ok || again.error.detail}`);
    return 'accepted';
  },
  mutate: mutateJsonLines,
  memory: TEXT_MEMORY,
  lengthMax: 32_768,
};

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

export const TEXT_TARGETS: readonly Target[] = [
  genesis,
  address,
  multiaddress,
  config,
  jsonBody,
  trace,
];
