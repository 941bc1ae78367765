import { Type } from 'typebox';
import { evidenceToJson } from '../../codec/evidence.ts';
import { problem } from '../../types/errors.ts';
import { EVIDENCE_KINDS } from '../../types/evidence.ts';
import { API_LIMITS } from '../../types/limits.ts';
import type { App, RouteContext } from '../context.ts';
import { sendProblem } from '../problem.ts';
import { DigestText, decimalText, errorResponses, HexBytes } from '../schemas.ts';

const EvidenceKindText = Type.Enum(Object.keys(EVIDENCE_KINDS), {
  description: Object.entries(EVIDENCE_KINDS)
    .map(([kind, meaning]) => `${kind}: ${meaning}`)
    .join(' '),
});
const EvidenceBody = Type.Object({
  format: Type.String(),
  version: Type.Integer(),
  ledger_id: DigestText,
  kind: EvidenceKindText,
  lane: Type.Integer(),
  blocks: Type.Array(HexBytes, { description: 'One or two blocks that the lane has signed.' }),
});
const EvidenceParams = Type.Object(
  { index: decimalText(9, 'Position in the list of evidence.') },
  { additionalProperties: false },
);
const EvidenceList = Type.Object({
  data: Type.Array(
    Type.Object({
      index: Type.Integer(),
      kind: EvidenceKindText,
      lane: Type.Integer(),
      bytes: Type.Array(Type.Integer(), { description: 'Lengths of the signed blocks.' }),
    }),
  ),
});

export function evidenceRoutes(app: App, { node }: RouteContext): void {
  const { view, ledgerId } = node;

  app.get(
    '/v1/evidence',
    {
      schema: {
        operationId: 'listEvidence',
        tags: ['validators'],
        summary: 'Proofs that a validator broke the rules, by its own signatures.',
        response: { 200: EvidenceList, ...errorResponses },
      },
    },
    async (_request, reply) => {
      const listed = view.evidence().slice(0, API_LIMITS.pageMax.value);
      const data = listed.map(({ kind, lane, blocks }, index) => ({
        index,
        kind,
        lane,
        bytes: blocks.map((block) => block.length),
      }));
      return reply.send({ data });
    },
  );

  app.get(
    '/v1/evidence/:index',
    {
      schema: {
        operationId: 'getEvidence',
        tags: ['validators'],
        summary: 'One proof, as `althing evidence verify` checks it.',
        params: EvidenceParams,
        response: {
          200: EvidenceBody,
          ...errorResponses,
        },
      },
    },
    async (request, reply) => {
      const evidence = view.evidence()[Number(request.params.index)];
      if (evidence === undefined) {
        return sendProblem(reply, problem('not-found', 'There is no such evidence here.'));
      }
      return reply.send(evidenceToJson({ ...evidence, ledgerId }));
    },
  );
}
