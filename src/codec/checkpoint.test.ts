import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificates, checkpoints } from '../../test/codec/arbitraries.ts';
import { holdsCanonical } from '../../test/codec/canonical.ts';
import type { Digest } from '../types/ids.ts';
import type { Checkpoint } from '../types/ledger.ts';
import {
  checkpointDigest,
  decodeCertificate,
  decodeCheckpoint,
  encodeCertificate,
  encodeCheckpoint,
} from './checkpoint.ts';

const of = (byte: string): Digest => byte.repeat(32) as Digest;
const checkpoint: Checkpoint = {
  ledgerId: of('aa'),
  committee: 0,
  paramsDigest: of('01'),
  epoch: 5,
  prev: of('02'),
  cut: of('03'),
  txRoot: of('04'),
  stateRoot: of('05'),
  acceptedCount: 1000,
  rejectedCount: 3,
  timeMs: 1_700_000_000_456,
};

test('the digest is that of the protocol', () => {
  assert.equal(
    checkpointDigest(checkpoint),
    'daf3fdbf64ab3847d8ed9e55425aa1688082694e2ef9a401bbddc09f2533ef3d',
  );
});

test('a checkpoint and a certificate have one encoding', () => {
  holdsCanonical({ encode: encodeCheckpoint, decode: decodeCheckpoint }, checkpoints, 20);
  holdsCanonical({ encode: encodeCertificate, decode: decodeCertificate }, certificates, 15);
});

test('P11, P12: signatures ascend by lane, one per lane, of lanes that can be', () => {
  const answer = (...lanes: number[]): boolean => {
    const signatures = lanes.map((lane) => ({ lane, signature: new Uint8Array(64) }));
    return decodeCertificate(encodeCertificate({ checkpoint, signatures })).ok;
  };
  assert.equal(answer(0, 1, 99), true);
  assert.equal(answer(1, 0), false);
  assert.equal(answer(1, 1), false);
  assert.equal(answer(100), false);
});

test('there is no checkpoint of epoch 0, nor of another committee', () => {
  assert.equal(decodeCheckpoint(encodeCheckpoint({ ...checkpoint, epoch: 0 })).ok, false);
  assert.equal(decodeCheckpoint(encodeCheckpoint({ ...checkpoint, committee: 1 })).ok, false);
});
