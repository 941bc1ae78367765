import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReplicaCluster } from '../../../test/replica/replica-cluster.ts';
import { decode } from '../../codec/reader.ts';
import { Writer } from '../../codec/writer.ts';
import { Coins } from '../../ledger/coins.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import type { Vote } from '../../types/block.ts';
import type { DagNode } from '../../types/dag.ts';
import type { Params } from '../../types/genesis.ts';
import type { Digest, Epoch, LaneId } from '../../types/ids.ts';
import { genesisStart } from '../generations/start.ts';
import { DEFAULT_POLICY, type ReplicaOptions } from '../replica-options.ts';
import { type Certified, Checkpoints } from './checkpoints.ts';

const of = (byte: string) => byte.repeat(32) as Digest;
const roots = { txRoot: of('11'), stateRoot: of('22') };

/** Checkpoints of lane 0, or of an observer. A signature is its lane, many times. */
class Subject {
  readonly options: ReplicaOptions;
  readonly checkpoints: Checkpoints;

  constructor(signs = true, params: Partial<Params> = {}, store = new MemoryStore()) {
    const { genesis, ledgerId, committee } = new ReplicaCluster(4, {}, params);
    this.options = {
      genesis,
      ledgerId,
      committee,
      store,
      policy: DEFAULT_POLICY,
      lane: signs ? 0 : null,
      signer: signs ? { publicKey: new Uint8Array(33), sign: () => signature(0) } : null,
      archive: { read: () => assert.fail('it reads no blocks') },
    };
    this.checkpoints = new Checkpoints(this.options, genesisStart({ ledgerId }));
  }

  /** The cut of this epoch is decided; its ledger is empty. */
  close(epoch: Epoch): void {
    const closed = { epoch, cut: of('33'), outcomes: [], newestTimesMs: [] };
    const applied = { closed, entries: [], executed: [], touched: [], diverged: null };
    this.checkpoints.close(applied, new Coins(this.options.store, 0));
  }

  /** Returns what others have to sign, too. */
  root(epoch: Epoch): { digest: Digest; certified: Certified } {
    this.close(epoch);
    const certified = this.checkpoints.complete(epoch, roots);
    return { digest: this.checkpoints.last.digest, certified };
  }

  hear(lane: LaneId, ...signed: readonly (readonly [Epoch, Digest])[]): Certified[] {
    const votes = signed.map(([epoch, checkpoint]): Vote => {
      return { kind: 'checkpoint', epoch, checkpoint, signature: signature(lane) };
    });
    return this.checkpoints.count({ lane, votes } as unknown as DagNode);
  }

  /** Epochs in the order of the own signatures. */
  signed(after: Epoch, decided: Epoch, most = 16): Epoch[] {
    const votes = this.checkpoints.votes(after, decided, most);
    return votes.map((vote) => (vote.kind === 'checkpoint' ? vote.epoch : assert.fail(vote.kind)));
  }
}

function signature(lane: LaneId): Uint8Array {
  return new Uint8Array(64).fill(lane);
}

function lanesOf(certified: Certified | undefined): LaneId[] | undefined {
  return certified?.certificate?.signatures.map(({ lane }) => lane);
}

function saved({ checkpoints }: Subject): Uint8Array {
  const writer = new Writer();
  checkpoints.save(writer);
  return writer.finish();
}

describe('6.12: the own lane signs', () => {
  it('what it has computed and its chain has not signed, ascending, as far as the block shows the cuts', () => {
    const subject = new Subject();
    for (const epoch of [1, 2, 3]) subject.root(epoch);
    subject.close(4);
    assert.deepEqual(subject.signed(0, 4), [1, 2, 3]);
    assert.deepEqual(subject.signed(1, 4), [2, 3]);
    assert.deepEqual(subject.signed(0, 2), [1, 2]);
    assert.deepEqual(subject.signed(0, 4, 2), [1, 2]);
    assert.deepEqual(subject.signed(3, 4), []);
  });

  it('nothing of what is certified when its chain has signed none', () => {
    const subject = new Subject();
    const { digest } = subject.root(1);
    subject.root(2);
    for (const lane of [1, 2, 3]) subject.hear(lane, [1, digest]);
    assert.deepEqual(subject.signed(0, 2), [2]);
  });

  it('nothing where there is no lane', () => {
    const subject = new Subject(false);
    subject.root(1);
    assert.deepEqual(subject.signed(0, 1), []);
  });
});

