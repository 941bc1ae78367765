import { InvalidArgumentError, Option } from 'commander';
import { AlthingError } from '../../client/althing-error.ts';
import { originOf } from '../../client/http.ts';
import { RestClient } from '../../client/rest-client.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';

const DEFAULT_URL = 'http://127.0.0.1:4600';

/** `--url` of the node to ask. */
export function urlOption(): Option {
  return new Option('--url <url>', 'REST of a node')
    .env('ALTHING_URL')
    .default(DEFAULT_URL)
    .argParser(nodeUrl);
}

/** Where a node serves REST. */
function nodeUrl(text: string): string {
  try {
    return originOf(text);
  } catch (error) {
    if (error instanceof AlthingError) throw new InvalidArgumentError(`${error.detail}.`);
    throw error;
  }
}

/** The same of an option that may be given several times. */
export function nodeUrls(text: string, before: readonly string[] = []): string[] {
  return [...before, nodeUrl(text)];
}

/** Asks one node; what it or the connection refuses becomes a CommandError. */
export async function withClient<T>(
  url: string,
  ask: (client: RestClient) => Promise<T>,
): Promise<T> {
  const client = new RestClient(url);
  try {
    return await ask(client);
  } catch (error) {
    throw error instanceof AlthingError ? explainAnswer(error) : error;
  } finally {
    await client.close();
  }
}

/** What a node's refusal means for the exit code. */
export function explainAnswer(error: AlthingError): CommandError {
  if (error.code === 'unreachable') {
    const hint = 'is it running? ("npm start" starts a development network)';
    return new CommandError(EXIT.unreachable, `${error.detail}; ${hint}`);
  }
  const hint = error.code === 'bad-answer' ? '; is that the REST of a node?' : '';
  return new CommandError(refusalExit(error), `${error.message}${hint}`);
}

/** The exit code of what a node, or the client in its stead, refuses with this code and HTTP status. */
export function refusalExit({ code, status }: Pick<AlthingError, 'code' | 'status'>): ExitCode {
  // Whatever answers there, it is no node: its 404 says nothing of the ledger.
  if (code === 'bad-answer') return EXIT.failed;
  if (status === 404 || status === 410) return EXIT.notFound;
  if (code === 'bad-address') return EXIT.usage;
  const isOfTransaction = code === 'malformed' || code === 'too-large';
  return isOfTransaction || status === 409 || status === 422 ? EXIT.rejected : EXIT.failed;
}
