import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { EpochLedger, SnapshotLeaf } from '../../src/codec/snapshot.ts';
import { outcomeRoot } from '../../src/ledger/outcomes.ts';
import { ok } from '../../src/std/result.ts';
import { runToEnd } from '../../src/std/slices.ts';
import type { Checkpoint } from '../../src/types/ledger.ts';
import { lock } from '../replica/replica-cluster.ts';
import { CertifiedChain, certify, install, refused, type Table } from './certified-chain.ts';

const contents = (table: Table) =>
  [...table].map(([key, value]) => `${key}=${Buffer.from(value).toString('hex')}`).sort();

describe('a follower of checkpoints', () => {
  let chain: CertifiedChain;

  before(() => {
    chain = new CertifiedChain();
  });

  describe('refuses of a snapshot', () => {
    const first = (pages: SnapshotLeaf[][]) => pages[0]?.[0] as SnapshotLeaf;
    const changed = (leaf: SnapshotLeaf): SnapshotLeaf => ({
      ...leaf,
      unspent: leaf.unspent.map((output) => ({ ...output, amount: output.amount + 1n })),
    });
    const lies: Record<string, [(pages: SnapshotLeaf[][]) => SnapshotLeaf[][], RegExp]> = {
      'a wrong amount': [(pages) => [[changed(first(pages))], ...rest(pages)], /stateRoot/],
      'a wrong epoch': [
        (pages) => [[{ ...first(pages), acceptedEpoch: 1 }], ...rest(pages)],
        /stateRoot/,
      ],
      'an epoch to come': [
        (pages) => [[{ ...first(pages), acceptedEpoch: 9 }], ...rest(pages)],
        /later epoch/,
      ],
      'a missing leaf': [rest, /stateRoot/],
      'a missing page': [(pages) => pages.slice(1), /stateRoot/],
      'nothing at all': [() => [], /stateRoot/],
      'an extra leaf': [
        (pages) => [...pages, [{ ...first(pages), txid: 'f'.repeat(64) as never }]],
        /stateRoot/,
      ],
      'a leaf without outputs': [
        (pages) => [[{ ...first(pages), unspent: [] }], ...rest(pages)],
        /nothing unspent/,
      ],
      'a leaf twice': [(pages) => [[first(pages)], ...pages], /ascending/],
      'pages in another order': [(pages) => pages.toReversed(), /ascending/],
    };
    function rest(pages: SnapshotLeaf[][]): SnapshotLeaf[][] {
      return [pages[0]?.slice(1) ?? [], ...pages.slice(1)];
    }
    for (const [what, [lie, why]] of Object.entries(lies)) {
      it(what, () => {
        const follower = chain.follower();
        refused(install(follower, lie(chain.pagesOf(3)), chain.certificateOf(3)), why);
        assert.equal(follower.checkpoint, null);
      });
    }

    it('P15, P16: the state of another epoch', () => {
      const follower = chain.follower();
      refused(install(follower, chain.pagesOf(2), chain.certificateOf(3)), /stateRoot/);
    });

    it('P16, B14: any but a certificate of a quorum of this ledger', () => {
      const { checkpoint } = chain.certificateOf(3);
      const follower = chain.follower();
      const wrong = certify({ ...checkpoint, timeMs: checkpoint.timeMs + 1 });
      refused(follower.install({ ...wrong, checkpoint }), /signature of lane 0/);
      refused(follower.install(certify(checkpoint, [0, 2])), /quorum/);
      refused(follower.install(certify(checkpoint, [0, 0, 2])), /order/);
      const foreign = { ...checkpoint, ledgerId: checkpoint.txRoot };
      refused(follower.install(certify(foreign)), /another ledger/);
      assert.equal(follower.epoch, 0);
    });

    it('a second one', () => {
      refused(chain.followerAt(2).follower.install(chain.certificateOf(3)), /is installed/);
    });
  });

  describe('refuses of a ledger, and nothing is changed', () => {
    type Lie = (ledger: EpochLedger) => EpochLedger;
    const certified =
      (change: (checkpoint: Checkpoint, ledger: EpochLedger) => Partial<Checkpoint>): Lie =>
      (ledger) => {
        const { checkpoint } = ledger.certificate;
        return {
          ...ledger,
          certificate: certify({ ...checkpoint, ...change(checkpoint, ledger) }),
        };
      };
    const withOutcomes =
      (change: (ledger: EpochLedger) => EpochLedger['outcomes']): Lie =>
      (ledger) => {
        const outcomes = change(ledger);
        return certified(() => ({ txRoot: runToEnd(outcomeRoot(outcomes)) }))({
          ...ledger,
          outcomes,
        });
      };
    const fee = { amount: 1n, lock };
    const lies: Record<string, [Lie, RegExp]> = {
      'a skipped epoch': [() => chain.ledgerOf(5), /epoch 5 is not next/],
      'an epoch that it has': [() => chain.ledgerOf(3), /epoch 3 is not next/],
      'a certificate without a quorum': [
        ({ certificate, ...ledger }) => ({
          ...ledger,
          certificate: certify(certificate.checkpoint, [1, 3]),
        }),
        /quorum/,
      ],
      'a certificate of another checkpoint': [
        ({ certificate, ...ledger }) => ({
          ...ledger,
          certificate: { ...certificate, signatures: chain.certificateOf(5).signatures },
        }),
        /signature of lane/,
      ],
      'a certificate of another ledger': [
        certified(({ txRoot }) => ({ ledgerId: txRoot })),
        /another ledger/,
      ],
      'another branch': [certified(({ txRoot }) => ({ prev: txRoot })), /does not follow/],
      'a missing outcome': [
        (ledger) => ({ ...ledger, outcomes: ledger.outcomes.slice(1) }),
        /txRoot/,
      ],
      'a changed outcome': [
        (ledger) => ({
          ...ledger,
          outcomes: ledger.outcomes.map(({ txid }) => ({ txid, accepted: true as const })),
        }),
        /txRoot/,
      ],
      'another transaction': [
        (ledger) => ({ ...ledger, accepted: ledger.accepted.toReversed() }),
        /instead of/,
      ],
      'a missing transaction': [
        (ledger) => ({ ...ledger, accepted: ledger.accepted.slice(0, -1) }),
        /has no transaction/,
      ],
      'bytes that are none': [
        (ledger) => ({ ...ledger, accepted: ledger.accepted.map((tx) => tx.subarray(1)) }),
        /has no transaction/,
      ],
      'a flipped bit in a body': [
        (ledger) => ({ ...ledger, accepted: ledger.accepted.map(flipAmount) }),
        /instead of|has no/,
      ],
      'too much fee': [(ledger) => ({ ...ledger, fees: [...ledger.fees, fee] }), /stateRoot/],
      'other fees': [
        (ledger) => ({
          ...ledger,
          fees: ledger.fees.map((one) => ({ ...one, amount: one.amount + 1n })),
        }),
        /stateRoot/,
      ],
      'no fees': [(ledger) => ({ ...ledger, fees: [] }), /stateRoot/],
      'what a quorum signed with another state': [
        certified(({ txRoot }) => ({ stateRoot: txRoot })),
        /stateRoot/,
      ],
      'what a quorum accepted twice': [
        (ledger) => {
          const both = withOutcomes(({ outcomes }) => [...outcomes, ...outcomes])(ledger);
          return { ...both, accepted: [...ledger.accepted, ...ledger.accepted] };
        },
        /not ascending/,
      ],
      'what a quorum accepted though its input is spent': [
        (ledger) => {
          const late = chain.cluster.pay([chain.cluster.coin(0)], [{ amount: 7n, lock }]);
          return alone(late.bytes, late.txid)(ledger);
        },
        /1 accepted transactions cannot be applied/,
      ],
      'what a quorum accepted though it is a double spend': [
        (ledger) => {
          const rivals = [990n, 980n].map((amount) =>
            chain.cluster.pay([chain.cluster.coin(41)], [{ amount, lock }]),
          );
          rivals.sort((one, other) => (one.txid < other.txid ? -1 : 1));
          const outcomes = rivals.map(({ txid }) => ({ txid, accepted: true as const }));
          const accepted = rivals.map(({ bytes }) => bytes);
          return { ...withOutcomes(() => outcomes)(ledger), accepted };
        },
        /1 accepted transactions cannot be applied/,
      ],
      'what a quorum accepted though it makes value': [
        (ledger) => {
          const rich = chain.cluster.pay([chain.cluster.coin(40)], [{ amount: 1001n, lock }]);
          return alone(rich.bytes, rich.txid)(ledger);
        },
        /1 accepted transactions cannot be applied/,
      ],
    };
    function alone(bytes: Uint8Array, txid: EpochLedger['outcomes'][number]['txid']): Lie {
      return (ledger) => ({
        ...withOutcomes(() => [{ txid, accepted: true }])(ledger),
        accepted: [bytes],
      });
    }
    function flipAmount(bytes: Uint8Array): Uint8Array {
      const flipped = new Uint8Array(bytes);
      const at = bytes.length - 200;
      flipped[at] = (flipped[at] as number) ^ 1;
      return flipped;
    }
    for (const [what, [lie, why]] of Object.entries(lies)) {
      it(what, () => {
        const { follower, table } = chain.followerAt(3);
        const before = contents(table);
        refused(follower.follow(lie(chain.ledgerOf(4))), why);
        assert.deepEqual(contents(table), before);
        assert.equal(follower.epoch, 3);
        assert.deepEqual(
          follower.follow(chain.ledgerOf(4)),
          ok(null),
          'the truth is taken after it',
        );
      });
    }

    it('P14, P16: everything, before it has a state', () => {
      const follower = chain.follower();
      refused(follower.follow(chain.ledgerOf(1)), /not next/);
    });
  });
});
