import { Type } from 'typebox';
import { evidenceToJson } from '../../codec/evidence.ts';
import { problem } from '../../types/errors.ts';
import { EVIDENCE_KINDS } from '../../types/evidence.ts';
import { API_LIMITS, WIRE_LIMITS } from '../../types/limits.ts';
import type { App, RouteContext } from '../context.ts';
import type { PeerView } from '../ports.ts';
import { sendProblem } from '../problem.ts';
import {
  AmountText,
  DigestText,
  decimalText,
  Epoch,
  errorResponses,
  HexBytes,
} from '../schemas.ts';

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
  const { view, genesis, ledgerId } = node;
  const committee = genesis.committee.length;
  const limits = {
    inputs_max: WIRE_LIMITS.inputsMax.value,
    outputs_max: WIRE_LIMITS.outputsMax.value,
    witnesses_max: WIRE_LIMITS.witnessesMax.value,
    transaction_bytes_max: WIRE_LIMITS.transactionBytesMax.value,
    batch_transactions_max: API_LIMITS.batchTxsMax.value,
    batch_bytes_max: API_LIMITS.batchBytesMax.value,
  };

  const route = (
    path: string,
    about: { operationId: string; tags: string[]; summary: string },
    body: Parameters<typeof Type.Object>[0][string],
    answer: () => unknown,
  ) =>
    app.get(
      path,
      { schema: { ...about, response: { 200: body, ...errorResponses } } },
      async (_request, reply) => reply.send(answer() as never),
    );

  route(
    '/v1/params',
    { operationId: 'getParams', tags: ['node'], summary: 'What a wallet needs to know.' },
    ParamsBody,
    () => ({
      ledger_id: ledgerId,
      name: genesis.name,
      address_prefix: genesis.addressPrefix,
      epoch: view.progress().decided,
      min_fee: genesis.params.minFee.toString(),
      validators: committee,
      quorum: node.quorum,
      limits,
    }),
  );

  route(
    '/v1/validators',
    {
      operationId: 'listValidators',
      tags: ['validators'],
      summary: 'The committee, and who of it is connected.',
    },
    Type.Object({ data: Type.Array(ValidatorBody) }),
    () => ({ data: validators() }),
  );

  route(
    '/v1/lanes',
    {
      operationId: 'listLanes',
      tags: ['validators'],
      summary: 'The chains of blocks, as this node has admitted them.',
    },
    Type.Object({ data: Type.Array(LaneBody) }),
    () => ({
      data: view.lanes().map(({ headTimeMs, ...lane }) => ({ ...lane, head_time_ms: headTimeMs })),
    }),
  );

  route(
    '/v1/status',
    { operationId: 'getStatus', tags: ['node'], summary: 'One page about this node.' },
    StatusPage,
    () => {
      const { decided, applied, stable, view: consensusView } = view.progress();
      return {
        version: node.version,
        ledger_id: ledgerId,
        name: genesis.name,
        lane: node.lane,
        ready: node.readiness().every((check) => check.ok),
        started: new Date(node.startedMs).toISOString(),
        verifier_backend: node.verifierBackend,
        epochs: { decided, applied, stable, view: consensusView },
        validators: committee,
        quorum: node.quorum,
        validators_online: validators().filter((one) => one.online).length,
        peers: node.peers().filter(isOtherPeer).length,
        counters: snakeKeys(view.counters()),
      };
    },
  );

  route(
    '/v1/evidence',
    {
      operationId: 'listEvidence',
      tags: ['validators'],
      summary: 'Proofs that a validator broke the rules, by its own signatures.',
    },
    Type.Object({
      data: Type.Array(
        Type.Object({
          index: Type.Integer(),
          kind: EvidenceKindText,
          lane: Type.Integer(),
          bytes: Type.Array(Type.Integer(), { description: 'Lengths of the signed blocks.' }),
        }),
      ),
    }),
    () => ({
      data: view
        .evidence()
        .slice(0, API_LIMITS.pageMax.value)
        .map(({ kind, lane, blocks }, index) => ({
          index,
          kind,
          lane,
          bytes: blocks.map((block) => block.length),
        })),
    }),
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

  function isOtherPeer({ connected, lane }: PeerView): boolean {
    return connected && (lane === null || lane !== node.lane);
  }

  function validators() {
    const peers = new Map(node.peers().map((peer) => [peer.lane, peer]));
    return genesis.committee.map(({ name, publicKey }, lane) => {
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
