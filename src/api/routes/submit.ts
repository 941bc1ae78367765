import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { fromHex } from '../../codec/hex.ts';
import { addressKey } from '../../std/rate-limit.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { type Problem, problem } from '../../types/errors.ts';
import { API_LIMITS, WIRE_LIMITS } from '../../types/limits.ts';
import { splitBatch } from '../body/batch-body.ts';
import { BINARY_TYPE, JSON_TYPE, onlyContentTypes } from '../body/content-type.ts';
import type { App, RouteContext } from '../context.ts';
import type { NodePort, Submission } from '../ports.ts';
import { statusBody } from '../present.ts';
import { sendProblem } from '../problem.ts';
import {
  BinaryBody,
  errorResponses,
  ProblemCode,
  StatusBody,
  TxIdText,
  WaitQuery,
  WinnerText,
} from '../schemas.ts';
import { reached, type WaitRequest, waitRequest } from '../waits.ts';

const TransactionHex = Type.String({
  pattern: '^[0-9a-f]*$',
  minLength: 2,
  maxLength: 2 * WIRE_LIMITS.transactionBytesMax.value,
  description: 'Canonical encoding of a transaction, lower-case hex.',
});

const closed = { additionalProperties: false };
const SubmitJson = Type.Object({ tx: TransactionHex }, closed);
const BatchJson = Type.Object(
  { txs: Type.Array(TransactionHex, { minItems: 1, maxItems: API_LIMITS.batchTxsMax.value }) },
  closed,
);

const BatchAnswer = Type.Object({
  results: Type.Array(
    Type.Object({
      txid: Type.Union([TxIdText, Type.Null()]),
      ok: Type.Boolean(),
      state: Type.Optional(StatusBody.properties.state),
      code: Type.Optional(ProblemCode),
      detail: Type.Optional(Type.String()),
      winner: Type.Optional(WinnerText),
    }),
    { description: 'One entry per transaction, in their order.' },
  ),
});

export function submitRoutes(app: App, context: RouteContext): void {
  submitOne(app, context);
  submitBatch(app, context);
}

function submitOne(app: App, context: RouteContext): void {
  app.post(
    '/v1/transactions',
    {
      onRequest: beforeBody(context),
      schema: {
        operationId: 'submitTransaction',
        tags: ['transactions'],
        summary: 'Submit one transaction.',
        description:
          'The same bytes again give 200 and the current status. A wait that ends early gives 202.',
        querystring: WaitQuery,
        body: {
          content: {
            [JSON_TYPE]: { schema: SubmitJson },
            [BINARY_TYPE]: { schema: BinaryBody },
          },
        },
        response: {
          200: { ...StatusBody, description: 'Known already, or as far as was waited for.' },
          202: { ...StatusBody, description: 'Taken; not yet as far as was waited for.' },
          ...errorResponses,
        },
      },
    },
    async (request, reply) => {
      const wait = waitRequest(request.query);
      if (!wait.ok) return sendProblem(reply, wait.error);
      const bytes = transactionBytes(request.body);
      if (!bytes.ok) return sendProblem(reply, bytes.error);
      const [submission] = await submit(context, request, [bytes.value]);
      if (submission === undefined) throw new Error('The node gave no answer to a submission.');
      if (submission.ok) {
        return answerTaken(context, reply, submission, wait.value);
      }
      const { txid, winner } = submission;
      return sendProblem(reply, submission.problem, {
        ...(txid === null ? {} : { txid }),
        ...(winner === undefined ? {} : { winner }),
      });
    },
  );
}

