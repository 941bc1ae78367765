// Prints a software bill of materials (CycloneDX) of what runs in production, from the lockfile alone. What changes
// with every call (serial number, time) is left out, so that two of one lockfile are equal.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = ['sbom', '--sbom-format=cyclonedx', '--package-lock-only', '--omit=dev'];
const shell = process.platform === 'win32';
const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', shell });
if (status !== 0) {
  process.stderr.write(stderr);
  process.exit(1);
}
const { serialNumber: _, ...bill } = JSON.parse(stdout);
const { timestamp: __, ...metadata } = bill.metadata;
metadata.component.name = metadata.component['bom-ref'].replace(/@[^@]*$/, '');
process.stdout.write(`${JSON.stringify({ ...bill, metadata }, null, 1)}\n`);
