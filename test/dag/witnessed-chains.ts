import { Soundness, type SoundnessParts } from '../../src/dag/soundness.ts';
import type { Block, Vote, Witnesses } from '../../src/types/block.ts';
import type { Dag, DagNode, NodeId } from '../../src/types/dag.ts';
import type { Epoch, LaneId, Seq } from '../../src/types/ids.ts';

export const N = 7;
export const F = 2;
/** Whose soundness it is. */
export const OWN = 6;

type Drawn = Pick<DagNode, 'id' | 'lane' | 'seq' | 'prev' | 'txCount' | 'votes' | 'epoch'>;

type Stroke = {
  readonly witnesses?: Witnesses;
  readonly votes?: Vote[];
  readonly txCount?: number;
  readonly atMs?: number;
  readonly epoch?: Epoch;
};

/** Chains of blocks without histories: all that soundness asks for. */
export class WitnessedChains {
  readonly nodes: Drawn[] = [];
  readonly forged = new Set<NodeId>();
  readonly verified: NodeId[] = [];
  readonly unsound: NodeId[] = [];
  soundness = this.start();

  start(change: Partial<SoundnessParts> = {}): Soundness {
    const dag = {
      n: N,
      node: (id: NodeId) => this.nodes[id - 1],
      block: (id: NodeId) => id as unknown as Block,
      ancestor: (id: NodeId, seq: Seq) => this.#ancestor(id, seq),
      forkSeq: (lane: LaneId) => this.#forkSeq(lane),
      forked: (lane: LaneId) => this.#forkSeq(lane) !== Number.POSITIVE_INFINITY,
    } as unknown as Dag;
    const verify = (block: Block) => {
      const id = block as unknown as NodeId;
      this.verified.push(id);
      return !this.forged.has(id);
    };
    const unsound = (id: NodeId) => void this.unsound.push(id);
    this.soundness = new Soundness(dag, {
      isShared: true,
      f: F,
      lane: OWN,
      spares: 0,
      verify,
      unsound,
      ...change,
    });
    return this.soundness;
  }

  /** A block with transactions, unchecked, unless told otherwise. */
  add(
    lane: LaneId,
    prev: NodeId,
    { witnesses = 'unchecked' as Witnesses, votes = [] as Vote[], ...more }: Stroke = {},
  ): NodeId {
    const { txCount = 1, atMs = 0, epoch = 0 } = more;
    const seq = prev === 0 ? 1 : (this.nodes[prev - 1] as Drawn).seq + 1;
    const node = { id: this.nodes.length + 1, lane, seq, prev, txCount, votes, epoch };
    this.nodes.push(node);
    this.soundness.add(node as unknown as DagNode, witnesses, atMs);
    return node.id;
  }

  says(who: LaneId, lane: LaneId, seq: Seq): void {
    const prev = this.nodes.findLast((node) => node.lane === who)?.id ?? 0;
    this.add(who, prev, {
      txCount: 0,
      witnesses: 'right',
      votes: [{ kind: 'checked', lane, seq }],
    });
  }

  #ancestor(id: NodeId, seq: Seq): NodeId {
    let node = this.nodes[id - 1] as Drawn;
    if (seq > node.seq) return 0;
    while (node.seq > seq) node = this.nodes[node.prev - 1] as Drawn;
    return node.id;
  }

  #forkSeq(lane: LaneId): Seq {
    const seqs = this.nodes.filter((node) => node.lane === lane).map(({ seq }) => seq);
    const twice = seqs.filter((seq, i) => seqs.indexOf(seq) !== i);
    return Math.min(Number.POSITIVE_INFINITY, ...twice);
  }
}
