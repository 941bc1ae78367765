import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SCRIPT, STYLE } from './viewer.ts';

const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const HEADERS = {
  'content-security-policy': `default-src 'none'; script-src ${digest(SCRIPT)}; style-src ${digest(STYLE)}; connect-src 'self'`,
  'cache-control': 'no-store',
};

export type Pictures = {
  /** The page as it is now. */
  draw(): Promise<string>;
  /** Is there a newer block than this one? */
  isNewer(digest: string): Promise<boolean>;
};

/** Serves a page that follows, on loopback and a free port. What cannot be drawn is told in its place. */
export async function servePictures(
  pictures: Pictures,
): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    answer(request, response, pictures).catch((cause: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(`${cause}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  { url = '' }: IncomingMessage,
  response: ServerResponse,
  { draw, isNewer }: Pictures,
): Promise<void> {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  if (pathname === '/newer') {
    const isThere = await isNewer(searchParams.get('than') ?? '');
    response.writeHead(isThere ? 200 : 204, HEADERS).end();
  } else if (pathname === '/') {
    const page = await draw();
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/html; charset=utf-8' }).end(page);
  } else response.writeHead(404, HEADERS).end();
}
