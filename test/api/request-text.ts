/** Requests as they are on the wire, their ends left to whoever sends them. */

export const getText = (path: string, ...headers: readonly string[]) =>
  [`GET ${path} HTTP/1.1`, 'host: localhost', 'connection: close', ...headers, '', ''].join('\r\n');
export const submissionHead = (...headers: readonly string[]) =>
  [
    'POST /v1/transactions HTTP/1.1',
    'host: localhost',
    'content-type: application/octet-stream',
    ...headers,
    '',
    '',
  ].join('\r\n');
