import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { startApi } from '../../src/api/server.ts';
import type { TxId } from '../../src/types/ids.ts';
import { pageIn, withoutBrowser } from '../process/browser.ts';
import { FakeNode } from './fake-node.ts';
import { ask, serving } from './serve.ts';

const FIRST = 'ab'.repeat(32) as TxId;
const SECOND = 'cd'.repeat(32) as TxId;

describe('REST: the page for people', { timeout: 300_000 }, () => {
  const plain = serving();

  /** A node whose reader of the feed learns of two final payments, one after the other, while it looks. */
  async function served() {
    const node = new FakeNode();
    node.checkpoint();
    node.checkpoint(FIRST);
    const news = [FIRST, SECOND];
    const api = await startApi({
      node,
      host: '127.0.0.1',
      port: 0,
      hostNames: [],
      page: true,
      observer: {
        answered: (_method, route) => {
          const txid = route === '/v1/feed' ? news.shift() : undefined;
          if (txid !== undefined)
            node.statusLog.append([{ txid, kind: 'final', path: 'clean' }], 0);
        },
        refused: () => undefined,
        fault: (error) => assert.fail(error),
      },
    });
    return { node, api };
  }

  it('is there only where the configuration says so', async (t) => {
    assert.equal((await ask(plain.api, '/')).status, 404);
    const { api } = await served();
    t.after(() => api.close(0));
    const { status, type } = await ask(api, '/');
    assert.deepEqual([status, type], [200, 'text/html; charset=utf-8']);
    assert.equal((await ask(api, '/', { method: 'POST' })).status, 405);
    assert.equal((await ask(api, '/openapi.json')).body.paths['/'], undefined);
  });

  it('needs nothing from elsewhere, and its policy lets nothing else in', async (t) => {
    const { api } = await served();
    t.after(() => api.close(0));
    const { headers, body } = await ask(api, '/');
    const page = Buffer.from(body).toString();
    const digest = (part: string) => {
      const [, text = ''] = new RegExp(`<${part}>(.*?)</${part}>`, 's').exec(page) ?? [];
      return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    };
    const policy = headers.get('content-security-policy')?.split('; ');
    assert.deepEqual(policy, [
      "default-src 'none'",
      `script-src ${digest('script')}`,
      `style-src ${digest('style')}`,
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.doesNotMatch(page, /https?:|<link|src=|@import|innerHTML| on[a-z]+=/);
  });

  it('shows validators, cuts and payments in a browser, as they come', {
    skip: withoutBrowser,
  }, async (t) => {
    const { node, api } = await served();
    t.after(() => api.close(0));
    const page = await pageIn(api.url, 10_000);
    assert.match(page, new RegExp(`<h1 id="name">${node.genesis.name}</h1>`));
    assert.match(page, /<p id="fault"[^>]*><\/p>/);
    for (const { name } of node.genesis.committee)
      assert.ok(page.includes(`<td>${name}</td>`), name);
    assert.match(page, /<span class="bad">offline<\/span>/);
    assert.match(page, /href="\/v1\/epochs\/2">.*href="\/v1\/epochs\/1">/);
    const paid = [...page.matchAll(/href="\/v1\/transactions\/([0-9a-f]{64})"/g)];
    assert.deepEqual(
      paid.map(([, txid]) => txid),
      [SECOND, FIRST],
      'the newest first, each once',
    );
  });
});
