import type { Input } from '../replica/effects.ts';
import { peerName } from '../replica/peer-name.ts';
import { unreachable } from '../std/assert.ts';
import { FairQueue } from './fair-queue.ts';

/** What a source may have stepped before it is the next one's turn, in bytes. */
const QUANTUM = 65_536;
/** What an input costs at least: a step costs time whatever it is about. */
const COST_MIN = 1024;
/** What asking for blocks costs, of which an answer reads up to 4 MiB from the journal: a whole turn. */
const WANT_COST = QUANTUM;
const OWN = 'own';
const CLIENTS = 'clients';

/** Inputs that wait for their step: large blocks of one lane delay its own and not the small ones of others. */
export class InputTurns {
  readonly #queue = new FairQueue<Input>(QUANTUM, costOf);

  get length(): number {
    return this.#queue.length;
  }

  /** What waits of one source, about in bytes. */
  costOf(source: string): number {
    return this.#queue.costOf(source);
  }

  push(input: Input): void {
    this.#queue.push(sourceOf(input), input);
  }

  shift(): Input | undefined {
    return this.#queue.shift();
  }
}

function sourceOf(input: Input): string {
  switch (input.kind) {
    case 'tick':
    case 'rooted':
      return OWN;
    case 'submit':
      return CLIENTS;
    case 'block':
    case 'message':
    case 'forwarded':
      return peerName(input.from);
    case 'connected':
    case 'disconnected':
      return peerName(input.peer);
    default:
      return unreachable(input);
  }
}

function costOf(input: Input): number {
  switch (input.kind) {
    case 'block':
      return Math.max(COST_MIN, input.block.bytes.length);
    case 'submit':
      return Math.max(COST_MIN, input.tx.bytes.length);
    case 'forwarded':
      return input.txs.reduce((sum, { bytes }) => sum + bytes.length, COST_MIN);
    case 'message':
      return input.message.kind === 'want' ? WANT_COST : COST_MIN;
    default:
      return COST_MIN;
  }
}
