import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../../types/errors.ts';
import { API_LIMITS } from '../../types/limits.ts';
import type { App } from '../context.ts';
import { BodyProblem, sendProblem } from '../problem.ts';
import { parseJsonBody } from './json-body.ts';

export const JSON_TYPE = 'application/json';
export const BINARY_TYPE = 'application/octet-stream';

const SPELLINGS: Readonly<Record<string, string>> = {
  [JSON_TYPE]: JSON_TYPE,
  [`${JSON_TYPE}; charset=utf-8`]: JSON_TYPE,
  [`${JSON_TYPE};charset=utf-8`]: JSON_TYPE,
  [BINARY_TYPE]: BINARY_TYPE,
};

/**
 * A hook that lets only these types pass, spelled exactly: parsers that trim, guess or take the
 * first word of a header have been a way around the validation that belongs to the type.
 */
export function onlyContentTypes(...types: readonly string[]) {
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply | undefined> => {
    const header = request.headers['content-type']?.toLowerCase() ?? '';
    const type = Object.hasOwn(SPELLINGS, header) ? SPELLINGS[header] : undefined;
    if (type === undefined || !types.includes(type)) {
      return sendProblem(
        reply,
        problem('unsupported-media-type', `Send ${types.join(' or ')}, spelled exactly so.`),
      );
    }
    if (request.headers['content-encoding'] !== undefined) {
      return sendProblem(
        reply,
        problem('unsupported-media-type', 'Send the body without a content encoding.'),
      );
    }
    return undefined;
  };
}

/** The only two body parsers. */
export function addBodyParsers(app: App): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    JSON_TYPE,
    { parseAs: 'buffer', bodyLimit: API_LIMITS.jsonBytesMax.value },
    (_request, body, done) => {
      const parsed = parseJsonBody(body);
      if (parsed.ok) done(null, parsed.value);
      else done(new BodyProblem(parsed.error));
    },
  );
  app.addContentTypeParser<Buffer>(
    BINARY_TYPE,
    { parseAs: 'buffer', bodyLimit: API_LIMITS.batchBytesMax.value },
    (_request, body, done) => {
      done(null, new Uint8Array(body.buffer, body.byteOffset, body.length));
    },
  );
}
