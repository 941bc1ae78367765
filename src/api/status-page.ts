import { createHash } from 'node:crypto';
import type { App } from './context.ts';

/*
 * GET / where `rest.page` says so: a page for people who try the ledger out. It only reads, over the paths that
 * everybody has, and loads nothing: its policy lets nothing else in than this style and this script.
 */

const STYLE = `
body { font: 14px/1.5 system-ui, sans-serif; margin: 1.5rem; max-width: 70rem; color: #222; background: #fff; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1rem; margin: 1.5rem 0 .3rem; }
table { border-collapse: collapse; } td, th { padding: .1rem 1rem .1rem 0; text-align: left; white-space: nowrap; }
.scroll { overflow-x: auto; } code { font-size: 12px; } .bad { color: #a4000f; font-weight: bold; } .good { color: #00664a; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #1b1b1b; } a { color: #8ab4f8; } .bad { color: #ff8a80; } .good { color: #5fd3a8; }
}
`;

/** Texts of answers become text nodes alone. */
const SCRIPT = `
const SHOWN = 12;
const place = (id) => document.getElementById(id);
const time = (ms) => new Date(ms).toLocaleTimeString();
const short = (hex) => hex === null ? '' : hex.slice(0, 16);
const made = (name, ...parts) => { const one = document.createElement(name); one.append(...parts); return one; };
const marked = (isGood, text) => { const one = made('span', text); one.className = isGood ? 'good' : 'bad'; return one; };
const link = (path, text) => { const one = made('a', made('code', text)); one.href = path; return one; };
const rows = (id, lines) => place(id).replaceChildren(
  ...lines.map((cells) => made('tr', ...cells.map((cell) => made('td', cell)))));
const get = async (path) => {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(path + ' answers ' + answer.status);
  return answer.json();
};
let cursor = null;
let payments = [];
let before = null;

function showStatus(status) {
  document.title = status.name + ': epoch ' + status.epochs.stable;
  place('name').textContent = status.name;
  const final = status.counters.final_clean + status.counters.final_contested;
  const now = performance.now();
  const rate = before === null || final < before.final ? 0 : (final - before.final) * 1000 / (now - before.now);
  before = { final, now };
  rows('status', [
    ['ledger', made('code', status.ledger_id)],
    ['this node', (status.lane === null ? 'observes' : 'lane ' + status.lane) + ', version ' + status.version],
    ['clients', status.ready ? marked(true, 'are served') : marked(false, 'should go elsewhere: not ready')],
    ['validators', marked(status.validators_online >= status.quorum, status.validators_online + ' of ' +
      status.validators + ' connected, ' + status.quorum + ' needed')],
    ['final payments', final + ' since this node started, ' + rate.toFixed(0) + ' a second'],
    ['epoch', status.epochs.stable + ' certified, ' + status.epochs.decided + ' decided'],
  ]);
}

function showLanes(validators, lanes) {
  rows('lanes', validators.map((one) => {
    const { seq, final, waiting, equivocates } = lanes[one.lane];
    const state = equivocates ? marked(false, 'equivocates') : one.self ? 'this one'
      : marked(one.online, one.online ? 'online' : 'offline');
    const trip = one.round_trip_ms === null ? '' : one.round_trip_ms.toFixed(1) + ' ms';
    return ['' + one.lane, one.name, state, trip, '' + seq, '' + final, '' + waiting];
  }));
}

function showCuts(checkpoints) {
  rows('cuts', checkpoints.map((one) => [link('/v1/epochs/' + one.epoch, '' + one.epoch), time(one.time_ms),
    '' + one.accepted_count, '' + one.rejected_count, made('code', short(one.state_root))]));
}

function showPayments(feed) {
  cursor = feed.cursor;
  payments = [...feed.data.reverse(), ...payments].slice(0, SHOWN);
  rows('payments', payments.map(({ txid, at_ms, path }) =>
    [time(at_ms), link('/v1/transactions/' + txid, short(txid)), path]));
}

async function look() {
  try {
    const after = cursor === null ? '' : '&cursor=' + cursor;
    const [status, validators, lanes, cuts, feed] = await Promise.all([get('/v1/status'), get('/v1/validators'),
      get('/v1/lanes'), get('/v1/checkpoints?limit=8'), get('/v1/feed?states=final' + after)]);
    showStatus(status);
    showLanes(validators.data, lanes.data);
    showCuts(cuts.data);
    showPayments(feed);
    place('fault').textContent = '';
  } catch (error) {
    // Of another run of the node, perhaps.
    cursor = null;
    place('fault').textContent = 'Shown is what was: ' + error.message;
  }
}

(async () => {
  for (;;) {
    if (!document.hidden) await look();
    await new Promise((later) => setTimeout(later, 1000));
  }
})();
`;

const table = (id: string, ...names: readonly string[]) =>
  `<div class="scroll"><table><thead><tr>${names.map((one) => `<th>${one}</th>`).join('')}</tr></thead><tbody id="${id}"></tbody></table></div>`;

const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Althing</title>
<style>${STYLE}</style>
<h1 id="name">Althing</h1>
<p id="fault" class="bad" role="status"></p>
${table('status')}
<h2>Validators and their lanes</h2>
${table('lanes', 'lane', 'name', '', 'round trip', 'blocks', 'of them final', 'waiting')}
<h2>Newest cuts</h2>
${table('cuts', 'epoch', 'time', 'accepted', 'rejected', 'state root')}
<h2>Newest final payments</h2>
${table('payments', 'time', 'txid', 'path')}
<p>Since this page was opened. <a href="/openapi.json">REST</a>, <a href="/readyz?verbose">health</a>, <a href="/v1/status">status</a></p>
<script>${SCRIPT}</script></html>
`;

const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    `script-src ${digest(SCRIPT)}`,
    `style-src ${digest(STYLE)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-cache',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export function statusPage(app: App): void {
  app.get('/', { schema: { hide: true } }, async (_request, reply) =>
    reply.headers(HEADERS).type('text/html; charset=utf-8').send(PAGE),
  );
}
