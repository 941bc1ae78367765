/**
 * A process to be killed: appends numbered payloads to a journal as fast as it can and prints, for
 * each append that resolved, the newest ordinal that is durable. Arguments: the journal's folder.
 */
import { writeSync } from 'node:fs';
import { openJournal } from './journal-fixture.ts';
import { numberedPayload } from './numbered-payload.ts';

const journal = await openJournal(process.argv[2]!, { segmentBytes: 50_000 });
for (;;) {
  const ordinal = journal.lastOrdinal + 1;
  const first = journal.append([numberedPayload(ordinal), numberedPayload(ordinal + 1)]);
  void journal.append([numberedPayload(ordinal + 2)]).then(() => writeSync(1, `${ordinal + 2}\n`));
  await first;
}
