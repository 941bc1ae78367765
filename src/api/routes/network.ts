import { Type } from 'typebox';
import { API_LIMITS, WIRE_LIMITS } from '../../types/limits.ts';
import type { App, RouteContext } from '../context.ts';
import type { NodePort, PeerView } from '../ports.ts';
import { AmountText, DigestText, Epoch, errorResponses, HexBytes } from '../schemas.ts';

const ParamsBody = Type.Object(
  {
    ledger_id: DigestText,
    name: Type.String(),
    address_prefix: Type.String(),
    epoch: Epoch,
    min_fee: AmountText,
    validators: Type.Integer(),
    quorum: Type.Integer(),
    limits: Type.Object({
      inputs_max: Type.Integer(),
      outputs_max: Type.Integer(),
      witnesses_max: Type.Integer(),
      transaction_bytes_max: Type.Integer(),
      batch_transactions_max: Type.Integer(),
      batch_bytes_max: Type.Integer(),
    }),
  },
  { description: 'All that a wallet needs. `epoch` is that of the newest decided cut.' },
);

const LIMITS = {
  inputs_max: WIRE_LIMITS.inputsMax.value,
  outputs_max: WIRE_LIMITS.outputsMax.value,
  witnesses_max: WIRE_LIMITS.witnessesMax.value,
  transaction_bytes_max: WIRE_LIMITS.transactionBytesMax.value,
  batch_transactions_max: API_LIMITS.batchTxsMax.value,
  batch_bytes_max: API_LIMITS.batchBytesMax.value,
};

const ValidatorBody = Type.Object({
  lane: Type.Integer(),
  name: Type.String(),
  public_key: HexBytes,
  self: Type.Boolean(),
  online: Type.Boolean(),
  since: Type.Union([Type.String(), Type.Null()], { description: 'RFC 3339.' }),
  round_trip_ms: Type.Union([Type.Number(), Type.Null()]),
  peer_id: Type.Union([Type.String(), Type.Null()]),
  addresses: Type.Array(Type.String()),
});

const LaneBody = Type.Object({
  lane: Type.Integer(),
  seq: Type.Integer(),
  head: Type.Union([DigestText, Type.Null()]),
  head_time_ms: Type.Integer(),
  certified: Type.Integer(),
  final: Type.Integer(),
  equivocates: Type.Boolean(),
  waiting: Type.Integer({ description: 'Blocks that wait for blocks they name.' }),
});

const StatusPage = Type.Object({
  version: Type.String(),
  ledger_id: DigestText,
  name: Type.String(),
  lane: Type.Union([Type.Integer(), Type.Null()]),
  ready: Type.Boolean(),
  started: Type.String({ description: 'RFC 3339.' }),
  verifier_backend: Type.String(),
  epochs: Type.Object({
    decided: Epoch,
    applied: Epoch,
    stable: Epoch,
    view: Type.Integer(),
  }),
  validators: Type.Integer(),
  quorum: Type.Integer(),
  validators_online: Type.Integer({ description: 'This one included.' }),
  peers: Type.Integer({ description: 'Connected ones, observers included, without itself.' }),
  counters: Type.Record(Type.String(), Type.Integer()),
});

export function networkRoutes(app: App, { node }: RouteContext): void {
  app.get(
    '/v1/params',
    {
      schema: {
        operationId: 'getParams',
        tags: ['node'],
        summary: 'What a wallet needs to know.',
        response: { 200: ParamsBody, ...errorResponses },
      },
    },
    async (_request, reply) => reply.send(paramsOf(node)),
  );

  app.get(
    '/v1/validators',
    {
      schema: {
        operationId: 'listValidators',
        tags: ['validators'],
        summary: 'The committee, and who of it is connected.',
        response: { 200: Type.Object({ data: Type.Array(ValidatorBody) }), ...errorResponses },
      },
    },
    async (_request, reply) => reply.send({ data: validatorsOf(node) }),
  );

  app.get(
    '/v1/lanes',
    {
      schema: {
        operationId: 'listLanes',
        tags: ['validators'],
        summary: 'The chains of blocks, as this node has admitted them.',
        response: { 200: Type.Object({ data: Type.Array(LaneBody) }), ...errorResponses },
      },
    },
    async (_request, reply) => {
      const lanes = node.view.lanes();
      const data = lanes.map(({ headTimeMs, ...lane }) => ({ ...lane, head_time_ms: headTimeMs }));
      return reply.send({ data });
    },
  );

  app.get(
    '/v1/status',
    {
      schema: {
        operationId: 'getStatus',
        tags: ['node'],
        summary: 'One page about this node.',
        response: { 200: StatusPage, ...errorResponses },
      },
    },
    async (_request, reply) => reply.send(statusOf(node)),
  );
}

function paramsOf({ view, genesis, ledgerId, quorum }: NodePort) {
  return {
    ledger_id: ledgerId,
    name: genesis.name,
    address_prefix: genesis.addressPrefix,
    epoch: view.progress().decided,
    min_fee: genesis.params.minFee.toString(),
    validators: genesis.committee.length,
    quorum,
    limits: LIMITS,
  };
}

function validatorsOf(node: NodePort) {
  const peers = new Map(node.peers().map((peer) => [peer.lane, peer]));
  return node.genesis.committee.map(({ name, publicKey }, lane) => {
    const self = lane === node.lane;
    const peer = peers.get(lane);
    const sinceMs = self ? node.startedMs : (peer?.sinceMs ?? null);
    return {
      lane,
      name,
      public_key: publicKey,
      self,
      online: self || peer?.connected === true,
      since: sinceMs === null ? null : new Date(sinceMs).toISOString(),
      round_trip_ms: peer?.roundTripMs ?? null,
      peer_id: peer?.peerId ?? null,
      addresses: [...(peer?.addresses ?? [])],
    };
  });
}

function statusOf(node: NodePort) {
  const { decided, applied, stable, view } = node.view.progress();
  const isOtherPeer = ({ connected, lane }: PeerView) =>
    connected && (lane === null || lane !== node.lane);
  return {
    version: node.version,
    ledger_id: node.ledgerId,
    name: node.genesis.name,
    lane: node.lane,
    ready: node.readiness().every((check) => check.ok),
    started: new Date(node.startedMs).toISOString(),
    verifier_backend: node.verifierBackend,
    epochs: { decided, applied, stable, view },
    validators: node.genesis.committee.length,
    quorum: node.quorum,
    validators_online: validatorsOf(node).filter((one) => one.online).length,
    peers: node.peers().filter(isOtherPeer).length,
    counters: snakeKeys(node.view.counters()),
  };
}

/** counters() has camelCase names; the wire has snake_case. */
function snakeKeys(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
