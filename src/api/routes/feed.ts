import { Type } from 'typebox';
import type { StatusChange } from '../../replica/effects.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { type Problem, problem } from '../../types/errors.ts';
import { API_LIMITS } from '../../types/limits.ts';
import type { App, RouteContext } from '../context.ts';
import { winnerOf } from '../present.ts';
import { sendProblem } from '../problem.ts';
import {
  cursorText,
  decimalText,
  Epoch,
  errorResponses,
  ProblemCode,
  TxIdText,
  WinnerText,
} from '../schemas.ts';
import type { StatusEntry, StatusLog, StatusPage } from '../status-log.ts';

const KINDS = ['admitted', 'final', 'rejected', 'checkpointed', 'dropped'] as const;
type Kind = StatusChange['kind'];

const FeedQuery = Type.Object(
  {
    cursor: Type.Optional(cursorText('`cursor`')),
    limit: Type.Optional(
      decimalText(4, `1..${API_LIMITS.feedPageMax.value}. Default all that may be.`),
    ),
    wait_ms: Type.Optional(
      decimalText(5, `0..${API_LIMITS.waitMsMax.value}: how long to wait for a first entry.`),
    ),
    states: Type.Optional(
      Type.String({
        pattern: '^[a-z]+(,[a-z]+){0,4}$',
        description: `Only these, separated by commas: ${KINDS.join(', ')}. Default all.`,
      }),
    ),
  },
  { additionalProperties: false },
);

const FeedBody = Type.Object({
  cursor: Type.String({ description: 'For the next call.' }),
  gap: Type.Boolean({
    description: 'Entries after the given cursor are lost: too far behind, or a restart.',
  }),
  data: Type.Array(
    Type.Object({
      txid: TxIdText,
      state: Type.Enum(KINDS),
      at_ms: Type.Integer({ description: 'Unix time at which this node could tell it.' }),
      path: Type.Optional(Type.Enum(['clean', 'contested'] as const)),
      reason: Type.Optional(Type.String()),
      winner: Type.Optional(WinnerText),
      epoch: Type.Optional(Epoch),
      code: Type.Optional(ProblemCode),
    }),
  ),
});

type Asked = {
  readonly position: number;
  readonly limit: number;
  readonly waitMs: number;
  readonly kinds: ReadonlySet<Kind>;
};

/** Changes of statuses at this node, for who watches many transactions. */
export function feedRoutes(app: App, { node, waits }: RouteContext): void {
  const { statusLog: log, startedMs } = node;

  app.get(
    '/v1/feed',
    {
      schema: {
        operationId: 'getFeed',
        tags: ['transactions'],
        summary: 'Changes of statuses, in the order in which this node learnt them.',
        description:
          'Without a cursor: a cursor from now on. Statuses of one transaction never go backwards.',
        querystring: FeedQuery,
        response: { 200: FeedBody, ...errorResponses },
      },
    },
    async (request, reply) => {
      const asked = askedFor(request.query, startedMs, log);
      if (!asked.ok) return sendProblem(reply, asked.error);
      const held = await waits.hold(reply, 1, asked.value.waitMs, (signal) =>
        pageOf(log, asked.value, signal),
      );
      if (!held.ok) return sendProblem(reply, held.error);
      const page = held.value;
      return reply.send({
        cursor: cursorOf(startedMs, page.next),
        gap: page.gap,
        data: page.entries.map(entryBody),
      });
    },
  );
}

/** The first page that is not empty, or what there is when the wait ends. */
async function pageOf(log: StatusLog, asked: Asked, signal: AbortSignal): Promise<StatusPage> {
  const { position, limit, kinds, waitMs } = asked;
  const page = log.read(position, limit, kinds);
  if (waitMs === 0 || page.gap || page.entries.length > 0) return page;
  return log.read(await log.changed(kinds, waitMs, signal), limit, kinds);
}

function askedFor(
  query: { cursor?: string; limit?: string; wait_ms?: string; states?: string },
  startedMs: number,
  log: StatusLog,
): Result<Asked, Problem> {
  const { feedPageMax, waitMsMax } = API_LIMITS;
  const limit = Number(query.limit ?? feedPageMax.value);
  const waitMs = Number(query.wait_ms ?? 0);
  if (limit < 1 || limit > feedPageMax.value) {
    return err(problem('invalid-request', `limit is not within 1..${feedPageMax.value}.`));
  }
  if (waitMs > waitMsMax.value) {
    return err(problem('invalid-request', `wait_ms is greater than ${waitMsMax.value}.`));
  }
  const kinds = query.states?.split(',') ?? KINDS;
  const strange = kinds.find((kind) => !KINDS.includes(kind as Kind));
  if (strange !== undefined) {
    const detail = `No state "${strange}" in the feed, but ${KINDS.join(', ')}.`;
    return err(problem('invalid-request', detail));
  }
  const { cursor } = query;
  const position = cursor === undefined ? log.end : positionOf(cursor, startedMs);
  if (position === null) return err(problem('invalid-request', 'cursor is not one of the feed.'));
  return ok({ position, limit, waitMs, kinds: new Set(kinds as Kind[]) });
}

const CURSOR_PART = 12;

/** Start of the process, then the position: 12 hex digits each. */
function cursorOf(startedMs: number, position: number): string {
  const part = (value: number) => Math.trunc(value).toString(16).padStart(CURSOR_PART, '0');
  return part(startedMs) + part(position);
}

/** A cursor of another run of this node is behind everything: -1, which reads as a gap. */
function positionOf(cursor: string, startedMs: number): number | null {
  if (cursor.length !== 2 * CURSOR_PART) return null;
  const position = Number.parseInt(cursor.slice(CURSOR_PART), 16);
  return cursor === cursorOf(startedMs, position) ? position : -1;
}

function entryBody({ change, atMs }: StatusEntry) {
  const entry = { txid: change.txid, state: change.kind, at_ms: Math.trunc(atMs) };
  switch (change.kind) {
    case 'admitted':
      return entry;
    case 'final':
      return { ...entry, path: change.path };
    case 'rejected':
      return { ...entry, reason: change.reason, winner: change.winner };
    case 'checkpointed':
      return { ...entry, epoch: change.epoch };
    case 'dropped':
      return { ...entry, code: change.problem.code, ...winnerOf(change) };
  }
}
