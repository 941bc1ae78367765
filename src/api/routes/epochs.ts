import { Type } from 'typebox';
import { certificateToJson } from '../../codec/proof-json.ts';
import { problem } from '../../types/errors.ts';
import type { Certificate } from '../../types/ledger.ts';
import type { App, RouteContext } from '../context.ts';
import { page, pageLimit } from '../paging.ts';
import { asOf, checkpointBody, prunedEpoch, restingEpoch } from '../present.ts';
import { sendProblem } from '../problem.ts';
import {
  CertificateBody,
  CheckpointBody,
  Epoch,
  errorResponses,
  PageQuery,
  pageOf,
} from '../schemas.ts';

const EpochParams = Type.Object(
  {
    epoch: Type.String({
      pattern: '^(latest|0|[1-9][0-9]{0,14})$',
      description: 'Epoch number, or "latest".',
    }),
  },
  { additionalProperties: false },
);

const EpochBody = Type.Object({
  epoch: Epoch,
  state: Type.Enum(['open', 'decided', 'applied', 'checkpointed'] as const, {
    description:
      'open: no cut yet. decided: the cut is. applied: its ledger too. checkpointed: with a certificate.',
  }),
  checkpoint: Type.Union([CheckpointBody, Type.Null()]),
});

export function epochRoutes(app: App, { node }: RouteContext): void {
  const { view } = node;

  app.get(
    '/v1/epochs/:epoch',
    {
      schema: {
        operationId: 'getEpoch',
        tags: ['epochs'],
        summary: 'How far an epoch is at this node.',
        params: EpochParams,
        response: { 200: EpochBody, ...errorResponses },
      },
    },
    async (request, reply) => {
      const { decided, applied, stable, dropped } = view.progress();
      const epoch = epochNumber(request.params.epoch, applied);
      if (epoch > 0 && epoch < dropped) return sendProblem(reply, prunedEpoch(dropped));
      if (epoch > decided + 1) {
        return sendProblem(reply, problem('not-yet', `The open epoch is ${decided + 1}.`));
      }
      const certificate = view.certificate(epoch);
      const state =
        epoch > decided
          ? 'open'
          : epoch > applied
            ? 'decided'
            : epoch > stable
              ? 'applied'
              : 'checkpointed';
      return reply.send({
        epoch,
        state,
        checkpoint: certificate === undefined ? null : checkpointBody(certificate.checkpoint),
      });
    },
  );
}

export function checkpointRoutes(app: App, { node }: RouteContext): void {
  const { view } = node;

  app.get(
    '/v1/checkpoints',
    {
      schema: {
        operationId: 'listCheckpoints',
        tags: ['checkpoints'],
        summary: 'Certified checkpoints, newest first.',
        querystring: PageQuery,
        response: { 200: pageOf(CheckpointBody), ...errorResponses },
      },
    },
    async (request, reply) => {
      const limit = pageLimit(request.query);
      if (!limit.ok) return sendProblem(reply, limit.error);
      const { stable, dropped } = view.progress();
      const { cursor } = request.query;
      if (cursor !== undefined && !CURSOR.test(cursor)) {
        return sendProblem(reply, problem('invalid-request', 'cursor is not one of this list.'));
      }
      const before = cursor === undefined ? stable + 1 : Number.parseInt(cursor, 16);
      const found: Certificate[] = [];
      for (
        let epoch = Math.min(before - 1, stable);
        epoch > 0 && epoch >= dropped && found.length <= limit.value;
        epoch--
      ) {
        const certificate = view.certificate(epoch);
        if (certificate !== undefined) found.push(certificate);
      }
      const { data, next } = page(found, limit.value, (last) => cursorOf(last.checkpoint.epoch));
      return reply.send({
        data: data.map((certificate) => checkpointBody(certificate.checkpoint)),
        next,
        as_of: asOf(view, stable),
      });
    },
  );

  app.get(
    '/v1/checkpoints/:epoch',
    {
      schema: {
        operationId: 'getCheckpoint',
        tags: ['checkpoints'],
        summary: 'A checkpoint with its certificate.',
        params: EpochParams,
        response: { 200: CertificateBody, ...errorResponses },
      },
    },
    async (request, reply) => {
      const { stable, dropped } = view.progress();
      const epoch = epochNumber(request.params.epoch, stable);
      if (epoch > 0 && epoch < dropped) return sendProblem(reply, prunedEpoch(dropped));
      const certificate = view.certificate(epoch);
      if (certificate !== undefined) return reply.send(certificateToJson(certificate));
      if (epoch === 0 && request.params.epoch !== 'latest') {
        return sendProblem(reply, problem('not-found', 'Epoch 0 is the genesis.'));
      }
      if (epoch > 0 && epoch <= stable) return sendProblem(reply, restingEpoch(epoch));
      return sendProblem(
        reply,
        problem('not-yet', `The newest certified checkpoint is that of epoch ${stable}.`),
      );
    },
  );
}

function epochNumber(text: string, latest: number): number {
  return text === 'latest' ? latest : Number(text);
}

const CURSOR_DIGITS = 14;
const CURSOR = new RegExp(`^[0-9a-f]{${CURSOR_DIGITS}}$`);

function cursorOf(epoch: number): string {
  return epoch.toString(16).padStart(CURSOR_DIGITS, '0');
}
