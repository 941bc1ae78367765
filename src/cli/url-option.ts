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
  let client: RestClient;
  try {
    client = new RestClient(url);
  } catch {
    throw new CommandError(EXIT.usage, `"${url}" is not a URL`);
  }
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
  return new CommandError(exitCodeOf(error), error.message);
}

function exitCodeOf({ code, status }: AlthingError): ExitCode {
  if (code === 'not-found' || code === 'not-yet') return EXIT.notFound;
  if (code === 'busy' || code === 'not-ready' || code === 'bad-answer') return EXIT.failed;
  return status >= 400 && status < 500 ? EXIT.rejected : EXIT.failed;
}
