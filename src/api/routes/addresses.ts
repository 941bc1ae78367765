import type { FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { decodeAddress } from '../../crypto/address.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { type Problem, problem } from '../../types/errors.ts';
import { type Lock, type OutpointKey, parseOutpointKey } from '../../types/ids.ts';
import { API_LIMITS } from '../../types/limits.ts';
import type { App, RouteContext } from '../context.ts';
import { page, pageLimit } from '../paging.ts';
import type { NodePort } from '../ports.ts';
import { asOf } from '../present.ts';
import { sendProblem } from '../problem.ts';
import {
  AmountText,
  AsOf,
  decimalText,
  errorResponses,
  PageQuery,
  pageOf,
  TxIdText,
} from '../schemas.ts';

const closed = { additionalProperties: false };
const OUTPOINT_KEY = /^[0-9a-f]{68}$/;

const AddressParams = Type.Object(
  { address: Type.String({ pattern: '^[a-z0-9]+$', description: 'bech32m, lower case.' }) },
  closed,
);

const AtLeast = {
  at_least_epoch: Type.Optional(
    decimalText(15, 'Refuse with not-ready as long as the answer would be older.'),
  ),
};
const BalanceQuery = Type.Object(AtLeast, closed);
const OutputsQuery = Type.Object({ ...PageQuery.properties, ...AtLeast }, closed);

const BalanceBody = Type.Object({
  address: Type.String(),
  lock: Type.String(),
  balance: AmountText,
  outputs: Type.Integer({ description: 'Unspent outputs that were added up.' }),
  complete: Type.Boolean({
    description: `false: the owner has more than ${API_LIMITS.balanceOutputsMax.value} outputs, and the balance is that of the first ones.`,
  }),
  as_of: AsOf,
});

const OwnedOutput = Type.Object({ txid: TxIdText, index: Type.Integer(), amount: AmountText });

export function addressRoutes(app: App, { node }: RouteContext): void {
  const { view, addresses } = node;

  app.get(
    '/v1/addresses/:address',
    {
      schema: {
        operationId: 'getAddress',
        tags: ['addresses'],
        summary: 'Balance of an address.',
        params: AddressParams,
        querystring: BalanceQuery,
        response: { 200: BalanceBody, ...errorResponses },
      },
    },
    async (request, reply) => {
      const { address } = request.params;
      const asked = askedFor(node, address, request.query);
      if (!asked.ok) return sendProblem(reply, asked.error);
      const sum = await addresses.balance(asked.value, API_LIMITS.balanceOutputsMax.value);
      return reply.send({
        address,
        lock: asked.value,
        balance: sum.amount.toString(),
        outputs: sum.outputs,
        complete: sum.complete,
        as_of: asOf(view, sum.epoch),
      });
    },
  );

  app.get(
    '/v1/addresses/:address/outputs',
    {
      schema: {
        operationId: 'getAddressOutputs',
        tags: ['addresses'],
        summary: 'Unspent outputs of an address, by txid and index.',
        params: AddressParams,
        querystring: OutputsQuery,
        response: { 200: pageOf(OwnedOutput), ...errorResponses },
      },
    },
    async (request, reply) => {
      const asked = askedFor(node, request.params.address, request.query);
      if (!asked.ok) return sendProblem(reply, asked.error);
      return sendOutputs(reply, node, asked.value, request.query);
    },
  );
}

async function sendOutputs(
  reply: FastifyReply,
  { view, addresses }: NodePort,
  lock: Lock,
  query: PageQuery,
): Promise<FastifyReply> {
  const limit = pageLimit(query);
  if (!limit.ok) return sendProblem(reply, limit.error);
  const { cursor } = query;
  if (cursor !== undefined && !OUTPOINT_KEY.test(cursor)) {
    return sendProblem(reply, problem('invalid-request', 'cursor is not one of this list.'));
  }
  const after = cursor === undefined ? null : (cursor as OutpointKey);
  const { epoch, entries } = await addresses.unspent(lock, after, limit.value + 1);
  const { data, next } = page(entries, limit.value, (last) => last.key);
  return reply.send({
    data: data.map(({ key, amount }) => ({ ...parseOutpointKey(key), amount: amount.toString() })),
    next,
    as_of: asOf(view, epoch),
  });
}

/** The owner that is asked for, unless this node's ledger is older than the client wants. */
function askedFor(
  { genesis, addresses }: NodePort,
  address: string,
  query: Static<typeof BalanceQuery>,
): Result<Lock, Problem> {
  const lock = decodeAddress(genesis.addressPrefix, address);
  if (!lock.ok) return err(lock.error);
  if (Number(query.at_least_epoch ?? 0) > addresses.epoch()) {
    return err(problem('not-ready', `This node's ledger is that of epoch ${addresses.epoch()}.`));
  }
  return ok(lock.value);
}
