import { hash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspectBlock } from '../codec/block.ts';
import { decodeEvidence, encodeEvidence, type LedgerEvidence } from '../codec/evidence.ts';
import type { Trust } from '../ledger/proofs.ts';
import { judgeEvidence, makeEvidence } from '../replica/misbehaviour.ts';
import { describe } from '../storage/fault.ts';
import { makeFolder } from '../storage/make-folder.ts';
import type { Evidence } from '../types/evidence.ts';
import { NODE_LIMITS } from '../types/limits.ts';
import type { Log } from './log/logger.ts';

const EXTENSION = '.evidence';

/**
 * What proves that a validator broke the rules, a file each, so that it outlives the node: blocks that are
 * refused stand in no journal. Bounded per lane: the first proofs are as good as later ones.
 */
export class EvidenceBook {
  readonly #folder: string;
  readonly #trust: Trust;
  readonly #log: Log;
  readonly #pieces = new Map<string, Evidence>();
  readonly #tries = new Map<number, number>();

  constructor(folder: string, trust: Trust, log: Log) {
    this.#folder = folder;
    this.#trust = trust;
    this.#log = log;
    for (const { name, evidence } of readEvidenceFolder(folder)) {
      if (typeof evidence === 'string') log.warn({ name, why: evidence }, 'no evidence');
      else if (evidence.ledgerId === trust.ledgerId) this.#pieces.set(name, evidence);
    }
  }

  list(): readonly Evidence[] {
    return [...this.#pieces.values()];
  }

  /** What the replica, or the list of before, has proved. */
  add(evidence: Evidence): void {
    const { lane, kind } = evidence;
    const bytes = encodeEvidence({ ...evidence, ledgerId: this.#trust.ledgerId });
    const name = `${kind}-${lane}-${hash('sha256', bytes).slice(0, 16)}${EXTENSION}`;
    if (this.#pieces.has(name) || this.#isFull(lane)) return;
    this.#pieces.set(name, evidence);
    this.#log.error({ lane, kind, name }, 'a validator signed what proves that it broke the rules');
    try {
      makeFolder(this.#folder);
      const file = path.join(this.#folder, name);
      // A power cut would leave the name with nothing in it.
      writeFileSync(`${file}.new`, bytes, { flush: true });
      renameSync(`${file}.new`, file);
    } catch (cause) {
      this.#log.error({ err: cause, name }, 'evidence cannot be written');
    }
  }

  /** A block that was refused before its history was looked at: did its validator sign it so? */
  refused(bytes: Uint8Array): void {
    const block = inspectBlock(bytes);
    if (!block.ok) return;
    const { lane } = block.value.header;
    const tries = this.#tries.get(lane) ?? 0;
    if (tries >= NODE_LIMITS.evidenceTriesMax.value || this.#isFull(lane)) return;
    this.#tries.set(lane, tries + 1);
    const evidence = makeEvidence('invalid', block.value);
    if (evidence !== null && judgeEvidence(evidence, this.#trust).ok) this.add(evidence);
  }

  #isFull(lane: number): boolean {
    const { value: most } = NODE_LIMITS.evidencePerLaneMax;
    return this.list().filter((piece) => piece.lane === lane).length >= most;
  }
}

export type EvidenceFile = {
  readonly name: string;
  /** A text says why the file holds none. */
  readonly evidence: LedgerEvidence | string;
};

/** In the order of their names. No folder: no evidence. */
export function readEvidenceFolder(folder: string): EvidenceFile[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(EXTENSION));
  } catch {
    return [];
  }
  return names.sort().map((name) => ({ name, evidence: readEvidence(path.join(folder, name)) }));
}

/** One that cannot be read keeps nobody from the others, nor from a start. */
function readEvidence(file: string): LedgerEvidence | string {
  try {
    const decoded = decodeEvidence(readFileSync(file));
    return decoded.ok ? decoded.value : decoded.error;
  } catch (cause) {
    return describe(cause);
  }
}
