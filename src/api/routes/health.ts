import { Type } from 'typebox';
import { problem } from '../../types/errors.ts';
import type { App, RouteContext } from '../context.ts';
import { sendProblem } from '../problem.ts';
import { errorResponses, HealthCheckBody } from '../schemas.ts';

const AliveBody = Type.Object({ alive: Type.Boolean() });
const ReadyBody = Type.Object({
  ready: Type.Boolean(),
  checks: Type.Optional(Type.Array(HealthCheckBody)),
});
const VerboseQuery = Type.Object(
  {
    verbose: Type.Optional(
      Type.Enum(['', 'true'] as const, { description: 'Name every check in the answer.' }),
    ),
  },
  { additionalProperties: false },
);

export function healthRoutes(app: App, { node }: RouteContext): void {
  for (const [path, operationId] of [
    ['/livez', 'getLiveness'],
    ['/healthz', 'getHealth'],
  ] as const) {
    app.get(
      path,
      {
        schema: {
          operationId,
          tags: ['node'],
          summary: 'Is the process alive? A validator that halts ends it.',
          response: { 200: AliveBody, ...errorResponses },
        },
      },
      async (_request, reply) => reply.send({ alive: true }),
    );
  }

  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        tags: ['node'],
        summary: 'Should clients be sent here? Caught up, and a quorum connected.',
        querystring: VerboseQuery,
        response: { 200: ReadyBody, ...errorResponses },
      },
    },
    async (request, reply) => {
      const checks = node.readiness();
      const failed = checks.filter((check) => !check.ok);
      if (failed.length > 0) {
        const detail = failed.map((check) => `${check.name}: ${check.detail}`).join('; ');
        return sendProblem(reply, problem('not-ready', detail), { checks });
      }
      return reply.send({
        ready: true,
        ...(request.query.verbose === undefined ? {} : { checks }),
      });
    },
  );
}
