import { fastify } from 'fastify';
import type { App } from './context.ts';
import { schemaCompilers } from './schema-compilers.ts';
import { ProblemDocument } from './schemas.ts';

const TAGS = {
  transactions: 'Submit transactions and follow them to their proofs.',
  outputs: 'Single outputs and their proofs.',
  addresses: 'Balances and unspent outputs of owners.',
  epochs: 'How far epochs are at this node.',
  checkpoints: 'The chain of certified checkpoints.',
  snapshots: 'Certified states and the ledgers between them, for observers.',
  validators: 'The committee, its lanes, and evidence against members.',
  node: 'This node: parameters, status, health.',
  dev: 'Only on development networks.',
} as const;

/**
 * Serves one OpenAPI 3.1 document of the routes that `addRoutes` adds. It is made when somebody asks for
 * it the first time, from a server that never listens: a start should not wait for it.
 */
export function openApiRoute(app: App, version: string, addRoutes: (app: App) => void): void {
  let document: Promise<string> | undefined;
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    document ??= describe(version, addRoutes);
    return reply.type('application/json').send(await document);
  });
}

async function describe(version: string, addRoutes: (app: App) => void): Promise<string> {
  const { default: swagger } = await import('@fastify/swagger');
  const app = fastify({
    schemaController: { compilersFactory: schemaCompilers },
  }) as unknown as App;
  app.addSchema(ProblemDocument);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Althing node',
        description:
          'Amounts are decimal strings; hashes and bytes lower-case hex. Errors are RFC 9457 problem documents with a stable `code`.',
        version,
      },
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) =>
        String(schema.$id ?? `schema-${index}`),
    },
  });
  addRoutes(app);
  await app.ready();
  const text = JSON.stringify(app.swagger(), typed);
  await app.close();
  return text;
}

/** All enumerations here are of texts; a generator of clients that is not told so makes `unknown` of them. */
function typed(_key: string, value: unknown): unknown {
  const isChoice = typeof value === 'object' && value !== null && 'enum' in value;
  return isChoice ? { type: 'string', ...value } : value;
}
