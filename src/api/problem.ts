import type { FastifyError, FastifyReply } from 'fastify';
import { ERRORS, type ErrorCode, type Problem, problem } from '../types/errors.ts';
import type { TxId } from '../types/ids.ts';
import type { HealthCheck } from './ports.ts';

/** The error map of the API: everything that a client is told when something is wrong. */

const PROBLEM_TYPE = 'application/problem+json';
const RETRY_AFTER_SECONDS = 1;

export type ProblemExtras = {
  readonly txid?: TxId;
  readonly winner?: TxId;
  readonly checks?: readonly HealthCheck[];
  readonly retryAfterSeconds?: number;
};

/** RFC 9457 document of a problem; `instance` names the request. */
function problemDocument(cause: Problem, instance: string, extras: ProblemExtras = {}) {
  const { status, title } = ERRORS[cause.code];
  const { txid, winner, checks } = extras;
  return {
    type: `urn:althing:problem:${cause.code}`,
    title,
    status,
    detail: cause.detail,
    instance,
    code: cause.code,
    ...(txid === undefined ? {} : { txid }),
    ...(winner === undefined ? {} : { winner }),
    ...(checks === undefined ? {} : { checks }),
  };
}

export function sendProblem(
  reply: FastifyReply,
  cause: Problem,
  extras: ProblemExtras = {},
): FastifyReply {
  const { status } = ERRORS[cause.code];
  if (status === 503 || status === 429) {
    reply.header('retry-after', String(extras.retryAfterSeconds ?? RETRY_AFTER_SECONDS));
  }
  // What is left of a refused body is not worth reading.
  if (status === 413 || status === 408) reply.header('connection', 'close');
  return reply
    .code(status)
    .type(PROBLEM_TYPE)
    .send(problemDocument(cause, reply.request.id, extras));
}

/** Carries a problem through fastify's body parsers, which can only fail by an error. */
export class BodyProblem extends Error {
  readonly problem: Problem;

  constructor(cause: Problem) {
    super(cause.detail);
    this.problem = cause;
  }
}

const FASTIFY_ERRORS: Readonly<Record<string, Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: problem('too-large', 'The body is longer than its documented bound.'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: problem(
    'unsupported-media-type',
    'The content type is not one of this route.',
  ),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: problem(
    'invalid-request',
    'The body does not have the length that its header says.',
  ),
  FST_ERR_BAD_URL: problem('invalid-request', 'The path is not correctly percent-encoded.'),
  FST_ERR_MAX_PARAM_LENGTH: problem('not-found', 'A part of the path is too long.'),
};

/** The problem of an error that reached fastify; null for a fault of our own. */
export function problemOfError(error: FastifyError | BodyProblem): Problem | null {
  if (error instanceof BodyProblem) return error.problem;
  if (error.validation !== undefined) return problemOfValidation(error);
  const known = FASTIFY_ERRORS[error.code];
  if (known !== undefined) return known;
  // A body that ends early, or whose chunks are malformed.
  if (error.statusCode === 400) return problem('invalid-request', 'The request is malformed.');
  return null;
}

/** What only a documented bound forbids has the same code in every form of a body. */
const BOUNDS = new Set(['maxItems', 'maxLength']);

function problemOfValidation({ validation, validationContext }: FastifyError): Problem {
  const { instancePath = '', keyword = '', params = {}, message } = validation?.[0] ?? {};
  const where = `${validationContext ?? 'request'}${instancePath}`;
  const code = BOUNDS.has(keyword) ? 'too-large' : 'invalid-request';
  if (keyword === 'additionalProperties') {
    return problem(code, noMember(where, String(params.additionalProperty)));
  }
  const { allowedValues } = params as { allowedValues?: readonly unknown[] };
  const choices = allowedValues === undefined ? '' : `: ${JSON.stringify(allowedValues)}`;
  return problem(code, `${where} ${message ?? 'is not as documented'}${choices}.`);
}

const NAME_SHOWN = 64;

/** `name` is the client's own, of any length. */
export function noMember(where: string, name: string): string {
  return `${where} has no member ${JSON.stringify(name.slice(0, NAME_SHOWN))}.`;
}

const SOCKET_ERRORS: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'header-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

/** The whole raw answer to what never became a request; the connection is closed after it. */
export function rawAnswer(
  errorCode: string,
  instance: string,
): { readonly status: number; readonly text: string } {
  const code = SOCKET_ERRORS[errorCode] ?? 'invalid-request';
  const { status, title } = ERRORS[code];
  const body = JSON.stringify(problemDocument(problem(code, title), instance));
  const text = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Bad Request'}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${new TextEncoder().encode(body).length}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
  return { status, text };
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};
