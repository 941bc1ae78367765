import { Option } from 'commander';
import { AlthingError } from '../client/althing-error.ts';
import { RestClient } from '../client/rest-client.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';

const DEFAULT_URL = 'http://127.0.0.1:4600';

/** `--url` of the node to ask. */
export function urlOption(): Option {
  return new Option('--url <url>', 'REST of a node').env('ALTHING_URL').default(DEFAULT_URL);
}

/** Asks one node; what it or the connection refuses becomes a CommandError. */
export async function withClient<T>(
  url: string,
  ask: (client: RestClient) => Promise<T>,
): Promise<T> {
  const client = clientOf(url);
  try {
    return await ask(client);
  } catch (error) {
    throw error instanceof AlthingError ? explainAnswer(error) : error;
  } finally {
    await client.close();
  }
}

function clientOf(url: string): RestClient {
  try {
    return new RestClient(url);
  } catch (error) {
    if (error instanceof AlthingError) throw new CommandError(EXIT.usage, error.detail);
    throw error;
  }
}

/** What a node's refusal means for the exit code. */
export function explainAnswer(error: AlthingError): CommandError {
  if (error.code === 'unreachable') {
    const hint = 'is it running? ("npm start" starts a development network)';
    return new CommandError(EXIT.unreachable, `${error.detail}; ${hint}`);
  }
  return new CommandError(refusalExit(error), error.message);
}

/** The exit code of what a node, or the client in its stead, refuses with this code and HTTP status. */
export function refusalExit({ code, status }: Pick<AlthingError, 'code' | 'status'>): ExitCode {
  if (status === 404 || status === 410) return EXIT.notFound;
  if (code === 'bad-address') return EXIT.usage;
  const isOfTransaction = code === 'malformed' || code === 'too-large';
  return isOfTransaction || status === 409 || status === 422 ? EXIT.rejected : EXIT.failed;
}
