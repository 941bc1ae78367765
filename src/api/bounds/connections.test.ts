import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { Connections } from './connections.ts';

const socket = () => new EventEmitter() as Socket;

describe('Connections', () => {
  it('tells everybody of one connection once, and nobody of another', () => {
    const connections = new Connections();
    const [left, right] = [socket(), socket()];
    const told: string[] = [];
    for (const name of ['a', 'b']) connections.onClose(left, () => told.push(name));
    connections.onClose(right, () => told.push('c'));
    left.emit('close');
    left.emit('close');
    assert.deepEqual(told, ['a', 'b']);
  });

  it('does not tell who has asked not to be told', () => {
    const connections = new Connections();
    const one = socket();
    const told: string[] = [];
    const forget = connections.onClose(one, () => told.push('a'));
    connections.onClose(one, () => told.push('b'));
    forget();
    one.emit('close');
    assert.deepEqual(told, ['b']);
  });

  it('listens once to a connection, however many ask', () => {
    const connections = new Connections();
    const one = socket();
    for (let n = 0; n < 1000; n++) connections.onClose(one, () => {});
    assert.equal(one.listenerCount('close'), 1);
  });
});