function submitBatch(app: App, context: RouteContext): void {
  app.post(
    '/v1/transactions/batch',
    {
      onRequest: beforeBody(context),
      schema: {
        operationId: 'submitBatch',
        tags: ['transactions'],
        summary: 'Submit many transactions.',
        description: `Binary: each transaction after its length in 4 bytes, big-endian. At most ${API_LIMITS.batchTxsMax.value} transactions. Each gets its own result; only a badly framed batch is refused as a whole.`,
        body: {
          content: {
            [JSON_TYPE]: { schema: BatchJson },
            [BINARY_TYPE]: { schema: BinaryBody },
          },
        },
        response: { 200: BatchAnswer, ...errorResponses },
      },
    },
    async (request, reply) => {
      const parts = batchBytes(request.body);
      if (!parts.ok) return sendProblem(reply, parts.error);
      const submissions = await submit(context, request, parts.value);
      if (submissions.some((one) => !one.ok && one.problem.code === 'busy')) {
        reply.header('retry-after', '1');
      }
      return reply.send({ results: submissions.map((one) => batchResult(one, context.node)) });
    },
  );
}

/** What a submission has to pass before its body is read. */
function beforeBody({ badSignatures, bodies }: RouteContext) {
  const notLimited = async (request: FastifyRequest, reply: FastifyReply) => {
    const seconds = badSignatures.retryAfterSeconds(request.ip);
    if (seconds === 0) return undefined;
    return sendProblem(reply, problem('rate-limited', 'Too many bad signatures.'), {
      retryAfterSeconds: seconds,
    });
  };
  return [onlyContentTypes(JSON_TYPE, BINARY_TYPE), notLimited, bodies.claim];
}

async function submit(
  { node, badSignatures }: RouteContext,
  request: FastifyRequest,
  transactions: readonly Uint8Array[],
): Promise<readonly Submission[]> {
  const submissions = await node.submit(transactions, addressKey(request.ip));
  const bad = submissions.filter((one) => !one.ok && one.problem.code === 'bad-signature').length;
  if (bad > 0) badSignatures.charge(request.ip, bad);
  return submissions;
}

async function answerTaken(
  { node, waits }: RouteContext,
  reply: FastifyReply,
  { txid, known }: Extract<Submission, { ok: true }>,
  wait: WaitRequest | null,
): Promise<FastifyReply> {
  reply.header('location', `/v1/transactions/${txid}`);
  if (wait === null) {
    return reply.code(known ? 200 : 202).send(statusBody(txid, node.view.status(txid)));
  }
  const waited = await waits.waitFor(reply, [txid], wait);
  const status = waited.ok ? waited.value[0] : undefined;
  // It is submitted, so "too many wait" is no reason to call it refused: say how far it is.
  if (status !== undefined && reached(status, wait.level)) {
    return reply.code(200).send(statusBody(txid, status));
  }
  return reply
    .code(202)
    .header('retry-after', '1')
    .send(statusBody(txid, node.view.status(txid)));
}

function batchResult(submission: Submission, { view }: NodePort) {
  if (submission.ok) {
    const { txid } = submission;
    return { txid, ok: true, state: view.status(txid).state };
  }
  const { code, detail } = submission.problem;
  const { txid, winner } = submission;
  return { txid, ok: false, code, detail, ...(winner === undefined ? {} : { winner }) };
}

function transactionBytes(body: unknown): Result<Uint8Array, Problem> {
  if (!(body instanceof Uint8Array)) return hexBytes((body as { tx: string }).tx);
  const max = WIRE_LIMITS.transactionBytesMax.value;
  if (body.length > max)
    return err(problem('too-large', `A transaction has ${max} bytes at most.`));
  if (body.length === 0) return err(problem('malformed', 'The body is empty.'));
  return ok(body);
}

function batchBytes(body: unknown): Result<readonly Uint8Array[], Problem> {
  if (body instanceof Uint8Array) return splitBatch(body);
  const parts: Uint8Array[] = [];
  for (const text of (body as { txs: string[] }).txs) {
    const bytes = hexBytes(text);
    if (!bytes.ok) return bytes;
    parts.push(bytes.value);
  }
  return ok(parts);
}

function hexBytes(text: string): Result<Uint8Array, Problem> {
  const bytes = fromHex(text);
  return bytes === undefined
    ? err(problem('invalid-request', 'Hex has two digits per byte, in lower case.'))
    : ok(bytes);
}
