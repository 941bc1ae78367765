// Ends with 0 if the node of this container answers that it is alive. Needs nothing but Node.js.
import { get } from 'node:http';

const port = process.env.ALTHING_REST__PORT ?? '4600';
const request = get({ host: '127.0.0.1', port, path: '/livez', timeout: 2000 }, (answer) => {
  answer.resume();
  process.exitCode = answer.statusCode === 200 ? 0 : 1;
});
request.on('timeout', () => request.destroy(new Error(`no answer on port ${port}`)));
request.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
