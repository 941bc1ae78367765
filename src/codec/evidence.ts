import type { Result } from '../std/result.ts';
import type { Problem } from '../types/errors.ts';
import { EVIDENCE_KINDS, type Evidence, type EvidenceKind } from '../types/evidence.ts';
import type { LedgerId } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import { fromHex, toHex } from './hex.ts';
import {
  arrayField,
  failField,
  integerField,
  objectField,
  readJson,
  textField,
} from './json-fields.ts';
import { decodeOrDetail, type Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** Evidence with the ledger whose committee it accuses a member of. */
export type LedgerEvidence = Evidence & { readonly ledgerId: LedgerId };

/** What a file of evidence begins with. */
const MAGIC = 'althing-evidence';
const VERSION = 1;
/** Never renumbered. */
const KINDS = ['equivocation', 'contradiction', 'chain', 'invalid'] as const;
const BLOCKS_MAX = 2;

/** The one binary form: magic, version, ledger, kind, lane, then each block with its length. */
export function encodeEvidence(evidence: LedgerEvidence): Uint8Array {
  const writer = new Writer();
  writer.name(MAGIC);
  writer.u8(VERSION);
  writer.digest(evidence.ledgerId);
  writer.u8(KINDS.indexOf(evidence.kind));
  writer.u16(evidence.lane);
  writer.u8(evidence.blocks.length);
  for (const block of evidence.blocks) {
    writer.u32(block.length);
    writer.raw(block);
  }
  return writer.finish();
}

/** Form and bounds only: what it claims is checked by replica/misbehaviour. */
export function decodeEvidence(bytes: Uint8Array): Result<LedgerEvidence, string> {
  return decodeOrDetail(bytes, (reader) => {
    const length = reader.u8();
    const magic = length === MAGIC.length ? String.fromCharCode(...reader.raw(length)) : '';
    if (magic !== MAGIC) reader.fail('no evidence: it does not begin as one');
    if (reader.u8() !== VERSION) reader.fail('evidence of an unknown version');
    const ledgerId = reader.digest();
    const kind = KINDS[reader.u8()] ?? reader.fail('unknown kind of evidence');
    const lane = reader.u16();
    if (lane >= WIRE_LIMITS.committeeMax.value) reader.fail(`lane ${lane}`);
    const count = reader.u8();
    if (count < 1 || count > BLOCKS_MAX) reader.fail(`${count} blocks`);
    return { ledgerId, kind, lane, blocks: Array.from({ length: count }, () => readBlock(reader)) };
  });
}

function readBlock(reader: Reader): Uint8Array {
  const length = reader.count(reader.u32(), WIRE_LIMITS.blockBytesMax.value, 1, 'bytes of a block');
  return reader.raw(length);
}

/** The same as JSON: names in snake_case, bytes as hex. */
export function evidenceToJson({ ledgerId, kind, lane, blocks }: LedgerEvidence) {
  return {
    format: MAGIC,
    version: VERSION as number,
    ledger_id: ledgerId as string,
    kind: kind as string,
    lane,
    blocks: blocks.map(toHex),
  };
}

export function evidenceFromJson(value: unknown): Result<LedgerEvidence, Problem> {
  return readJson(() => {
    const names = ['format', 'version', 'ledger_id', 'kind', 'lane', 'blocks'];
    const fields = objectField(value, 'evidence', names);
    if (fields.format !== MAGIC) failField('format', `not ${MAGIC}`);
    integerField(fields.version, 'version', VERSION, VERSION);
    const digest = /^[0-9a-f]{64}$/;
    const kind = fields.kind as EvidenceKind;
    if (typeof kind !== 'string' || !Object.hasOwn(EVIDENCE_KINDS, kind)) {
      failField('kind', 'unknown');
    }
    return {
      ledgerId: textField(fields.ledger_id, 'ledger_id', digest, 'a digest') as LedgerId,
      kind,
      lane: integerField(fields.lane, 'lane', 0, WIRE_LIMITS.committeeMax.value - 1),
      blocks: arrayField(fields.blocks, 'blocks', 1, BLOCKS_MAX).map(blockOf),
    };
  });
}

function blockOf(value: unknown, index: number): Uint8Array {
  const path = `blocks[${index}]`;
  const max = 2 * WIRE_LIMITS.blockBytesMax.value;
  if (typeof value !== 'string' || value.length > max || value.length === 0) {
    return failField(path, 'not the bytes of a block');
  }
  return fromHex(value) ?? failField(path, 'not lower-case hex');
}
