import { existsSync, readdirSync, readlinkSync } from 'node:fs';

const OWN = '/proc/self/fd';
/** Linux tells which files this process has open. */
export const SEES_DESCRIPTORS = existsSync(OWN);

/** The files below the folder that this process has open, each as often as it has; nothing elsewhere than on Linux. */
export function openBelow(folder: string): string[] {
  if (!SEES_DESCRIPTORS) return [];
  return readdirSync(OWN)
    .map((fd) => targetOf(`${OWN}/${fd}`))
    .filter((target) => target.startsWith(folder))
    .sort();
}

/** That by which the list was read is closed by now. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
