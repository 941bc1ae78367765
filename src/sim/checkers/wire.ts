import { decodeBlock } from '../../codec/block.ts';
import { toHex } from '../../codec/hex.ts';
import type { Committee } from '../../committee/committee.ts';
import type { Block } from '../../types/block.ts';
import type { Digest } from '../../types/ids.ts';
import type { Verifier } from '../../types/signature.ts';
import type { Answer, Reference } from '../reference/admission.ts';
import { isSigned, isWitnessed } from './signatures.ts';

/**
 * Every block ever handed to the network, by anybody, and what the reference says of it. Each block
 * is judged when all that it names is there; the answer does not depend on when that is.
 */
export class Wire {
  readonly reference: Reference;
  readonly refused = new Map<Digest, string>();
  readonly #committee: Committee;
  readonly #verifier: Verifier;
  readonly #decoded = new WeakMap<Uint8Array, Block | null>();
  /** The same by the bytes in hex: a block is in many messages and on many disks. */
  readonly #byContent = new Map<string, Block | null>();
  readonly #seen = new Set<Digest>();
  #waiting: Block[] = [];

  constructor(reference: Reference, committee: Committee, verifier: Verifier) {
    this.reference = reference;
    this.#committee = committee;
    this.#verifier = verifier;
  }

  /** Null for what is no well-formed, rightly signed block. */
  open(bytes: Uint8Array): Block | null {
    const known = this.#decoded.get(bytes);
    if (known !== undefined) return known;
    const content = toHex(bytes);
    const same = this.#byContent.get(content);
    const block = same === undefined ? this.#openOnce(bytes) : same;
    this.#byContent.set(content, block);
    this.#decoded.set(bytes, block);
    return block;
  }

  #openOnce(bytes: Uint8Array): Block | null {
    const decoded = decodeBlock(bytes);
    return decoded.ok && this.#isRight(decoded.value) ? decoded.value : null;
  }

  /** Where checks are shared a forged witness is a matter of the rules, else of form. */
  #isRight(block: Block): boolean {
    if (!isSigned(block, this.#committee, this.#verifier)) return false;
    const isShared = this.reference.model.setting.isWitnessed !== undefined;
    return isShared || isWitnessed(block, this.#verifier);
  }

  /** Takes a block that somebody hands to the network. */
  take(block: Block): void {
    if (this.#seen.has(block.digest)) return;
    this.#seen.add(block.digest);
    this.#waiting.push(block);
    this.#judgeWaiting();
  }

  isAdmitted(digest: Digest): boolean {
    return this.reference.model.byDigest.has(digest);
  }

  #judgeWaiting(): void {
    for (let progress = true; progress; ) {
      progress = false;
      for (const block of this.#waiting) {
        const answer = this.reference.admit(block);
        if (answer.kind === 'waiting') continue;
        this.#note(block, answer);
        this.#waiting = this.#waiting.filter((other) => other !== block);
        progress = true;
      }
    }
  }

  #note(block: Block, answer: Answer): void {
    if (answer.kind !== 'refused') return;
    this.refused.set(block.digest, `${answer.code}: ${answer.detail}`);
  }
}
