import type { AddressInfo, Socket } from 'node:net';
import { type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { problem } from '../types/errors.ts';
import { API_LIMITS } from '../types/limits.ts';
import { addBodyParsers } from './body/content-type.ts';
import { capPerAddress } from './bounds/address-cap.ts';
import { badSignatureLimit } from './bounds/bad-signatures.ts';
import { BodyBudget } from './bounds/body-budget.ts';
import { Connections } from './bounds/connections.ts';
import { requestsAhead } from './bounds/requests-ahead.ts';
import { Shares } from './bounds/shares.ts';
import type { App, RouteContext } from './context.ts';
import { collectMethods, refuseOtherMethods } from './methods.ts';
import { openApiRoute } from './openapi.ts';
import type { NodePort } from './ports.ts';
import { noMember, problemOfError, rawAnswer, sendProblem } from './problem.ts';
import { addressRoutes } from './routes/addresses.ts';
import { devRoutes } from './routes/dev.ts';
import { checkpointRoutes, epochRoutes } from './routes/epochs.ts';
import { evidenceRoutes } from './routes/evidence.ts';
import { feedRoutes } from './routes/feed.ts';
import { healthRoutes } from './routes/health.ts';
import { outputRoutes } from './routes/ledger.ts';
import { networkRoutes } from './routes/network.ts';
import { snapshotRoutes } from './routes/snapshot.ts';
import { submitRoutes } from './routes/submit.ts';
import { transactionRoutes } from './routes/transactions.ts';
import { schemaCompilers } from './schema-compilers.ts';
import { statusPage } from './status-page.ts';
import { Waits } from './waits.ts';

export type ApiObserver = {
  /** `route` is the template of the path, or "none" where there is no such route. */
  answered(method: string, route: string, status: number, seconds: number): void;
  /** A connection that never became a request, closed with this status. */
  refused(status: number): void;
  /** A fault of our own, answered by 500; `requestId` is the `instance` of that answer. */
  fault(error: Error, requestId: string): void;
};

export type ApiOptions = {
  readonly node: NodePort;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly observer: ApiObserver;
  /**
   * Names that the Host header may have besides loopback ones and `host`; null accepts every name. On loopback
   * keep the check: a web page can make its own name point to 127.0.0.1.
   */
  readonly hostNames: readonly string[] | null;
  /** Answer GET / with a page for people; else there is no such path. */
  readonly page?: boolean;
  /** Bounds other than the documented ones. */
  readonly bounds?: Partial<ServerBounds>;
};

export type ServerBounds = {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  readonly bodiesBytesMax: number;
  readonly bodiesBytesPerAddressMax: number;
  readonly waitsPerAddressMax: number;
  readonly snapshotReadersPerAddressMax: number;
  readonly headerMs: number;
  readonly requestMs: number;
  readonly idleMs: number;
  /** How often connections are held against headerMs and requestMs. */
  readonly checkMs: number;
};

const DEFAULT_BOUNDS: ServerBounds = {
  connectionsMax: API_LIMITS.connectionsMax.value,
  connectionsPerAddressMax: API_LIMITS.connectionsPerAddressMax.value,
  bodiesBytesMax: API_LIMITS.bodiesBytesMax.value,
  bodiesBytesPerAddressMax: API_LIMITS.bodiesBytesPerAddressMax.value,
  waitsPerAddressMax: API_LIMITS.waitsPerAddressMax.value,
  snapshotReadersPerAddressMax: API_LIMITS.snapshotReadersPerAddressMax.value,
  headerMs: API_LIMITS.headerMs.value,
  requestMs: API_LIMITS.requestMs.value,
  idleMs: API_LIMITS.idleMs.value,
  checkMs: 1000,
};

/** For where all clients have one address, behind a proxy on the same machine: it has all that there is. */
export const ONE_ADDRESS: Partial<ServerBounds> = {
  connectionsPerAddressMax: Number.POSITIVE_INFINITY,
  bodiesBytesPerAddressMax: Number.POSITIVE_INFINITY,
  waitsPerAddressMax: Number.POSITIVE_INFINITY,
  snapshotReadersPerAddressMax: Number.POSITIVE_INFINITY,
};

export type Api = {
  readonly url: string;
  /** Answers what waits, takes no more connections, and closes those that stay open after `graceMs`. */
  close(graceMs?: number): Promise<void>;
};

const CLOSE_GRACE_MS = 2000;
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** Listens. Rejects with the system's error (EADDRINUSE, EACCES) when it cannot. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { node, observer } = options;
  const bounds = { ...DEFAULT_BOUNDS, ...options.bounds };
  const app = createServer(observer, bounds);
  const connections = new Connections();
  const waits = new Waits(node, connections, bounds);
  const context = {
    node,
    waits,
    bodies: new BodyBudget(connections, bounds),
    readers: new Shares({
      max: API_LIMITS.snapshotReadersMax.value,
      perAddressMax: bounds.snapshotReadersPerAddressMax,
    }),
    badSignatures: badSignatureLimit(() => performance.now()),
  };
  addBodyParsers(app);
  addHooks(app, options);
  addErrorAnswers(app, observer);
  addRoutes(app, context, options.page === true);
  app.addHook('preClose', async () => waits.close());
  await app.listen({ host: options.host, port: options.port });

  const { address, family, port } = app.server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async close(graceMs = CLOSE_GRACE_MS) {
      const force = setTimeout(() => app.server.closeAllConnections(), graceMs);
      await app.close();
      clearTimeout(force);
    },
  };
}

