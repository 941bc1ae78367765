import { type Static, type TSchema, Type } from 'typebox';
import { ERRORS, type ErrorCode } from '../types/errors.ts';
import { API_LIMITS } from '../types/limits.ts';

/** Shapes shared by the routes: what validates requests, serialises answers and documents both. */

const closed = { additionalProperties: false } as const;

export const hex64 = (description: string) =>
  Type.String({ pattern: '^[0-9a-f]{64}$', description });
export const TxIdText = hex64('Transaction id, lower-case hex.');
export const WinnerText = hex64('The transaction that has the output, or the rejected parent.');
export const DigestText = hex64('SHA-256 digest, lower-case hex.');
export const HexBytes = Type.String({
  pattern: '^([0-9a-f]{2})+$',
  description: 'Bytes, lower-case hex.',
});
export const AmountText = Type.String({
  pattern: '^(0|[1-9][0-9]{0,19})$',
  description: 'Amount as a canonical decimal string: it can pass 2^53.',
});
export const Epoch = Type.Integer({ minimum: 0, description: 'Epoch number; 0 is the genesis.' });
export const NullableEpoch = Type.Union([Epoch, Type.Null()]);
export const NullableTxId = Type.Union([TxIdText, Type.Null()]);

/** Query strings are never coerced: a number is a canonical decimal string, parsed by `Number`. */
export const decimalText = (digits: number, description: string) =>
  Type.String({ pattern: `^(0|[1-9][0-9]{0,${digits - 1}})$`, description });

export const TxIdParams = Type.Object({ txid: TxIdText }, closed);

const WAIT_LEVELS = ['none', 'admitted', 'final', 'checkpointed'] as const;
export const WaitQuery = Type.Object(
  {
    wait: Type.Optional(
      Type.Enum(WAIT_LEVELS, {
        description: 'Answer when the transaction is this far, rejected or dropped. Default none.',
      }),
    ),
    timeout_ms: Type.Optional(
      decimalText(5, `0..${API_LIMITS.waitMsMax.value}; then the current status. Default 10000.`),
    ),
  },
  closed,
);
export type WaitQuery = Static<typeof WaitQuery>;

export const cursorText = (what: string) =>
  Type.String({ pattern: '^[0-9a-f]{2,72}$', description: `The ${what} of the page before.` });
export const PageQuery = Type.Object(
  {
    limit: Type.Optional(decimalText(4, `1..${API_LIMITS.pageMax.value}. Default 100.`)),
    cursor: Type.Optional(cursorText('`next`')),
  },
  closed,
);
export type PageQuery = Static<typeof PageQuery>;

export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object({
    data: Type.Array(item),
    next: Type.Union([Type.String(), Type.Null()], {
      description: 'Cursor of the next page; null at the end.',
    }),
    as_of: AsOf,
  });

export const AsOf = Type.Object(
  { epoch: Epoch, checkpoint: Type.Union([DigestText, Type.Null()]) },
  {
    description:
      'Ledger that the answer shows: that of this epoch, and the digest of its checkpoint once it has a certificate here.',
  },
);

export const ProblemCode = Type.Enum(Object.keys(ERRORS) as ErrorCode[]);

export const HealthCheckBody = Type.Object({
  name: Type.String(),
  ok: Type.Boolean(),
  detail: Type.String(),
});

export const ProblemDocument = Type.Object(
  {
    type: Type.String({ description: 'urn:althing:problem:<code>' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: 'Id of this request in the log of the node.' }),
    code: ProblemCode,
    txid: Type.Optional(TxIdText),
    winner: Type.Optional(WinnerText),
    checks: Type.Optional(Type.Array(HealthCheckBody)),
  },
  { $id: 'Problem', description: 'RFC 9457 problem document.' },
);

const problemResponse = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Type.Ref('Problem') } },
});

/** The error answers of every route; the codes of each status are in docs/ERRORS.md. */
export const errorResponses = {
  '4xx': problemResponse('The request, or what it asks for, is refused.'),
  '5xx': problemResponse('The node cannot do it, now or at all.'),
};

const STATES = [
  'unknown',
  'pending',
  'admitted',
  'final',
  'checkpointed',
  'rejected',
  'dropped',
] as const;

export const StatusBody = Type.Object(
  {
    txid: TxIdText,
    state: Type.Enum(STATES, {
      description:
        'pending: in the mempool. admitted: in an admitted block. final: executed, irrevocable, durable here. checkpointed: in a ledger with a certificate. rejected and dropped are terminal.',
    }),
    path: Type.Optional(Type.Enum(['clean', 'contested'] as const)),
    epoch: Type.Optional(NullableEpoch),
    rivals: Type.Optional(Type.Array(TxIdText)),
    reason: Type.Optional(Type.String({ description: 'Why the execution rejected it.' })),
    winner: Type.Optional(WinnerText),
    code: Type.Optional(ProblemCode),
    detail: Type.Optional(Type.String()),
  },
  { description: 'Status of a transaction at this node.' },
);
export type StatusBody = Static<typeof StatusBody>;

const checkpointFields = {
  ledger_id: DigestText,
  committee: Type.Integer(),
  params_digest: DigestText,
  epoch: Epoch,
  prev: DigestText,
  cut: DigestText,
  tx_root: DigestText,
  state_root: DigestText,
  accepted_count: Type.Integer(),
  rejected_count: Type.Integer(),
  time_ms: Type.Integer({ description: 'Unix time, agreed.' }),
};
export const CheckpointBody = Type.Object({ digest: DigestText, ...checkpointFields });

export const CertificateBody = Type.Object(
  {
    checkpoint: Type.Object(checkpointFields),
    signatures: Type.Array(Type.Object({ lane: Type.Integer(), signature: HexBytes })),
  },
  { description: 'A checkpoint and signatures of a quorum over its digest, ascending by lane.' },
);

/** A binary body. JSON Schema has nothing to check in it. */
export const BinaryBody = Type.Unsafe<Uint8Array>({
  contentMediaType: 'application/octet-stream',
});
