/** Colours of Okabe and Ito: told apart by everybody. */
export const STYLE = `
body { font: 14px/1.5 system-ui, sans-serif; margin: 1.5rem; color: #222; }
h1 { font-size: 1.3rem; } code { font-size: 12px; } .scroll { overflow-x: auto; }
svg text { font: 11px system-ui, sans-serif; text-anchor: middle; fill: #222; pointer-events: none; }
svg .lane { text-anchor: start; font-size: 13px; } svg .votes { fill: #777; font-size: 10px; }
path { fill: none; stroke: #ddd; } path.prev { stroke: #999; stroke-width: 2; }
rect { fill: #fff; stroke: #999; } .full rect { fill: #ddd; stroke: #555; } .block { cursor: pointer; }
.cut rect { stroke: #cc79a7; stroke-width: 4; } svg .epoch { fill: #a0447a; font-weight: bold; }
.fork rect { stroke: #d00; stroke-width: 3; stroke-dasharray: 4 2; }
.acks rect { fill: #56b4e9; } .clean rect { fill: #009e73; } .contested rect { fill: #e69f00; }
.carries rect { fill: #222; } .carries text { fill: #fff; } .rival rect { stroke: #e69f00; stroke-width: 4; } .final rect { stroke: #009e73; stroke-width: 4; }
path.way { stroke: #222; } .chosen rect { stroke-width: 4; }
.key b { display: inline-block; width: 20px; margin-left: .8rem; text-align: center; border: 2px solid #999; }
.key .carries { background: #222; color: #fff; } .key .acks { background: #56b4e9; }
.key .clean { background: #009e73; } .key .contested { background: #e69f00; }
.key .final { border-color: #009e73; border-width: 4px; } .key .cut { border-color: #cc79a7; border-width: 4px; }
.key .rival { border-color: #e69f00; border-width: 4px; } .key .fork { border: 3px dashed #d00; } button { font: 12px monospace; margin: 2px; cursor: pointer; }
`;

/** What runs in the page. Texts of it come from digests and numbers alone. */
export const SCRIPT = `
const scene = JSON.parse(document.getElementById('scene').textContent);
const told = document.getElementById('told');
const ways = new Map(scene.ways.map((way) => [way.txid, way]));
const blocks = [...document.querySelectorAll('.block')];
const links = [...document.querySelectorAll('path')];
const KINDS = ['carries', 'rival', 'acks', 'clean', 'contested', 'final', 'chosen'];
const name = (at) => scene.squares[at].lane + '/' + scene.squares[at].seq;
const names = (list) => list.map(name).join(', ') || 'none here';
const line = (...parts) => { const p = document.createElement('p'); p.append(...parts); return p; };
const button = (txid) => {
  const chosen = document.createElement('button');
  chosen.textContent = txid.slice(0, 16);
  chosen.onclick = () => showWay(ways.get(txid));
  return chosen;
};
const clear = () => {
  for (const block of blocks) block.classList.remove(...KINDS);
  for (const link of links) link.classList.remove('way');
  told.replaceChildren();
};
const mark = (list, kind) => { for (const at of list) blocks[at].classList.add(kind); };
function showWay(way) {
  clear();
  const clean = way.verdicts.filter((verdict) => verdict.clean).map(({ at }) => at);
  const contested = way.verdicts.filter((verdict) => !verdict.clean).map(({ at }) => at);
  mark(way.acks, 'acks'); mark(clean, 'clean'); mark(contested, 'contested'); mark(way.carriers, 'carries');
  for (const rival of way.rivals) mark(ways.get(rival).carriers, 'rival');
  const inWay = new Set([...way.acks, ...clean, ...contested]);
  for (const link of links) if (inWay.has(Number(link.dataset.at))) link.classList.add('way');
  if (way.final !== null) mark([way.final], 'final');
  told.append(
    line('Payment ' + way.txid + ' is carried by ' + names(way.carriers) + '.'),
    line('Acks: ' + names(way.acks) + '. Clean verdicts: ' + names(clean) + '. Contested: ' + names(contested) + '.'),
    line(way.final === null ? 'Not final by clean verdicts of these blocks.' : 'Final with block ' + name(way.final) + ', which brought the last of ' + scene.quorum + ' clean verdicts.',
      way.cut === null ? ' In no cut drawn.' : ' The cut of epoch ' + way.cut + ' takes it in.'),
  );
  if (way.rivals.length > 0) told.append(line('Rivals: ', ...way.rivals.map(button)));
}
function showBlock(at) {
  clear();
  blocks[at].classList.add('chosen');
  const { digest, epoch, timeMs, votes, payments } = scene.squares[at];
  const head = 'Block ' + name(at) + ', digest ' + digest + ', epoch ' + epoch + ', ' + new Date(timeMs).toISOString();
  told.append(line(head + '. Votes: ' + (votes.join('; ') || 'none') + '.'));
  told.append(line(payments.length + ' payments: ', ...payments.map(button)));
}
blocks.forEach((block, at) => {
  block.onclick = () => {
    const { payments } = scene.squares[at];
    if (payments.length === 1) showWay(ways.get(payments[0])); else showBlock(at);
  };
});
if (scene.shown !== null && ways.has(scene.shown)) {
  const way = ways.get(scene.shown);
  showWay(way);
  blocks[way.carriers[0]].scrollIntoView({ inline: 'center', block: 'nearest' });
}
const follow = document.getElementById('follow');
if (follow !== null) {
  const [hold] = follow.getElementsByTagName('button');
  let isHeld = false;
  const setHeld = (held) => { isHeld = held; hold.textContent = held ? 'Go on' : 'Hold still'; };
  hold.onclick = () => setHeld(!isHeld);
  document.querySelector('svg').onclick = () => setHeld(true);
  document.querySelector('.scroll').scrollLeft = 1e9;
  const look = async () => {
    try {
      const shown = scene.squares.at(-1)?.digest ?? '';
      const hasNewer = async () => (await fetch('newer?than=' + shown)).status === 200;
      if (!isHeld && !document.hidden && (await hasNewer())) {
        location.reload();
        return;
      }
      setTimeout(look, 500);
    } catch {
      follow.textContent = 'The command that drew this has ended.';
    }
  };
  setTimeout(look, 500);
}
`;