function createServer(observer: ApiObserver, bounds: ServerBounds): App {
  let refusals = 0;
  const app = fastify({
    logger: false,
    bodyLimit: API_LIMITS.batchBytesMax.value,
    requestTimeout: bounds.requestMs,
    connectionTimeout: bounds.idleMs,
    keepAliveTimeout: API_LIMITS.keepAliveMs.value,
    routerOptions: { maxParamLength: API_LIMITS.urlPartMax.value },
    schemaController: { compilersFactory: schemaCompilers },
    http: {
      // Node enforces the shorter of the two first, and looks every 30 s unless told otherwise.
      headersTimeout: bounds.headerMs,
      connectionsCheckingInterval: bounds.checkMs,
      maxHeaderSize: API_LIMITS.headerBytesMax.value,
      // Node would answer without a problem document.
      requireHostHeader: false,
    },
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply, problemOfError(error) ?? problem('invalid-request', 'A bad path.'));
    },
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => {
      refusals += 1;
      const { status, text } = rawAnswer(error.code ?? '', `refused-${refusals}`);
      observer.refused(status);
      if (socket.writable && error.code !== 'ECONNRESET') socket.end(text);
      socket.destroySoon();
    },
  }) as unknown as App;
  // Here, too, Node would answer without one. What nobody knows need not be heeded.
  app.server.on('checkExpectation', (request, response) => {
    app.server.emit('request', request, response);
  });
  app.server.maxConnections = bounds.connectionsMax;
  capPerAddress(app.server, bounds.connectionsPerAddressMax);
  return app;
}

function addHooks(app: App, { node, host, hostNames, observer }: ApiOptions): void {
  const allowed = hostNames === null ? null : new Set([...LOOPBACK_NAMES, host, ...hostNames]);
  app.addHook('onRequest', async (request, reply) => {
    // fastify's own clock (reply.elapsedTime) stands at 0 where nobody logs and no hook is called onResponse.
    const sinceMs = performance.now();
    // Not onResponse: since Node 24 an answer that its client does not read has a close and no finish.
    reply.raw.once('close', () => {
      const route = request.routeOptions.url ?? 'none';
      const seconds = (performance.now() - sinceMs) / 1000;
      observer.answered(request.method, route, reply.statusCode, seconds);
    });
    const complaint = hostComplaint(request, allowed);
    return complaint === null
      ? undefined
      : sendProblem(reply, problem('invalid-request', complaint));
  });
  app.addHook('onRequest', requestsAhead());
  // Nobody shall believe that a parameter was heeded which this path does not have.
  app.addHook('preValidation', async (request, reply) => {
    if (request.is404 || request.routeOptions.schema?.querystring !== undefined) return undefined;
    const [name] = Object.keys(request.query as object);
    if (name === undefined) return undefined;
    return sendProblem(reply, problem('invalid-request', noMember('querystring', name)));
  });
  // What a handler reads before it awaits anything is of one ledger.
  app.addHook('preHandler', (request, _reply, done) => {
    const whole = request.url.startsWith('/v1/') ? node.whole() : null;
    if (whole === null) done();
    else whole.then(() => done(), done);
  });
  // Nobody is told of a ledger that a crash could take back. Of health one hears while the disk hangs, too.
  app.addHook('preSerialization', async (request, _reply, payload) => {
    if (request.url.startsWith('/v1/')) await node.durable();
    return payload;
  });
}

/** null: it is one that may be. HTTP/1.0 knew none. */
function hostComplaint({ raw }: FastifyRequest, allowed: ReadonlySet<string> | null) {
  const { host } = raw.headers;
  if (host === undefined && (allowed !== null || raw.httpVersion !== '1.0')) {
    return 'The Host header is missing.';
  }
  if (allowed === null || allowed.has(String(host).replace(/:\d+$/, ''))) return null;
  return `The Host header names another host than ${[...allowed].join(', ')}.`;
}

function addErrorAnswers(app: App, observer: ApiObserver): void {
  app.setNotFoundHandler(async (_request: FastifyRequest, reply: FastifyReply) =>
    sendProblem(reply, problem('not-found', 'There is no such path: /openapi.json has them all.')),
  );
  app.setErrorHandler<Parameters<typeof problemOfError>[0]>(async (error, request, reply) => {
    const cause = problemOfError(error);
    if (cause !== null) return sendProblem(reply, cause);
    observer.fault(error, request.id);
    return sendProblem(reply, problem('internal', 'The log of the node has this request id.'));
  });
}

function addRoutes(app: App, context: RouteContext, page: boolean): void {
  const methods = collectMethods(app);
  if (page) statusPage(app);
  addDocumentedRoutes(app, context);
  openApiRoute(app, context.node.version, (documented) => addDocumentedRoutes(documented, context));
  refuseOtherMethods(app, methods);
}

function addDocumentedRoutes(app: App, context: RouteContext): void {
  submitRoutes(app, context);
  transactionRoutes(app, context);
  feedRoutes(app, context);
  outputRoutes(app, context);
  addressRoutes(app, context);
  epochRoutes(app, context);
  checkpointRoutes(app, context);
  snapshotRoutes(app, context);
  networkRoutes(app, context);
  evidenceRoutes(app, context);
  healthRoutes(app, context);
  devRoutes(app, context);
}
