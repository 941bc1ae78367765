import ajvCompiler, { type ValidatorFactory } from '@fastify/ajv-compiler';
import type { FastifySchemaValidationError } from 'fastify';

type Check = {
  (data: unknown): boolean | { readonly error: FastifySchemaValidationError[] };
  errors?: FastifySchemaValidationError[] | null;
};

/** Schemas are not held against the schema of schemas, which would be compiled for the first request: they are ours. */
const CHECKS = {
  customOptions: {
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: false,
    validateSchema: false,
  },
} as const;
const buildCompiler = ajvCompiler();

/** Makes the function of a schema when the first request comes: to make all of them holds a start up. */
const buildValidator = (schemas: Parameters<typeof buildCompiler>[0]) => {
  let compile: ((route: { readonly schema: object }) => Check) | undefined;
  return (route: { readonly schema: object }): Check => {
    let check: Check | undefined;
    return (data) => {
      compile ??= buildCompiler(schemas, CHECKS) as unknown as typeof compile;
      check ??= compile?.(route) as Check;
      return check(data) || { error: check.errors ?? [] };
    };
  };
};

/** What fastify does with the schemas of the routes. Answers go through JSON.stringify as they are. */
export const schemaCompilers = {
  buildValidator: buildValidator as unknown as ValidatorFactory,
  buildSerializer: () => () => JSON.stringify,
};
