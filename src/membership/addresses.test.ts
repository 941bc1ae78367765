import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dialAddress, parseAddress } from './addresses.ts';

const ID = '16Uiu2HAmUoPvbS2dXhQe9FahGqpWm1ao7NPeE7ay7oDYBQV6qpKg';

test('TCP addresses with and without a peer id', () => {
  const forms = [
    '/ip4/10.0.0.1/tcp/5000',
    '/ip6/::1/tcp/1',
    '/dns4/validator-1/tcp/5000',
    `/dns/example.org/tcp/65535/p2p/${ID}`,
  ];
  for (const form of forms) {
    const parsed = parseAddress(form);
    assert.ok(parsed.ok, form);
    assert.equal(dialAddress(parsed.value).toString(), form);
  }
});

test('anything else is refused with a message, never thrown', () => {
  const forms = [
    '',
    'nonsense',
    '127.0.0.1:5000',
    '/ip4/127.0.0.1',
    '/ip4/999.0.0.1/tcp/1',
    '/ip4/127.0.0.1/tcp/70000',
    '/ip4/127.0.0.1/udp/5000/quic-v1',
    '/ip4/127.0.0.1/tcp/5000/ws',
    `/ip4/127.0.0.1/tcp/5000/p2p/${ID}/p2p-circuit`,
    '/ip4/127.0.0.1/tcp/5000/p2p/nobody',
  ];
  for (const form of forms) assert.equal(parseAddress(form).ok, false, form);
});
