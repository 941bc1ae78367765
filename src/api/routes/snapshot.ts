import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { certificateToJson } from '../../codec/proof-json.ts';
import { problem } from '../../types/errors.ts';
import type { TxId } from '../../types/ids.ts';
import { BINARY_TYPE } from '../body/content-type.ts';
import type { Shares } from '../bounds/shares.ts';
import type { App, RouteContext } from '../context.ts';
import { prunedEpoch, restingEpoch } from '../present.ts';
import { sendProblem } from '../problem.ts';
import { BinaryBody, CertificateBody, Epoch, errorResponses, hex64 } from '../schemas.ts';

/** Header with the cursor of the next page; absent on the last one. */
const NEXT_CURSOR = 'althing-next-cursor';

const closed = { additionalProperties: false };

const PageCursor = hex64(`The \`${NEXT_CURSOR}\` header of the page before.`);

const EpochParams = Type.Object(
  { epoch: Type.String({ pattern: '^[1-9][0-9]{0,9}$', description: 'Epoch number.' }) },
  closed,
);

const ManifestBody = Type.Object({
  epoch: Epoch,
  certificate: CertificateBody,
  pages: Type.String({ description: 'Path of the pages, ascending by txid.' }),
});

const binary = (description: string, headers = {}) => ({
  description,
  headers,
  content: { [BINARY_TYPE]: { schema: BinaryBody } },
});

/** What an observer needs to install a certified state and to follow. Nothing of it asks for trust. */
export function snapshotRoutes(app: App, { node, readers }: RouteContext): void {
  const { view } = node;
  const notYet = () =>
    problem(
      'not-yet',
      `The newest certified checkpoint is that of epoch ${view.progress().stable}.`,
    );
  /** `first`: the oldest epoch of which it is here. */
  const missing = (epoch: number, first: number) => {
    const { dropped, stable } = view.progress();
    if (epoch < first) return prunedEpoch(dropped);
    return epoch <= stable ? restingEpoch(epoch) : notYet();
  };

  app.get(
    '/v1/snapshots/latest',
    {
      schema: {
        operationId: 'getLatestSnapshot',
        tags: ['snapshots'],
        summary: 'The newest certified state, and where its pages are.',
        response: { 200: ManifestBody, ...errorResponses },
      },
    },
    async (_request, reply) => {
      const epoch = view.progress().stable;
      const certificate = view.certificate(epoch);
      if (certificate === undefined) return sendProblem(reply, notYet());
      const pages = `/v1/snapshots/${epoch}/pages`;
      return reply.send({ epoch, certificate: certificateToJson(certificate), pages });
    },
  );

  app.get(
    '/v1/snapshots/:epoch/pages',
    {
      schema: {
        operationId: 'getSnapshotPage',
        tags: ['snapshots'],
        summary: 'Outputs that were unspent when an epoch was closed, of any certified epoch.',
        description:
          'u32 count, then per transaction ascending by txid: txid, u32 epoch that accepted it, u16 count, then u16 index, u64 amount, 33 bytes lock of each. A page may be empty and not the last. Recompute state_root from all pages.',
        params: EpochParams,
        querystring: Type.Object({ cursor: Type.Optional(PageCursor) }, closed),
        response: {
          200: binary('A page.', {
            [NEXT_CURSOR]: { description: 'Absent on the last page.', type: 'string' },
          }),
          ...errorResponses,
        },
      },
    },
    async (request, reply) => {
      const epoch = Number(request.params.epoch);
      const { dropped } = view.progress();
      if (view.certificate(epoch) === undefined) return sendProblem(reply, missing(epoch, dropped));
      const left = enter(readers, reply);
      if (left === null) return sendProblem(reply, tooMany());
      const after = (request.query.cursor ?? null) as TxId | null;
      const { bytes, next } = await node.snapshots.page(epoch, after, left);
      // Dropped meanwhile: records may have been missing.
      if (view.certificate(epoch) === undefined) return sendProblem(reply, missing(epoch, dropped));
      if (next !== null) reply.header(NEXT_CURSOR, next);
      return reply.type(BINARY_TYPE).send(bytes);
    },
  );

  app.get(
    '/v1/epochs/:epoch/ledger',
    {
      schema: {
        operationId: 'getEpochLedger',
        tags: ['snapshots'],
        summary: 'Everything that leads from one certified state to the next.',
        description:
          'u32 length and bytes of the certificate; u32 count and the outcomes ascending by txid; of each accepted one u32 length and bytes of the transaction; u16 count and the outputs of the fee transaction. Check the outcomes against tx_root, the transactions by their txids, the result against state_root.',
        params: EpochParams,
        response: { 200: binary('The ledger of the epoch.'), ...errorResponses },
      },
    },
    async (request, reply) => {
      const epoch = Number(request.params.epoch);
      const ledger = node.snapshots.ledger(epoch);
      const first = view.progress().dropped + 1;
      if (ledger === undefined) return sendProblem(reply, missing(epoch, first));
      if (enter(readers, reply) === null) return sendProblem(reply, tooMany());
      return reply.type(BINARY_TYPE).send(Readable.from(ledger, { objectMode: false }));
    },
  );
}

function tooMany() {
  return problem('busy', 'As many snapshot pages or ledgers are being read as may be.');
}

/** Until the answer has left, or its client: then what is returned is aborted. null: there are as many as may be. */
function enter(readers: Shares, reply: FastifyReply): AbortSignal | null {
  const giveBack = readers.take(reply.request.ip, 1);
  if (giveBack === null) return null;
  const left = new AbortController();
  const { socket } = reply.request.raw;
  const leave = (): void => {
    // Of requests sent ahead of their answers, only the first one's answer learns that the client has left.
    reply.raw.off('close', leave);
    socket.off('close', leave);
    giveBack();
    left.abort();
  };
  reply.raw.once('close', leave);
  socket.once('close', leave);
  return left.signal;
}
