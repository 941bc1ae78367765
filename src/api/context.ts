import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { RateLimit } from '../std/rate-limit.ts';
import type { BodyBudget } from './bounds/body-budget.ts';
import type { Shares } from './bounds/shares.ts';
import type { NodePort } from './ports.ts';
import type { Waits } from './waits.ts';

/** Fastify with the schemas as the types of requests and answers. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What the routes share. */
export type RouteContext = {
  readonly node: NodePort;
  readonly waits: Waits;
  readonly bodies: BodyBudget;
  /** Long answers under way. */
  readonly readers: Shares;
  readonly badSignatures: RateLimit;
};
