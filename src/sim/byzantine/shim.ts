import { encodeMessage } from '../../codec/message.ts';
import type { Prng } from '../../std/prng.ts';
import type { Block } from '../../types/block.ts';
import type { LaneId } from '../../types/ids.ts';
import type { Signer } from '../../types/signature.ts';
import type { Transaction } from '../../types/transaction.ts';
import type { Wire } from '../checkers/wire.ts';
import type { FaultTally } from '../world/faults.ts';
import { forgeBlock } from './forge.ts';

export type ShimPorts = {
  readonly lane: LaneId;
  readonly n: number;
  readonly signer: Signer;
  readonly prng: Prng;
  readonly wire: Wire;
  readonly faults: FaultTally;
  readonly transactions: () => readonly Transaction[];
  readonly send: (to: LaneId, bytes: Uint8Array) => void;
};

/**
 * A Byzantine validator that runs the honest code behind a lying network card: it keeps its blocks from
 * some, does not hear others, and shows some peers a second block of the same seq.
 */
export class Shim {
  readonly #ports: ShimPorts;
  readonly #deaf: ReadonlySet<LaneId>;
  readonly #withheld: ReadonlySet<LaneId>;
  readonly #forkRate: number;
  readonly #dropRate: number;
  /** Its own blocks that have a sibling, and who is shown the sibling. */
  readonly #siblings = new Map<string, { block: Block; lanes: ReadonlySet<LaneId> } | null>();

  constructor(ports: ShimPorts) {
    this.#ports = ports;
    const { prng } = ports;
    const some = () => {
      const lanes = [...Array(ports.n).keys()].filter((lane) => lane !== ports.lane);
      return new Set(prng.shuffled(lanes).slice(0, prng.below(lanes.length)));
    };
    this.#deaf = prng.chance(1 / 3) ? some() : new Set();
    this.#withheld = prng.chance(1 / 2) ? some() : new Set();
    this.#forkRate = prng.chance(2 / 3) ? prng.float() * 0.5 : 0;
    this.#dropRate = prng.chance(1 / 3) ? prng.float() * 0.5 : 0;
  }

  hears(from: LaneId): boolean {
    const hears = !this.#deaf.has(from) || this.#ports.prng.chance(0.1);
    if (!hears) this.#ports.faults.unheard++;
    return hears;
  }

  /** `own`: the block in the message, when it is one of this lane. */
  send(to: LaneId, message: Uint8Array, own: Block | null): void {
    const { prng, send, faults } = this.#ports;
    const withholds = own !== null && this.#withheld.has(to) && prng.chance(0.9);
    if (withholds || prng.chance(this.#dropRate)) {
      faults.withheld++;
      return;
    }
    if (own === null) {
      send(to, message);
      return;
    }
    const sibling = this.#siblingOf(own);
    if (sibling?.lanes.has(to) !== true) send(to, message);
    else send(to, encodeMessage({ kind: 'block', bytes: sibling.block.bytes }));
  }

  #siblingOf(own: Block): { block: Block; lanes: ReadonlySet<LaneId> } | null {
    const known = this.#siblings.get(own.digest);
    if (known !== undefined) return known;
    const { prng } = this.#ports;
    const made = prng.chance(this.#forkRate) ? this.#forge(own) : null;
    this.#siblings.set(own.digest, made);
    return made;
  }

  /** The same block with other transactions, shown to some. */
  #forge(own: Block): { block: Block; lanes: ReadonlySet<LaneId> } | null {
    const { prng, n, signer, wire, transactions } = this.#ports;
    wire.take(own);
    const { ledgerId, lane, generation, seq, prev, epoch, timeMs, refs } = own.header;
    const place = { ledgerId, lane, generation, seq, prev };
    const others = prng.shuffled(transactions()).slice(0, prng.between(1, 2));
    for (const txs of [others, []]) {
      const plan = { ...place, epoch, timeMs, refs, txs, votes: own.votes };
      const block = forgeBlock(plan, signer);
      if (block.digest === own.digest) continue;
      wire.take(block);
      if (!wire.isAdmitted(block.digest)) continue;
      this.#ports.faults.forks++;
      const lanes = [...Array(n).keys()].filter((other) => other !== lane && prng.chance(0.5));
      return { block, lanes: new Set(lanes) };
    }
    return null;
  }
}