describe('6.12: a checkpoint is certified', () => {
  it('by signatures of Q lanes for it, of each lane once, ascending by lane', () => {
    const subject = new Subject();
    const { digest } = subject.root(1);
    for (const lane of [3, 1, 3]) {
      assert.deepEqual(subject.hear(lane, [1, digest]).map(lanesOf), [undefined]);
    }
    assert.equal(subject.checkpoints.stable, 0);
    const [certified] = subject.hear(0, [1, digest]);
    assert.deepEqual(lanesOf(certified), [0, 1, 3]);
    assert.deepEqual(certified?.epochs, [1]);
    assert.equal(subject.checkpoints.stable, 1);
    assert.deepEqual(subject.checkpoints.certificate(1), certified?.certificate);
    assert.deepEqual(subject.hear(2, [1, digest]), [], 'it is certain already');
  });

  it('when its roots are computed, if the signatures were there before', () => {
    const digest = new Subject().root(1).digest;
    const subject = new Subject();
    for (const lane of [1, 2, 3]) subject.hear(lane, [1, digest]);
    assert.equal(subject.checkpoints.certificate(1), undefined);
    assert.deepEqual(lanesOf(subject.root(1).certified), [1, 2, 3]);
  });

  it('not by signatures for others, which stop this validator only when a quorum gave them', () => {
    const subject = new Subject();
    const { digest } = subject.root(1);
    subject.hear(0, [1, digest]);
    subject.hear(1, [1, digest]);
    assert.deepEqual(subject.hear(2, [1, of('44')]).map(lanesOf), [undefined]);
    const said = [3, 1].flatMap((lane) => subject.hear(lane, [1, of('44')]));
    assert.deepEqual(
      said.map(({ diverged }) => diverged),
      [false, true],
    );
    assert.equal(subject.checkpoints.certificate(1), undefined);
  });

  it('and counts as such without a gap only when those before it are', () => {
    const subject = new Subject();
    const [one, two] = [1, 2].map((epoch) => subject.root(epoch).digest) as [Digest, Digest];
    for (const lane of [1, 2, 3]) subject.hear(lane, [2, two]);
    assert.equal(subject.checkpoints.stable, 0);
    for (const lane of [1, 2, 3]) subject.hear(lane, [1, one]);
    assert.equal(subject.checkpoints.stable, 2);
  });
});

describe('9.7: the certificate of a stop checkpoint', () => {
  const stopped = () => {
    const subject = new Subject(true, { generationEpochs: 2 });
    const [one, two] = [1, 2].map((epoch) => subject.root(epoch).digest) as [Digest, Digest];
    subject.hear(1, [1, one], [2, two]);
    subject.hear(2, [2, two]);
    return { subject, one, two };
  };

  it('stands for those before it, which need no signatures any more, and for no later one', () => {
    const { subject, one, two } = stopped();
    const { digest: three } = subject.root(3);
    const [certified] = subject.hear(3, [2, two]);
    assert.deepEqual(certified?.epochs, [1, 2]);
    assert.equal(subject.checkpoints.stable, 2);
    assert.deepEqual(subject.signed(0, 3), [3]);
    assert.deepEqual(subject.hear(2, [1, one]), []);
    assert.equal(subject.checkpoints.certificate(1), undefined);
    assert.equal(subject.checkpoints.digest(1), one, 'it names that before it');
    for (const lane of [1, 2, 3]) subject.hear(lane, [3, three]);
    assert.equal(subject.checkpoints.stable, 3);
  });

  it('leaves nothing to sign of those before it that it does not name', () => {
    const subject = new Subject(true, { generationEpochs: 4 });
    const digests = [1, 2, 3, 4].map((epoch) => subject.root(epoch).digest);
    for (const lane of [1, 2, 3]) subject.hear(lane, [4, digests[3] as Digest]);
    assert.equal(subject.signed(1, 4).includes(2), false);
  });

  it('alone does: one in the middle of a generation leaves those before it open', () => {
    const subject = new Subject(true, { generationEpochs: 3 });
    const { digest } = subject.root(1);
    const { digest: middle } = subject.root(2);
    const certified = [1, 2, 3].flatMap((lane) => subject.hear(lane, [2, middle]));
    assert.deepEqual(certified[2]?.epochs, [2]);
    for (const lane of [1, 2, 3]) subject.hear(lane, [1, digest]);
    assert.notEqual(subject.checkpoints.certificate(1), undefined);
  });
});

describe('a savepoint of checkpoints', () => {
  it('keeps what was signed and computed, so that the next signature certifies', () => {
    const store = new MemoryStore();
    const before = new Subject(true, {}, store);
    const { digest: certain } = before.root(1);
    for (const lane of [1, 2, 3]) before.hear(lane, [1, certain]);
    const { digest } = before.root(2);
    before.root(3);
    for (const lane of [2, 1]) before.hear(lane, [2, digest]);
    const after = new Subject(true, {}, store);
    const loaded = decode(saved(before), (reader) => after.checkpoints.load(reader));
    assert.ok(loaded.ok);
    const { last, rooted, stable } = after.checkpoints;
    assert.deepEqual([last, rooted, stable], [before.checkpoints.last, 3, 1]);
    assert.deepEqual(after.signed(0, 3), [2, 3]);
    assert.deepEqual(lanesOf(after.hear(3, [2, digest])[0]), [1, 2, 3]);
    assert.equal(after.root(4).digest, before.root(4).digest);
  });

  it('says nothing of what the store has, however much that is', () => {
    const sizes = [0, 1, 2].map((epochs) => {
      const subject = new Subject(true, { generationEpochs: 2 });
      const digests = Array.from({ length: epochs }, (_, i) => subject.root(i + 1).digest);
      const votes = digests.map((digest, i) => [i + 1, digest] as const);
      for (const lane of [1, 2]) subject.hear(lane, ...votes);
      subject.hear(3, ...votes.slice(-1));
      assert.equal(subject.checkpoints.stable, epochs);
      return saved(subject).length;
    });
    assert.equal(new Set(sizes).size, 1);
  });
});
