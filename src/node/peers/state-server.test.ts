import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PeerId } from '../../replica/effects.ts';
import { peerName } from '../../replica/peers/peer-name.ts';
import type { Certificate } from '../../types/ledger.ts';
import { StateServer } from './state-server.ts';

const lane = (index: number): PeerId => ({ kind: 'lane', lane: index });
const stranger = (id: string): PeerId => ({ kind: 'observer', id });
const WANTED = { kind: 'state', epoch: 1, after: null } as const;

/** Pages are read when the test says so; whose are being read, and who got one. */
function setUp(isTaking: (peer: PeerId) => boolean = () => true) {
  const reading: (() => void)[] = [];
  const given: string[] = [];
  const states = new StateServer({
    certificate: (epoch) => (epoch === 1 ? ({} as Certificate) : undefined),
    page: () =>
      new Promise((resolve) =>
        reading.push(() => resolve({ bytes: new Uint8Array(), next: null })),
      ),
    isTaking,
    send: ({ to }) => void given.push(to === 'all' ? to : peerName(to)),
    failed: (cause) => assert.fail(String(cause)),
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const read = async () => {
    await settled();
    for (const done of reading.splice(0)) done();
    await settled();
  };
  return { states, reading, given, settled, read };
}

describe('a state server', () => {
  it('reads one page at a time for each validator, and one for all strangers', async () => {
    const { states, reading, given, settled, read } = setUp();
    const peers = [lane(1), stranger('a'), lane(2), stranger('b'), stranger('c')];
    for (const peer of [...peers, ...peers]) states.ask(peer, WANTED);
    await settled();
    assert.equal(reading.length, 3);
    await read();
    assert.deepEqual(given, ['lane 1', 'observer a', 'lane 2']);
    states.ask(stranger('a'), WANTED);
    for (let turn = 0; turn < 4; turn += 1) await read();
    const rest = ['observer b', 'observer c', 'observer a'];
    assert.deepEqual(given.slice(3), rest);
  });

  it('reads nothing for who has left while others had their pages', async () => {
    const left: string[] = [];
    const { states, given, settled, read } = setUp((peer) => !left.includes(peerName(peer)));
    for (const name of ['a', 'b', 'c']) states.ask(stranger(name), WANTED);
    await settled();
    left.push('observer b');
    for (let turn = 0; turn < 3; turn += 1) await read();
    assert.deepEqual(given, ['observer a', 'observer c']);
  });

  it('reads nothing for who has not taken what came before, or asks for what is not here', async () => {
    const { states, reading, settled } = setUp(() => false);
    states.ask(lane(1), WANTED);
    const { states: other, reading: none } = setUp();
    other.ask(lane(1), { ...WANTED, epoch: 2 });
    await settled();
    assert.deepEqual([reading.length, none.length], [0, 0]);
  });
});
