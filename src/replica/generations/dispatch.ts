import { encodeCertificate } from '../../codec/checkpoint.ts';
import { defined } from '../../std/assert.ts';
import type { Sliced } from '../../std/slices.ts';
import type { Input, Outbound, PeerId } from '../effects.ts';
import type { Generation } from '../generation.ts';
import type { Outbox } from '../outbox.ts';
import { Links } from '../peers/links.ts';
import type { ReplicaOptions } from '../replica-options.ts';
import { Ahead } from './ahead.ts';
import type { GenerationList } from './generation-list.ts';
import type { Lasting } from './lasting.ts';

type BlockInput = Extract<Input, { kind: 'block' }>;
type MessageInput = Extract<Input, { kind: 'message' }>;

/** What peers say, brought to the generation that it is about: one that is here, that is dropped, or the next one. */
export class Dispatch {
  readonly #options: ReplicaOptions;
  readonly #lasting: Lasting;
  readonly #generations: GenerationList;
  readonly #links = new Links();
  readonly #ahead = new Ahead();

  constructor(options: ReplicaOptions, lasting: Lasting, generations: GenerationList) {
    this.#options = options;
    this.#lasting = lasting;
    this.#generations = generations;
  }

  connected(peer: PeerId, out: Outbox): void {
    this.#links.connected(peer);
    out.send.push(...this.#generations.current.peers.connected(peer));
  }

  disconnected(peer: PeerId): void {
    this.#links.disconnected(peer);
    this.#generations.current.peers.disconnected(peer);
  }

  /** This generation is the current one from now on. */
  *begun(next: Generation, nowMs: number, out: Outbox): Sliced<void> {
    for (const peer of this.#links.ids) out.send.push(...next.peers.connected(peer));
    const { blocks, heads } = this.#ahead.take();
    for (const arrival of blocks) yield* next.receive(arrival, nowMs, out);
    for (const { from, frontier } of heads) next.hear(from, frontier, nowMs, out);
  }

  *block(
    { block, from, witnesses = 'right' }: BlockInput,
    nowMs: number,
    out: Outbox,
  ): Sliced<void> {
    const { generation, lane, seq } = block.header;
    const { current, oldest } = this.#generations;
    const known = this.#generations.numbered(generation);
    if (known !== undefined) yield* known.receive({ block, from, witnesses }, nowMs, out);
    else if (generation < oldest.number) return;
    else if (this.#options.genesis.params.generationEpochs === undefined) {
      const detail = `lane ${lane} seq ${seq}: generation ${generation}`;
      out.rejected.push({ from, code: 'bad-generation', detail });
    } else if (lane === this.#options.lane) {
      const what = `block ${seq} of the own lane in generation ${generation}, where it has not spoken`;
      out.stop('own-signature-unknown', `${what}, is known to a peer`, block.bytes);
    } else if (generation === current.number + 1) this.#ahead.block({ block, from, witnesses });
  }

  *message({ from, message }: MessageInput, nowMs: number, out: Outbox): Sliced<void> {
    const { generation } = message;
    const { current, oldest } = this.#generations;
    const known = this.#generations.numbered(generation);
    const isCurrent = known === current;
    if (message.kind === 'want') {
      const { frontier, digests } = message;
      if (known !== undefined)
        out.send.push(...(yield* known.peers.serve(from, frontier, digests)));
    } else if (message.kind === 'decided') {
      this.#links.begun(from, generation + 1);
      if (isCurrent) known.peers.decided(from, message.commits, nowMs);
    } else {
      this.#links.begun(from, generation);
      if (isCurrent) known.hear(from, message.frontier, nowMs, out);
      else if (known !== undefined) {
        // Who has left that generation needs no answer, and would answer it: for ever.
        if (!this.#links.hasLeft(from, generation)) out.send.push(...known.peers.late(from));
      } else if (generation < oldest.number) out.send.push(this.#gone(from, oldest));
      else if (generation === current.number + 1) this.#ahead.heads(from, message.frontier);
    }
  }

  /** To a peer in a generation that was dropped here. */
  #gone(to: PeerId, { number: generation, start }: Generation): Outbound {
    const stop = this.#lasting.checkpoints.certificate(start.epoch);
    const certificate = encodeCertificate(
      defined(stop, 'what everything begins with is certified'),
    );
    return { to, message: { kind: 'gone', generation, certificate } };
  }
}
