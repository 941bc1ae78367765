import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { outputProofToJson } from '../../codec/proof-json.ts';
import { encodeAddress } from '../../crypto/address.ts';
import { problem } from '../../types/errors.ts';
import { type Lock, outpointKey, type TxId } from '../../types/ids.ts';
import type { App, RouteContext } from '../context.ts';
import { asOf, unknownOf } from '../present.ts';
import { sendProblem } from '../problem.ts';
import {
  AmountText,
  AsOf,
  CertificateBody,
  DigestText,
  decimalText,
  errorResponses,
  NullableEpoch,
  NullableTxId,
  TxIdText,
} from '../schemas.ts';

const INDEX_MAX = 0xffff;

const OutputParams = Type.Object(
  { txid: TxIdText, index: decimalText(10, 'Index of the output.') },
  { additionalProperties: false },
);

const OutputBody = Type.Object({
  txid: TxIdText,
  index: Type.Integer(),
  amount: AmountText,
  address: Type.String(),
  lock: Type.String(),
  state: Type.Enum(['pending', 'unspent', 'spent'] as const),
  accepted_epoch: NullableEpoch,
  spent_by: NullableTxId,
  spent_epoch: NullableEpoch,
  as_of: AsOf,
});

const OutputProofBody = Type.Object(
  {
    certificate: CertificateBody,
    txid: TxIdText,
    unspent: Type.Union([
      Type.Array(
        Type.Object({
          index: Type.Integer(),
          amount: AmountText,
          lock: Type.String(),
        }),
      ),
      Type.Null(),
    ]),
    accepted_epoch: NullableEpoch,
    path: Type.Object({
      key: TxIdText,
      siblings: Type.Array(DigestText),
      leaf: Type.Union([Type.Object({ key: TxIdText, value: DigestText }), Type.Null()]),
    }),
  },
  { description: 'Shows which outputs of the transaction are unspent as of the certificate.' },
);

export function outputRoutes(app: App, { node }: RouteContext): void {
  const { view, genesis } = node;
  const addressOf = (lock: Lock) => encodeAddress(genesis.addressPrefix, lock);
  const noSuch = (reply: FastifyReply, txid: TxId) =>
    sendProblem(
      reply,
      view.progress().dropped === 0
        ? problem('not-found', 'This node knows no such output.')
        : unknownOf(view.progress().dropped),
      { txid },
    );

  app.get(
    '/v1/outputs/:txid/:index',
    {
      schema: {
        operationId: 'getOutput',
        tags: ['outputs'],
        summary: 'One output, as this node knows it now.',
        params: OutputParams,
        response: { 200: OutputBody, ...errorResponses },
      },
    },
    async (request, reply) => {
      const txid = request.params.txid as TxId;
      const index = Number(request.params.index);
      const output = index > INDEX_MAX ? undefined : view.output(outpointKey(txid, index));
      if (output === undefined) return noSuch(reply, txid);
      return reply.send({
        txid,
        index,
        amount: output.amount.toString(),
        address: addressOf(output.lock),
        lock: output.lock,
        state: output.state,
        accepted_epoch: output.acceptedEpoch,
        spent_by: output.spentBy,
        spent_epoch: output.spentEpoch,
        as_of: asOf(view, view.progress().applied),
      });
    },
  );

  app.get(
    '/v1/outputs/:txid/:index/proof',
    {
      schema: {
        operationId: 'getOutputProof',
        tags: ['outputs'],
        summary: 'Proof that an output is, or is not, unspent at the newest checkpoint.',
        params: OutputParams,
        response: { 200: OutputProofBody, ...errorResponses },
      },
    },
    async (request, reply) => {
      const txid = request.params.txid as TxId;
      if (Number(request.params.index) > INDEX_MAX) return noSuch(reply, txid);
      const proof = view.outputProof(txid);
      if (proof !== undefined) return reply.send(outputProofToJson(proof));
      return sendProblem(reply, problem('not-yet', 'No checkpoint has a certificate yet.'), {
        txid,
      });
    },
  );
}
