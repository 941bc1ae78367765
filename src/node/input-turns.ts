import type { Input } from '../replica/effects.ts';
import { peerName } from '../replica/peer-name.ts';
import { unreachable } from '../std/assert.ts';
import { Fifo } from './fifo.ts';

/** What a source may have stepped before it is the next one's turn, in bytes. */
const QUANTUM = 65_536;
/** What an input costs at least: a step costs time whatever it is about. */
const COST_MIN = 1024;
const OWN = 'own';
const CLIENTS = 'clients';

type Source = { readonly name: string; readonly inputs: Fifo<Input>; credit: number; cost: number };

/**
 * Inputs that wait for their step: those of one source in their order, sources in turn by how much they bring
 * (deficit round robin), so that large blocks of one lane delay its own and not the small ones of others.
 */
export class InputTurns {
  readonly #sources = new Map<string, Source>();
  /** Sources with inputs, the next one first. */
  readonly #turns = new Fifo<Source>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What waits of one source, about in bytes. */
  costOf(source: string): number {
    return this.#sources.get(source)?.cost ?? 0;
  }

  push(input: Input): void {
    const name = sourceOf(input);
    let source = this.#sources.get(name);
    if (source === undefined) {
      source = { name, inputs: new Fifo(), credit: QUANTUM, cost: 0 };
      this.#sources.set(name, source);
      this.#turns.push(source);
    }
    source.inputs.push(input);
    source.cost += costOf(input);
    this.#length += 1;
  }

  shift(): Input | undefined {
    for (let source = this.#turns.peek(); source !== undefined; source = this.#turns.peek()) {
      const cost = costOf(source.inputs.peek() as Input);
      if (source.credit >= cost || this.#turns.length === 1) return this.#take(source, cost);
      source.credit += QUANTUM;
      this.#turns.push(this.#turns.shift() as Source);
    }
    return undefined;
  }

  /** Of the source whose turn it is. */
  #take(source: Source, cost: number): Input {
    const input = source.inputs.shift() as Input;
    source.credit = Math.max(0, source.credit - cost);
    source.cost -= cost;
    this.#length -= 1;
    if (source.inputs.length > 0) return input;
    this.#turns.shift();
    this.#sources.delete(source.name);
    return input;
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
    default:
      return COST_MIN;
  }
}
