import type { BlockRef, Vote } from '../../types/block.ts';
import { refOf } from '../../types/block.ts';
import type { Epoch, View } from '../../types/ids.ts';
import type { Transaction } from '../../types/transaction.ts';
import { Bits } from '../reference/bits.ts';
import { castsIn, supported } from '../reference/consensus.ts';
import type { Entry } from '../reference/entry.ts';
import { type Forgery, union } from './forgery.ts';

export type Attack = {
  /** What it tries. */
  readonly tries: string;
  readonly act: (forgery: Forgery) => void;
};

/** A place in the open instance: what a block after the newest own one, naming these, could vote on. */
type Stand = {
  readonly prev: Entry | null;
  readonly refs: readonly Entry[];
  readonly history: Bits;
  readonly epoch: Epoch;
  readonly view: View;
};

const TEN_YEARS_MS = 10 * 365 * 86_400_000;

/** What one validator can try against the others, each by its plan (docs/TESTING.md has the catalogue's ids). */
export const ATTACKS = {
  'rivals-to-halves': {
    tries: 'a transaction to one half, its rival to the other, in two blocks of one seq',
    act(forgery) {
      const pair = rivalsOf(forgery);
      if (pair === null) return;
      const { prev, refs } = stand(forgery);
      const [one, other] = pair.map((tx) => forgery.build({ prev, refs, txs: [tx] }));
      forgery.fork(one, other);
    },
  },
  'own-rival': {
    tries: 'a rival of what was just proposed by another, in the own lane',
    act(forgery) {
      const pair = rivalsOf(forgery);
      if (pair === null) return;
      const block = forgery.build({ prev: forgery.head, txs: [forgery.ports.prng.pick(pair)] });
      if (block !== undefined) forgery.show(block, forgery.others);
    },
  },
  'two-proposals': {
    tries: 'two proposals of one view, each shown to one half',
    act(forgery) {
      const { prev, refs, history, epoch, view } = stand(forgery);
      if (!forgery.leads(history, epoch, view)) return support(forgery);
      const votes: Vote[] = [{ kind: 'propose', epoch, view }];
      const [one, other] = [refs, refs.slice(1)].map((some) =>
        forgery.build({ prev, refs: some, votes, txs: [] }),
      );
      forgery.fork(one, other);
    },
  },
  'two-votes': {
    tries: 'PREPARE and COMMIT on one branch, VIEWCHANGE or another PREPARE on the other',
    act(forgery) {
      const { prev, refs, history, epoch, view } = stand(forgery);
      const one = forgery.build({ prev, refs, votes: forgery.support(history, epoch, view) });
      const leave: Vote = { kind: 'viewchange', epoch, view: view + 1 };
      const again = [leave, ...forgery.support(history, epoch, view + 1)];
      forgery.fork(one, forgery.build({ prev, refs, votes: again }));
    },
  },
  'double-vote': {
    tries: 'two PREPAREs of one view in one block, a COMMIT for what is not prepared',
    act(forgery) {
      const { prev, refs, history, epoch, view } = stand(forgery);
      const votes = proposals(forgery, history, epoch).flatMap((block): Vote[] => [
        { kind: 'prepare', epoch, view, block },
        { kind: 'commit', epoch, view, block },
      ]);
      forgery.show(forgery.forge({ prev, refs, epoch: epoch - 1, votes }), forgery.others);
    },
  },
  'prepared-hidden': {
    tries:
      'a proposal of a higher view that shows none of the VIEWCHANGEs which know of a prepared block',
    act(forgery) {
      const { model } = forgery.ports.wire.reference;
      const all = stand(forgery);
      const refs = all.refs.filter(
        (ref) => supported(model, ref, all.epoch, 'prepare').length === 0,
      );
      const { history, epoch, view } = stand(forgery, refs);
      if (!forgery.leads(history, epoch, view)) return support(forgery);
      const block = forgery.build({
        prev: all.prev,
        refs,
        votes: [{ kind: 'propose', epoch, view }],
      });
      if (block !== undefined) forgery.show(block, forgery.others);
    },
  },
  'view-spam': {
    tries: 'a VIEWCHANGE in every block',
    act(forgery) {
      const { prev, refs, epoch, view } = stand(forgery);
      const block = forgery.build({
        prev,
        refs,
        votes: [{ kind: 'viewchange', epoch, view: view + 1 }],
      });
      if (block !== undefined) forgery.show(block, forgery.others);
    },
  },
  'phantom-refs': {
    tries: 'names blocks that do not exist, so that others wait and ask',
    act(forgery) {
      const { prng } = forgery.ports;
      const { prev, refs, epoch } = stand(forgery);
      const [lane] = forgery.others;
      const phantom: BlockRef = {
        lane: lane!,
        generation: forgery.generation,
        seq: 1 + prng.below(9),
        digest: forgery.randomDigest(),
      };
      const named = refs.map((entry) => refOf(entry.block)).filter((ref) => ref.lane !== lane);
      const header = { refs: [phantom, ...named] };
      forgery.show(forgery.forge({ prev, refs, epoch: epoch - 1, header }), forgery.others);
    },
  },
  'withheld-history': {
    tries: 'a block whose predecessor nobody, or one alone, was shown',
    act(forgery) {
      const { prng } = forgery.ports;
      const hidden = forgery.build({ prev: forgery.head, votes: [] });
      if (hidden !== undefined && prng.chance(0.5))
        forgery.show(hidden, [prng.pick(forgery.others)]);
      const next = forgery.build({ prev: forgery.head });
      if (next !== undefined) forgery.show(next, prng.shuffled(forgery.others).slice(0, 2));
    },
  },
  'selective-acks': {
    tries: 'acks one thing to one half and another to the other half, always late',
    act(forgery) {
      const { prng } = forgery.ports;
      const old = () =>
        forgery.others.flatMap((lane) => prng.shuffled(forgery.entriesOf(lane)).slice(0, 1));
      const prev = forgery.head;
      forgery.fork(forgery.build({ prev, refs: old() }), forgery.build({ prev, refs: old() }));
    },
  },
  'false-checkpoints': {
    tries: 'two checkpoints of one epoch, both false',
    act(forgery) {
      const { prev, refs, epoch } = stand(forgery);
      if (epoch === 1) return support(forgery);
      const [one, other] = [1, 2].map(() =>
        forgery.build({ prev, refs, votes: [forgery.falseCheckpoint(epoch - 1)] }),
      );
      forgery.fork(one, other);
    },
  },
  'votes-of-the-future': {
    tries: 'votes in instances that are not open',
    act(forgery) {
      const { prev, refs, epoch } = stand(forgery);
      const ahead = epoch + forgery.ports.prng.between(1, 9);
      const votes: Vote[] = [
        { kind: 'viewchange', epoch: ahead, view: 1 },
        { kind: 'propose', epoch: ahead, view: 1 },
      ];
      forgery.show(forgery.forge({ prev, refs, epoch: epoch - 1, votes }), forgery.others);
    },
  },
  replay: {
    tries: 'old blocks of everybody again, to everybody',
    act(forgery) {
      const { prng, wire } = forgery.ports;
      for (const entry of prng.shuffled(wire.reference.model.entries).slice(0, 20)) {
        forgery.show(entry.block, [prng.pick(forgery.others)]);
      }
    },
  },
  'wild-clock': {
    tries: 'block times ten years ahead, or before the block before',
    act(forgery) {
      const { prev, refs, epoch } = stand(forgery);
      const timeMs = forgery.ports.prng.chance(0.7) ? forgery.ports.timeMs() + TEN_YEARS_MS : 0;
      const block = forgery.forge({ prev, refs, epoch: epoch - 1, header: { timeMs } });
      forgery.show(block, forgery.others);
    },
  },
  'old-transactions': {
    tries: 'transactions that others carry, or that have their outcome, again',
    act(forgery) {
      const { prng, transactions } = forgery.ports;
      const txs = prng.shuffled(transactions()).slice(0, 8);
      const block = forgery.build({
        prev: forgery.head,
        txs: [prng.pick([...txs, undefined])].flatMap((tx) => (tx === undefined ? txs : [tx])),
      });
      if (block !== undefined) forgery.show(block, forgery.others);
    },
  },
  'end-on-one-branch': {
    tries: 'END on one branch and verdicts on the other, or END where no stop cut is near',
    act(forgery) {
      const { prev, refs, epoch } = stand(forgery);
      const end: Vote = { kind: 'end', epoch };
      if (!forgery.endsIn(prev, epoch)) {
        forgery.show(forgery.forge({ prev, refs, epoch: epoch - 1, votes: [end] }), forgery.others);
        return;
      }
      const one = forgery.build({ prev, refs, votes: [end], txs: [] });
      forgery.fork(one, forgery.build({ prev, refs, votes: [], txs: [] }));
    },
  },
  'next-generation': {
    tries: 'blocks of generations that have not begun, or are over',
    act(forgery) {
      const { prng } = forgery.ports;
      const generation = Math.max(0, forgery.generation + prng.pick([-1, 1, 1, 2]));
      const named = forgery.others
        .flatMap((lane) => forgery.entriesOf(lane).slice(-1))
        .map((entry) => ({ ...refOf(entry.block), generation }));
      const header = prng.chance(0.5) ? { generation } : { generation, refs: named };
      const block = forgery.forge({
        prev: null,
        refs: [],
        epoch: forgery.decidedIn(new Bits()).length,
        header,
      });
      forgery.show(block, forgery.others);
    },
  },
  noise: {
    tries: 'empty blocks for ever, each to somebody else',
    act(forgery) {
      const block = forgery.build({ prev: forgery.head, txs: [], votes: [] });
      if (block !== undefined) forgery.show(block, [forgery.ports.prng.pick(forgery.others)]);
    },
  },
} as const satisfies Record<string, Attack>;

