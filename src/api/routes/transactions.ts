import { Type } from 'typebox';
import { transactionProofToJson } from '../../codec/proof-json.ts';
import { problem } from '../../types/errors.ts';
import type { TxId } from '../../types/ids.ts';
import { API_LIMITS } from '../../types/limits.ts';
import { JSON_TYPE, onlyContentTypes } from '../body/content-type.ts';
import type { App, RouteContext } from '../context.ts';
import { prunedEpoch, restingEpoch, statusBody, unknownOf } from '../present.ts';
import { sendProblem } from '../problem.ts';
import {
  BinaryBody,
  CertificateBody,
  DigestText,
  errorResponses,
  StatusBody,
  TxIdParams,
  TxIdText,
  WaitQuery,
  WinnerText,
} from '../schemas.ts';
import { waitRequest } from '../waits.ts';

const TransactionProofBody = Type.Object(
  {
    certificate: CertificateBody,
    outcome: Type.Object({
      txid: TxIdText,
      accepted: Type.Boolean(),
      reason: Type.Optional(Type.String()),
      winner: Type.Optional(WinnerText),
    }),
    path: Type.Object({
      index: Type.Integer(),
      count: Type.Integer(),
      siblings: Type.Array(DigestText),
    }),
  },
  { description: 'Shows anybody who has the genesis that the transaction got this outcome.' },
);

const QueryJson = Type.Object(
  { txids: Type.Array(TxIdText, { minItems: 1, maxItems: API_LIMITS.batchTxsMax.value }) },
  { additionalProperties: false },
);

export function transactionRoutes(app: App, context: RouteContext): void {
  statusRoute(app, context);
  queryRoute(app, context);
  bytesRoute(app, context);
  proofRoute(app, context);
}

function statusRoute(app: App, { node: { view }, waits }: RouteContext): void {
  app.get(
    '/v1/transactions/:txid',
    {
      schema: {
        operationId: 'getTransaction',
        tags: ['transactions'],
        summary: 'Status of a transaction.',
        params: TxIdParams,
        querystring: WaitQuery,
        response: { 200: StatusBody, ...errorResponses },
      },
    },
    async (request, reply) => {
      const wait = waitRequest(request.query);
      if (!wait.ok) return sendProblem(reply, wait.error);
      const txid = request.params.txid as TxId;
      let status = view.status(txid);
      if (wait.value !== null) {
        const waited = await waits.waitFor(reply, [txid], wait.value);
        if (!waited.ok) return sendProblem(reply, waited.error, { txid });
        status = waited.value[0] ?? status;
      }
      if (status.state === 'unknown')
        return sendProblem(reply, unknownOf(view.progress().dropped), { txid });
      return reply.send(statusBody(txid, status));
    },
  );
}

function queryRoute(app: App, { node: { view }, waits, bodies }: RouteContext): void {
  app.post(
    '/v1/transactions/query',
    {
      onRequest: [onlyContentTypes(JSON_TYPE), bodies.claim],
      schema: {
        operationId: 'queryTransactions',
        tags: ['transactions'],
        summary: 'Statuses of many transactions.',
        description: 'With wait, answers when all are so far, or at the timeout.',
        querystring: WaitQuery,
        body: { content: { [JSON_TYPE]: { schema: QueryJson } } },
        response: {
          200: Type.Object({ results: Type.Array(StatusBody) }),
          ...errorResponses,
        },
      },
    },
    async (request, reply) => {
      const wait = waitRequest(request.query);
      if (!wait.ok) return sendProblem(reply, wait.error);
      const { txids } = request.body as { txids: TxId[] };
      if (wait.value !== null) {
        const waited = await waits.waitFor(reply, txids, wait.value);
        if (!waited.ok) return sendProblem(reply, waited.error);
      }
      return reply.send({ results: txids.map((txid) => statusBody(txid, view.status(txid))) });
    },
  );
}

function bytesRoute(app: App, { node: { view } }: RouteContext): void {
  app.get(
    '/v1/transactions/:txid/raw',
    {
      schema: {
        operationId: 'getTransactionBytes',
        tags: ['transactions'],
        summary: 'Canonical bytes of a transaction that this node has seen.',
        params: TxIdParams,
        response: {
          200: {
            description: 'The canonical encoding.',
            content: { 'application/octet-stream': { schema: BinaryBody } },
          },
          ...errorResponses,
        },
      },
    },
    async (request, reply) => {
      const txid = request.params.txid as TxId;
      const bytes = view.transactionBytes(txid);
      if (bytes === undefined)
        return sendProblem(reply, unknownOf(view.progress().dropped), { txid });
      return reply.type('application/octet-stream').send(Buffer.from(bytes));
    },
  );
}

function proofRoute(app: App, { node: { view } }: RouteContext): void {
  app.get(
    '/v1/transactions/:txid/proof',
    {
      schema: {
        operationId: 'getTransactionProof',
        tags: ['transactions'],
        summary: 'Proof of the outcome of a transaction.',
        params: TxIdParams,
        response: { 200: TransactionProofBody, ...errorResponses },
      },
    },
    async (request, reply) => {
      const txid = request.params.txid as TxId;
      const proof = view.transactionProof(txid);
      if (proof !== undefined) return reply.send(transactionProofToJson(proof));
      const status = view.status(txid);
      if (status.state === 'unknown')
        return sendProblem(reply, unknownOf(view.progress().dropped), { txid });
      const { dropped } = view.progress();
      if (status.state === 'checkpointed') {
        const isGone = status.epoch <= dropped;
        const why = isGone ? prunedEpoch(dropped) : restingEpoch(status.epoch);
        return sendProblem(reply, why, { txid });
      }
      return sendProblem(
        reply,
        problem('not-yet', 'The transaction is in no ledger with a certificate yet.'),
        { txid },
      );
    },
  );
}
