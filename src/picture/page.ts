import type { LedgerId, TxId } from '../types/ids.ts';
import type { Scene, Square } from './scene.ts';
import { SCRIPT, STYLE } from './viewer.ts';

/** Pixels: between two columns, two lanes, and a square's side. */
const COLUMN = 46;
const LANE = 84;
const SIDE = 24;
/** Left of the first column, for the names of the lanes, and above the first lane, for those of the cuts. */
const LEFT = 80;
const TOP = 44;
/** A second block of one seq stands so far below the first. */
const FORK = 30;

export type PageOptions = {
  readonly ledgerId: LedgerId;
  /** The payment that is shown at first; null: one with rivals, or the newest that became final. */
  readonly payment: TxId | null;
  /** Loads itself anew when there are newer blocks, until somebody looks at one closely. */
  readonly follows?: boolean;
};

/** A page that needs nothing else: the scene as SVG, and a script that shows one payment's way at a time. */
export function pageOf(scene: Scene, options: PageOptions): string {
  const { ledgerId, payment, follows = false } = options;
  const data = { ...scene, shown: payment ?? (follows ? newest(scene) : first(scene)) };
  const [from, to] = [scene.squares.at(0), scene.squares.at(-1)];
  const times = [from, to].map((square) => new Date(square?.timeMs ?? 0).toISOString());
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Althing, ${scene.squares.length} blocks</title>
<style>${STYLE}</style>
<h1>${scene.squares.length} blocks of ${scene.lanes} lanes</h1>
<p>Ledger <code>${ledgerId}</code>, ${times.join(' to ')}. Q = ${scene.quorum}. A block stands to the right of all that it names: where all are equally quick, a column is one message delay. Choose a block, then one of its payments.</p>
<p class="key"><b class="carries">t</b> carries the payment <b class="acks">a</b> first of its lane to have it in
its history: the lane's ack <b class="clean">v</b> clean verdict <b class="contested">v</b> contested verdict
<b class="final">f</b> brought the last of Q clean verdicts: final <b class="cut">c</b> the cut of an epoch
<b class="rival">r</b> carries a rival <b class="fork">x</b> a second block of one seq</p>
${follows ? FOLLOW : ''}<div class="scroll">${svgOf(scene)}</div>
<section id="told"></section>
<script type="application/json" id="scene">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<script>${SCRIPT}</script></html>
`;
}

const FOLLOW = '<p id="follow">Newest blocks as they come. <button>Hold still</button></p>\n';

/** A payment worth a look. */
function first({ ways }: Scene): TxId | null {
  const way =
    ways.find(({ rivals, verdicts }) => rivals.length > 0 && verdicts.length > 0) ??
    ways.findLast(({ final }) => final !== null);
  return way?.txid ?? null;
}

/** So that it changes as blocks come. */
function newest({ ways }: Scene): TxId | null {
  return ways.findLast(({ final }) => final !== null)?.txid ?? null;
}

function svgOf(scene: Scene): string {
  const columns = 1 + Math.max(0, ...scene.squares.map(({ column }) => column));
  const [width, height] = [LEFT + columns * COLUMN, TOP + scene.lanes * LANE];
  const lanes = Array.from({ length: scene.lanes }, (_, lane) => {
    return `<text class="lane" x="0" y="${TOP + lane * LANE + SIDE / 2 + 5}">lane ${lane}</text>`;
  });
  const cutAt = new Map(scene.cuts.map(({ at, epoch }) => [at, epoch]));
  return [
    `<svg width="${width}" height="${height}" xmlns="http://www.w3.org/2000/svg">`,
    ...lanes,
    ...scene.squares.flatMap((square, at) => links(scene, square, at)),
    ...scene.squares.map((square, at) => squareSvg(square, at, cutAt.get(at))),
    '</svg>',
  ].join('\n');
}

function links(scene: Scene, square: Square, at: number): string[] {
  return square.names.map((named) => {
    const other = scene.squares[named] as Square;
    const [from, to] = [corner(other), corner(square)];
    const [x1, y1] = [from.x + SIDE, from.y + SIDE / 2];
    const [x2, y2] = [to.x, to.y + SIDE / 2];
    const bend = (x2 - x1) / 2;
    const kind = other.lane === square.lane ? 'prev' : 'ref';
    return `<path class="${kind}" data-at="${at}" d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"/>`;
  });
}

function squareSvg(square: Square, at: number, epoch: number | undefined): string {
  const { x, y } = corner(square);
  const { lane, seq, votes, letters, payments, fork } = square;
  const kinds = [
    payments.length > 0 ? 'full' : 'empty',
    ...(fork > 0 ? ['fork'] : []),
    ...(epoch === undefined ? [] : ['cut']),
  ];
  const middle = x + SIDE / 2;
  const title = [`block ${lane}/${seq}, ${payments.length} payments`, ...votes].join('\n');
  const count = payments.length > 0 ? `${payments.length}` : '';
  const label =
    epoch === undefined ? '' : `<text class="epoch" x="${middle}" y="${y - 6}">cut ${epoch}</text>`;
  return `<g class="block ${kinds.join(' ')}" data-at="${at}"><title>${title}</title><rect x="${x}" y="${y}" width="${SIDE}" height="${SIDE}" rx="3"/><text x="${middle}" y="${y + SIDE / 2 + 4}">${count}</text><text class="votes" x="${middle}" y="${y + SIDE + 11}">${letters}</text>${label}</g>`;
}

function corner({ lane, column, fork }: Square): { readonly x: number; readonly y: number } {
  return { x: LEFT + column * COLUMN, y: TOP + lane * LANE + fork * FORK };
}
