import { Type } from 'typebox';
import { parseAmount } from '../../codec/amount.ts';
import { decodeAddress } from '../../crypto/address.ts';
import { problem } from '../../types/errors.ts';
import { JSON_TYPE, onlyContentTypes } from '../body/content-type.ts';
import type { App, RouteContext } from '../context.ts';
import { statusBody } from '../present.ts';
import { sendProblem } from '../problem.ts';
import { AmountText, errorResponses, StatusBody } from '../schemas.ts';

const FaucetJson = Type.Object(
  {
    address: Type.String({ pattern: '^[a-z0-9]{1,128}$', description: 'bech32m, lower case.' }),
    amount: AmountText,
  },
  { additionalProperties: false },
);

/** Routes of development networks: absent, not refused, on any other. */
export function devRoutes(app: App, { node, bodies }: RouteContext): void {
  const { faucet, genesis, view } = node;
  if (faucet === null) return;

  app.post(
    '/dev/v1/faucet',
    {
      onRequest: [onlyContentTypes(JSON_TYPE), bodies.claim],
      schema: {
        operationId: 'askFaucet',
        tags: ['dev'],
        summary: 'Pay from the development account.',
        body: { content: { [JSON_TYPE]: { schema: FaucetJson } } },
        response: {
          202: { ...StatusBody, description: 'Submitted.' },
          ...errorResponses,
        },
      },
    },
    async (request, reply) => {
      const { address, amount } = request.body as { address: string; amount: string };
      const lock = decodeAddress(genesis.addressPrefix, address);
      if (!lock.ok) return sendProblem(reply, lock.error);
      const value = parseAmount(amount);
      if (value === null || value === 0n) {
        return sendProblem(reply, problem('invalid-request', 'amount is not within 1..2^64-1.'));
      }
      const paid = await faucet(lock.value, value);
      if (!paid.ok) return sendProblem(reply, paid.problem);
      return reply
        .code(202)
        .header('location', `/v1/transactions/${paid.txid}`)
        .send(statusBody(paid.txid, view.status(paid.txid)));
    },
  );
}
