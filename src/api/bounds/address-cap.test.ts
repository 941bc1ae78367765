import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Server } from 'node:net';
import { test } from 'node:test';
import { capPerAddress } from './address-cap.ts';

class Connection extends EventEmitter {
  readonly remoteAddress: string;
  isOpen = true;

  constructor(server: EventEmitter, remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
    server.emit('connection', this);
  }

  destroy(): void {
    this.isOpen = false;
    this.emit('close');
  }
}

test('the addresses of one owner have the connections of one', () => {
  const server = new EventEmitter();
  capPerAddress(server as Server, 2);
  const open = (address: string) => new Connection(server, address);
  const first = open('2001:db8:1:2::1');
  assert.ok(first.isOpen && open('2001:db8:1:2::2').isOpen);
  assert.ok(!open('2001:db8:1:2::3').isOpen);
  assert.ok(open('2001:db8:1:3::1').isOpen && open('192.0.2.1').isOpen);
  first.destroy();
  assert.ok(open('2001:db8:1:2::3').isOpen && !open('2001:db8:1:2::4').isOpen);
});
