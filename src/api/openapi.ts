import swagger from '@fastify/swagger';
import type { App } from './context.ts';
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

/** Collects every route registered after it into one OpenAPI 3.1 document. */
export async function registerOpenApi(app: App, version: string): Promise<void> {
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
}

/** Serves the document. It does not describe itself. */
export function openApiRoute(app: App): void {
  let document: string | undefined;
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    document ??= JSON.stringify(app.swagger());
    return reply.type('application/json').send(document);
  });
}
