import type { BlockHeader, Vote } from '../../types/block.ts';
import type { Digest, LaneId } from '../../types/ids.ts';
import type { Scenario } from '../traits.ts';
import { ATTACKS, type Attack } from './attacks.ts';
import { CHECK_ATTACK_NAMES, CHECK_ATTACKS } from './check-attacks.ts';
import { Forgery, type ForgeryPorts } from './forgery.ts';

/** A Byzantine validator without any protocol: blocks made by hand with its real key. */
export type Liar = {
  act(): void;
  /** Somebody asks for blocks by name. */
  asked(by: LaneId, digests: readonly Digest[]): void;
};

const ALL: Readonly<Record<Scenario['attacks'][number], Attack>> = { ...ATTACKS, ...CHECK_ATTACKS };

/** So many deeds keep a run small. */
const DEEDS_MAX = 45;

/** With attacks: tries these. Without: does anything, mostly admissible, since what is not does no harm. */
export function createLiar(ports: ForgeryPorts, attacks: Scenario['attacks']): Liar {
  const forgery = new Forgery(ports);
  let deeds = 0;
  return {
    act() {
      if (deeds++ >= DEEDS_MAX) return;
      if (attacks.length === 0) doAnything(forgery);
      else ALL[ports.prng.pick(attacks)].act(forgery);
    },
    asked(by, digests) {
      const { wire, prng, send } = ports;
      for (const digest of digests) {
        const entry = wire.reference.model.byDigest.get(digest);
        if (entry === undefined) continue;
        const withholds = attacks.includes('withheld-history') && entry.lane === ports.lane;
        if (prng.chance(withholds ? 0.1 : 0.8)) send(by, entry.block.bytes);
      }
    },
  };
}

function doAnything(forgery: Forgery): void {
  if (forgery.sharesChecks && forgery.ports.prng.chance(0.4)) {
    CHECK_ATTACKS[forgery.ports.prng.pick(CHECK_ATTACK_NAMES)].act(forgery);
    return;
  }
  const deed = forgery.ports.prng.float();
  if (deed < 0.1) sendInvalid(forgery);
  else if (deed < 0.2) sendOld(forgery);
  else extend(forgery);
}

/** Forks the lane, shows each branch to whom it likes, acks and votes as it likes. */
function extend(forgery: Forgery): void {
  const { prng } = forgery.ports;
  const prev = forgery.choosePrev();
  const first = forgery.build({ prev });
  if (first === undefined) return;
  if (prng.chance(0.4)) {
    forgery.fork(first, forgery.build({ prev }));
    return;
  }
  const everybody = prng.shuffled(forgery.others);
  const some = prng.chance(0.5) ? everybody.length : prng.between(1, everybody.length);
  forgery.show(first, everybody.slice(0, some));
}

function sendInvalid(forgery: Forgery): void {
  const { prng, transactions, wire, lane } = forgery.ports;
  const prev = forgery.choosePrev();
  const header: Partial<BlockHeader> = prng.pick([
    { epoch: prng.below(9) },
    { seq: (prev?.seq ?? 0) + 2 },
    { timeMs: 0 },
    { txCount: 3 },
    { txRoot: 'f'.repeat(64) as Digest },
    { lane: (lane + 1) % wire.reference.model.setting.n },
  ]);
  const txs = prng.chance(0.5) ? transactions().slice(0, prng.below(6)) : [];
  const leap: Vote = { kind: 'propose', epoch: 1, view: prng.below(3) };
  const votes = prng.chance(0.3) ? [leap, leap] : [];
  const block = forgery.forge({ prev, refs: forgery.chooseRefs(), epoch: 0, txs, votes, header });
  forgery.show(block, prng.shuffled(forgery.others).slice(0, 2));
}

function sendOld(forgery: Forgery): void {
  const own = forgery.entriesOf(forgery.ports.lane);
  if (own.length === 0) return;
  forgery.show(forgery.ports.prng.pick(own).block, [forgery.ports.prng.pick(forgery.others)]);
}
