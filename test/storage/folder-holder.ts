/** A process that opens a data folder, says so, and holds it until it is killed. Arguments: the folder. */
import { writeSync } from 'node:fs';
import { openFolder } from '../../src/storage/folder.ts';
import { FOLDER_IDENTITY } from './journal-fixture.ts';

const opened = await openFolder(process.argv[2]!, FOLDER_IDENTITY);
writeSync(1, opened.ok ? 'open\n' : `${opened.error.code}\n`);
if (opened.ok) setInterval(() => {}, 1_000_000);