export type AttackName = keyof typeof ATTACKS;
export const ATTACK_NAMES = Object.keys(ATTACKS) as AttackName[];
/** Those on the end of a generation; drawn apart, where there are some. */
export const GENERATION_ATTACKS: readonly AttackName[] = ['end-on-one-branch', 'next-generation'];

function stand(forgery: Forgery, only?: readonly Entry[]): Stand {
  const prev = forgery.head;
  const refs = only ?? forgery.others.flatMap((lane) => forgery.entriesOf(lane).slice(-1));
  const history = union(prev, refs);
  const epoch = forgery.decidedIn(history).length + 1;
  return { prev, refs, history, epoch, view: forgery.viewOf(prev, history, epoch) };
}

/** Takes part like the others until it is time for the attack. */
function support(forgery: Forgery): void {
  const { prev, refs, history, epoch, view } = stand(forgery);
  const ends: Vote[] = forgery.endsIn(prev, epoch) ? [{ kind: 'end', epoch }] : [];
  const votes = [...ends, ...forgery.support(history, epoch, view)];
  const block = forgery.build({ prev, refs, votes });
  if (block !== undefined) forgery.show(block, forgery.others);
}

/** Two rivals that somebody sent; null: there are none. */
function rivalsOf(forgery: Forgery): [Transaction, Transaction] | null {
  const { prng, transactions } = forgery.ports;
  const known = prng.shuffled(transactions());
  for (const tx of known) {
    const spent = new Set(tx.inputs.map(({ txid, index }) => `${txid}:${index}`));
    const rival = known.find(
      (other) =>
        other !== tx && other.inputs.some(({ txid, index }) => spent.has(`${txid}:${index}`)),
    );
    if (rival !== undefined) return [tx, rival];
  }
  return null;
}

function proposals(forgery: Forgery, history: Bits, epoch: Epoch): BlockRef[] {
  const { model } = forgery.ports.wire.reference;
  return castsIn(model, { history }, epoch, 'propose').map(({ at }) => refOf(at.block));
}
