import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DefinitionAudit } from '../../src/audit/definitions.ts';
import type { Finding } from '../../src/audit/findings.ts';
import { LedgerAudit } from '../../src/audit/ledgers.ts';
import { ReplayAudit, type ReplayParts } from '../../src/audit/replay.ts';
import { type Subject, subjectOf } from '../../src/audit/subject.ts';
import type { StoredLedger } from '../../src/replica/state-sync/snapshot.ts';
import { AssertionFailure } from '../../src/std/assert.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import type { Digest } from '../../src/types/ids.ts';
import type { Certificate, Checkpoint } from '../../src/types/ledger.ts';
import { lock, verifier } from '../replica/replica-cluster.ts';
import { CertifiedChain, certify } from '../state-sync/certified-chain.ts';

const chain = new CertifiedChain();
const { cluster } = chain;
const journal = cluster.journals[1] as Uint8Array[];
const LAST = chain.stable;

function subject(): Subject {
  return subjectOf(cluster.genesis, verifier);
}

function ledgerAt(epoch: number): StoredLedger {
  const stored = cluster.replicas[1]?.ledger(epoch);
  assert.ok(stored);
  return { ...stored, accepted: [...stored.accepted] };
}

/** An epoch as it could be told: a quorum of liars signs whatever it takes. */
type Told = { readonly certificate: Certificate; readonly ledger: StoredLedger | undefined };

/** Audits all epochs, one of them changed. */
function audited(
  at: number,
  change: (told: { certificate: Certificate; ledger: StoredLedger }) => Told,
): Finding[] {
  const of = subject();
  const audit = new LedgerAudit(of, () => true);
  for (let epoch = 1; epoch <= LAST; epoch += 1) {
    const right = { certificate: chain.certificateOf(epoch), ledger: ledgerAt(epoch) };
    const told = epoch === at ? change(right) : right;
    audit.take(told.certificate, told.ledger);
  }
  audit.finish();
  return of.findings.list;
}

function changed(certificate: Certificate, change: Partial<Checkpoint>): Certificate {
  return certify({ ...certificate.checkpoint, ...change });
}

function assertFound(findings: readonly Finding[], code: string, what: RegExp): void {
  const texts = findings.filter((each) => each.code === code).map(({ detail }) => detail);
  assert.match(texts.join('\n'), what, JSON.stringify(findings));
}

