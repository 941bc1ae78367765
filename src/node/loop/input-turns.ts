import type { Input, PeerId } from '../../replica/effects.ts';
import { peerName } from '../../replica/peers/peer-name.ts';
import { unreachable } from '../../std/assert.ts';
import { CrowdQueue } from '../../std/crowd-queue.ts';

/** What a source may have stepped before it is the next one's turn, in bytes. */
const QUANTUM = 65_536;
/** What an input costs at least: a step costs time whatever it is about. */
const COST_MIN = 1024;
/** What asking for blocks costs, of which an answer reads up to 4 MiB from the journal: a whole turn. */
const PULL_COST = QUANTUM;
const OWN = 'own';
const CLIENTS = 'clients';

/** A later pull of the same peer takes the place of one that waits. */
type Held = { input: Input };

/**
 * Inputs that wait for their step: large blocks of one lane delay its own and not the small ones of others, and
 * strangers together get what one lane does. Of a peer's pulls one waits, the newest: it says what is lacking now.
 */
export class InputTurns {
  readonly #queue = new CrowdQueue<Held>(QUANTUM, ({ input }) => costOf(input));
  readonly #pulls = new Map<string, Held>();

  get length(): number {
    return this.#queue.length;
  }

  /** What waits of one source, about in bytes. */
  costOf(source: string): number {
    return this.#queue.costOf(source);
  }

  push(input: Input): void {
    const peer = peerOf(input);
    const source = peer === null ? ownSource(input) : peerName(peer);
    const pull = isPull(input) ? this.#pulls.get(source) : undefined;
    if (pull !== undefined) {
      pull.input = input;
      return;
    }
    const held = { input };
    if (isPull(input)) this.#pulls.set(source, held);
    this.#queue.push(source, peer?.kind === 'observer', held);
  }

  shift(): Input | undefined {
    const input = this.#queue.shift()?.input;
    if (input !== undefined && isPull(input)) this.#pulls.delete(peerName(input.from));
    return input;
  }
}

function ownSource({ kind }: Input): string {
  return kind === 'submit' ? CLIENTS : OWN;
}

type Pull = Extract<Input, { kind: 'message' }>;

function isPull(input: Input): input is Pull {
  return input.kind === 'message' && input.message.kind === 'want';
}

/** null: it is no peer's. */
function peerOf(input: Input): PeerId | null {
  switch (input.kind) {
    case 'block':
    case 'message':
    case 'forwarded':
      return input.from;
    case 'connected':
    case 'disconnected':
      return input.peer;
    case 'tick':
    case 'rooted':
    case 'submit':
      return null;
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
      return isPull(input) ? PULL_COST : COST_MIN;
    default:
      return COST_MIN;
  }
}
