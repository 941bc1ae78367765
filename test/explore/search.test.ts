import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contradiction, goesBack, NO_FACTS } from '../../src/explore/facts.ts';
import { PLANTED, tamperingOf } from '../../src/explore/planted.ts';
import type { Scope } from '../../src/explore/scope.ts';
import { SCOPES } from '../../src/explore/scopes.ts';
import { REDUCED, Search, type SearchOptions } from '../../src/explore/search.ts';
import { tell } from '../../src/explore/trace.ts';
import { Universe } from '../../src/explore/universe.ts';
import { defined } from '../../src/std/assert.ts';
import type { Digest } from '../../src/types/ids.ts';

/** Scopes that are through in seconds; `althing explore` has larger ones. */
const SMALL = [
  ['child', 'p'],
  ['silent-fourth', ''],
] as const;

function scope(name: string): Scope {
  return defined(SCOPES.get(name), `a scope ${name}`);
}

/** Both rivals in one Byzantine lane that forks; one block each of three lanes that may be renamed. */
const TINY: Scope = {
  ...scope('forked-rivals'),
  name: 'tiny',
  blocks: new Map([0, 2, 3].map((lane) => [lane, 1])),
};

function run(of: Scope, options: Partial<SearchOptions> = {}, tampering = {}): Search {
  const search = new Search(of, tampering, { ...REDUCED, ...options });
  search.run();
  return search;
}

function blocksOf({ world }: Search): string[] {
  return world.universe.blocks.map(({ block }) => block.digest).sort();
}

/** What lanes can hold to be so, and in which company. */
function factsOf({ world }: Search): string[] {
  const facts = world.lanes.flatMap(({ states }) =>
    states.map((state) => JSON.stringify(state.facts)),
  );
  return [...new Set(facts)].sort();
}

function story(search: Search): string {
  const violation = defined(search.violation, 'a violation');
  return tell(search, violation, search.table.tuple(violation.at)).join('\n');
}

describe('explorer', () => {
  for (const [name, accepted] of SMALL) {
    it(`${name} holds in every state, and meets what it is made for`, () => {
      const search = run(scope(name));
      assert.equal(search.violation, null, search.violation === null ? '' : story(search));
      assert.ok(search.complete);
      assert.equal(search.counts().accepted, accepted);
    });
  }

  it('loses nothing by taking arrivals together with the block that follows them', () => {
    for (const of of [TINY, scope('child')]) {
      const whole = run(of, { turns: false, symmetry: false });
      const reduced = run(of, { symmetry: false });
      assert.deepEqual(blocksOf(reduced), blocksOf(whole));
      assert.deepEqual(factsOf(reduced), factsOf(whole));
      assert.ok(reduced.table.size < whole.table.size);
    }
  });

  it('loses nothing by letting blocks come after what they name', () => {
    const two = { ...TINY, blocks: new Map([0, 2].map((lane) => [lane, 1])) };
    const whole = run(two, { turns: false, symmetry: false, anyOrder: true });
    const reduced = run(two, { symmetry: false });
    assert.deepEqual(blocksOf(reduced), blocksOf(whole));
    assert.deepEqual(factsOf(reduced), factsOf(whole));
  });

  it('loses nothing by renaming lanes: the states that it keeps stand for all others', () => {
    for (const of of [TINY, scope('child')]) {
      const whole = run(of, { symmetry: false });
      const reduced = run(of);
      let stoodFor = 0;
      for (let i = 0; i < reduced.table.size; i++)
        stoodFor += reduced.orbit(reduced.table.tuple(i));
      assert.equal(stoodFor, whole.table.size);
      assert.ok(reduced.table.size < whole.table.size);
    }
  });

  it('says when it has not seen everything', () => {
    const search = run(scope('silent-fourth'), { statesMax: 10 });
    assert.equal(search.violation, null);
    assert.equal(search.complete, false);
  });
});

describe('the explorer can fail', () => {
  it('sees where two validators of one world contradict each other', () => {
    const universe = new Universe(scope('silent-fourth'));
    const [t, u] = [1, 2];
    const cuts = (digest: string) => ({ ...NO_FACTS, cuts: [digest as Digest] });
    const wrong = [
      [{ ...NO_FACTS, accepted: t }, { ...NO_FACTS, accepted: u }, 'rivals-accepted'],
      [{ ...NO_FACTS, accepted: t }, { ...NO_FACTS, rejected: t }, 'outcome'],
      [{ ...NO_FACTS, clean: t }, { ...NO_FACTS, clean: u }, 'one-clean-rival'],
      [cuts('a'), cuts('b'), 'cut-agreement'],
    ] as const;
    for (const [a, b, checker] of wrong) {
      assert.equal(contradiction(universe, a, b)?.checker, checker);
      assert.equal(contradiction(universe, a, a), null);
    }
    assert.equal(contradiction(universe, cuts('a'), NO_FACTS), null);
    const ahead = { ...NO_FACTS, accepted: t };
    assert.equal(goesBack(NO_FACTS, ahead), false);
    assert.equal(goesBack(ahead, NO_FACTS), true);
  });

  for (const { bug, scope: name, foundBy } of PLANTED) {
    it(`${bug} is found by ${foundBy} in ${name}`, () => {
      const search = run(scope(name), {}, tamperingOf(bug));
      assert.equal(search.violation?.finding.checker, foundBy);
      const told = story(search);
      assert.match(told, /lane \d makes/);
      assert.match(told, /lane \d takes/);
      assert.match(told, /lane \d ends with:/);
    });
  }
});