describe('the second adding-up of the ledgers', () => {
  /** An epoch that accepts a chain of two. */
  const busy = Array.from({ length: LAST }, (_, i) => i + 1).find(
    (epoch) => ledgerAt(epoch).outcomes.filter(({ accepted }) => accepted).length > 1,
  ) as number;

  it('agrees with the replicas', () => {
    assert.deepEqual(
      audited(0, (told) => told),
      [],
    );
  });

  it('says where it cannot go on: an epoch that rests on the certificate of a stop cut (9.7)', () => {
    const { params } = cluster.genesis;
    const short = { ...cluster.genesis, params: { ...params, generationEpochs: LAST } };
    const of = subject();
    const audit = new LedgerAudit(of, () => true);
    // Behind the making of its coins, whose ids depend on the genesis.
    Object.assign(of, { genesis: short });
    for (let epoch = 1; epoch <= LAST; epoch += 1) {
      if (epoch !== LAST - 1) audit.take(chain.certificateOf(epoch), ledgerAt(epoch));
    }
    audit.finish();
    const details = new Set(of.findings.list.map(({ detail }) => detail));
    assert.deepEqual([...details], ['other parameters'], 'those of a ledger without generations');
    assert.match(of.findings.notes.join(), new RegExp(`${LAST - 1} rest on the certificate of`));
  });

  it('finds another root, other counts, other transactions', () => {
    const zero = '00'.repeat(32) as Digest;
    for (const [change, what] of [
      [{ txRoot: zero }, /txRoot/],
      [{ acceptedCount: 9 }, /accepted are miscounted/],
      [{ rejectedCount: 9 }, /rejected are miscounted/],
      [{ paramsDigest: zero }, /other parameters/],
      [{ prev: zero }, /does not name the one before/],
      [{ timeMs: 0 }, /its time is not later/],
      [{ epoch: 99 }, /an epoch is missing/],
    ] as const) {
      const found = audited(busy, ({ certificate, ledger }) => ({
        certificate: changed(certificate, change),
        ledger,
      }));
      const isLedger = 'txRoot' in change || 'acceptedCount' in change || 'rejectedCount' in change;
      assertFound(found, isLedger ? 'ledger-differs' : 'bad-certificate', what);
    }
    const swapped = audited(busy, ({ certificate, ledger }) => ({
      certificate,
      ledger: { ...ledger, accepted: [...ledger.accepted].reverse() },
    }));
    assertFound(swapped, 'ledger-differs', /not those of the outcomes/);
  });

  it('finds another state, also where nothing else is wrong', () => {
    const stateRoot = 'ab'.repeat(32) as Digest;
    const found = audited(LAST, ({ certificate, ledger }) => ({
      certificate: changed(certificate, { stateRoot }),
      ledger,
    }));
    assertFound(found, 'ledger-differs', /^stateRoot$/);
  });

  it('finds an output that is spent twice, and value from nowhere', () => {
    const again = audited(LAST, ({ certificate }) => ({ certificate, ledger: ledgerAt(LAST - 1) }));
    assert.ok(again.length > 0);
    const spent = ledgerAt(busy);
    const twice = audited(busy + 1, ({ certificate }) => {
      const { txRoot, acceptedCount, rejectedCount } = chain.certificateOf(busy).checkpoint;
      return {
        certificate: changed(certificate, { txRoot, acceptedCount, rejectedCount }),
        ledger: spent,
      };
    });
    assertFound(twice, 'ledger-differs', /accepted twice|not unspent/);
    const paid = audited(busy, ({ certificate, ledger }) => {
      return { certificate, ledger: { ...ledger, fees: [{ lock, amount: 10_000n }] } };
    });
    assertFound(paid, 'ledger-differs', /more fees are paid out/);
  });

  it('finds a certificate of too few, and one without a ledger', () => {
    const few = audited(2, ({ certificate, ledger }) => ({
      certificate: { ...certificate, signatures: certificate.signatures.slice(0, 2) },
      ledger,
    }));
    assertFound(few, 'bad-certificate', /2 signatures, a quorum is 3/);
    const none = audited(2, ({ certificate }) => ({ certificate, ledger: undefined }));
    assertFound(none, 'ledger-differs', /no ledger/);
    const of = subject();
    new LedgerAudit(of, () => false).take(chain.certificateOf(1), ledgerAt(1));
    assertFound(of.findings.list, 'bad-certificate', /its cut is no block/);
  });
});

describe('the replay of an audit', () => {
  function replay(of: Subject, parts: Partial<ReplayParts>): ReplayAudit {
    const archive = { read: (ordinal: number) => journal[ordinal - 1]! };
    const common = { lane: 1, archive, store: new MemoryStore(), vouched: new Set<Digest>() };
    const audit = new ReplayAudit(of, { ...common, admitted: () => undefined, ...parts });
    journal.every((payload, index) => audit.take({ ordinal: index + 1, payload }));
    return audit;
  }

  it('says so when the definitions disagree', () => {
    // Definitions of another committee: what a quorum is, they see differently.
    const of = subject();
    const committee = { ...of.committee, quorum: 2 };
    const definitions = new DefinitionAudit({ ...of, committee }, 60);
    replay(of, { admitted: (block, replica) => definitions.admitted(block, replica) });
    assertFound(of.findings.list, 'definition-differs', /./);
    assert.ok(of.findings.list.every(({ code }) => code === 'definition-differs'));
  });

  it('compares every outcome with the definitions', () => {
    const of = subject();
    const definitions = new DefinitionAudit(of, journal.length);
    const { replica } = replay(of, { admitted: (block) => definitions.take(block) });
    assert.deepEqual(of.findings.list, []);
    definitions.finish({
      progress: () => replica.progress(),
      certificate: (epoch) => replica.certificate(epoch),
      status: (txid) => {
        const status = replica.status(txid);
        return status.state === 'rejected' ? { state: 'final', path: 'contested' } : status;
      },
    });
    const told = of.findings.list.map(({ detail }) => detail);
    assert.equal(told.length, 5);
    assert.ok(told.every((detail) => /final, by definition .*input-spent/.test(detail)));
  });

  it('reports what the code says cannot be, and passes on a broken disk', () => {
    const fails = (error: Error) => {
      const store = new MemoryStore();
      const put = store.put.bind(store);
      store.put = (key, value) => {
        if (key.startsWith('o')) throw error;
        put(key, value);
      };
      return store;
    };
    const of = subject();
    replay(of, { store: fails(new AssertionFailure('it cannot be')) });
    assertFound(of.findings.list, 'contradiction', /it cannot be/);
    assert.throws(() => replay(subject(), { store: fails(new Error('EIO')) }), /EIO/);
  });
});
