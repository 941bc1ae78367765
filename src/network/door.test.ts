import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NETWORK_LIMITS } from '../types/limits.ts';
import { Door } from './door.ts';

const BURST = NETWORK_LIMITS.connectionsBurst.value;
const STRANGERS = NETWORK_LIMITS.strangersBurst.value;

function doorAt() {
  const clock = { ms: 0 };
  const door = new Door(() => clock.ms);
  /** How many of so many are let in. */
  const knocks = (host: string | undefined, count: number) => {
    return Array.from({ length: count }, () => door.admits(host)).filter(Boolean).length;
  };
  return { clock, door, knocks };
}

describe('Door', () => {
  it('P21: lets a burst of one host in, then so many per second, and others all the while', () => {
    const { clock, door, knocks } = doorAt();
    assert.equal(knocks('10.0.0.1', BURST + 500), BURST);
    assert.equal(door.refused, 500);
    assert.equal(knocks('10.0.0.2', 1), 1);
    clock.ms += 1000;
    assert.equal(knocks('10.0.0.1', 500), NETWORK_LIMITS.connectionsPerSecond.value);
  });

  it('P21: lets many hosts in no more often than all strangers may come', () => {
    const { knocks } = doorAt();
    let admitted = 0;
    for (let i = 0; i < 1000; i += 1) admitted += knocks(`10.0.${i >> 8}.${i & 255}`, 5);
    assert.equal(admitted, STRANGERS);
    assert.equal(knocks('192.0.2.1', 1), 0);
  });

  it('lets in whoever comes from where a member came, whatever strangers do', () => {
    const { door, knocks } = doorAt();
    door.vouch('192.0.2.1');
    for (let i = 0; i < 1000; i += 1) knocks(`10.0.${i >> 8}.${i & 255}`, 1);
    assert.equal(knocks('192.0.2.1', 3), 3);
    assert.equal(knocks('::ffff:192.0.2.1', 1), 1);
  });

  it('charges a vouched host as any other, and not the strangers', () => {
    const { door, knocks } = doorAt();
    door.vouch('192.0.2.1');
    assert.equal(knocks('192.0.2.1', 1000), BURST);
    assert.equal(knocks('10.0.0.1', BURST) + knocks('10.0.0.2', BURST), STRANGERS);
  });

  it('counts those who have left already as one host', () => {
    const { knocks } = doorAt();
    assert.equal(knocks(undefined, 1000), BURST);
  });

  it('remembers only so many hosts that members came from', () => {
    const { door, knocks } = doorAt();
    const { value: max } = NETWORK_LIMITS.hostsMax;
    for (let i = 0; i <= max; i += 1) door.vouch(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    for (let i = 0; i < STRANGERS; i += 1) knocks(`11.0.${i >> 8}.${i & 255}`, 1);
    assert.equal(knocks('10.0.0.0', 1), 0);
    assert.equal(knocks('10.0.0.1', 1), 1);
  });
});
