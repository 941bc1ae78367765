import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BodyBudget } from './body-budget.ts';
import { Connections } from './connections.ts';

/** Room for 300 bytes, 200 of them for one address. */
function budget() {
  const bodies = new BodyBudget(new Connections(), {
    bodiesBytesMax: 300,
    bodiesBytesPerAddressMax: 200,
  });
  /** A body of 100 bytes from this address; `left` when it has room. */
  return async (ip: string): Promise<(() => void) | 'busy'> => {
    const raw = new EventEmitter();
    const answer = { raw, request: { id: '' }, header: () => answer } as Record<string, unknown>;
    for (const name of ['code', 'type', 'send']) answer[name] = () => answer;
    const request = {
      ip,
      headers: { 'content-length': '100' },
      raw: { socket: new EventEmitter() },
    };
    const refused = await bodies.claim(
      request as unknown as FastifyRequest,
      answer as unknown as FastifyReply,
    );
    return refused === undefined ? () => raw.emit('close') : 'busy';
  };
}

test('one address has its share of the room, the others have the rest, and what is answered makes room', async () => {
  const claim = budget();
  const left = await claim('10.0.0.1');
  assert.notEqual(left, 'busy');
  assert.notEqual(await claim('10.0.0.1'), 'busy');
  assert.equal(await claim('10.0.0.1'), 'busy');
  assert.notEqual(await claim('10.0.0.2'), 'busy');
  assert.equal(await claim('10.0.0.3'), 'busy', 'all of it is taken');
  if (left !== 'busy') left();
  assert.notEqual(await claim('10.0.0.1'), 'busy');
});

test('the addresses of one owner count as one', async () => {
  const claim = budget();
  for (const host of ['1', '2']) assert.notEqual(await claim(`2001:db8:1:2::${host}`), 'busy');
  assert.equal(await claim('2001:db8:1:2::3'), 'busy');
  assert.notEqual(await claim('2001:db8:1:3::1'), 'busy');
});
