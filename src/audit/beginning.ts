import path from 'node:path';
import { decodeCertificate } from '../codec/checkpoint.ts';
import { decodeSnapshotPage, type SnapshotLeaf } from '../codec/snapshot.ts';
import type { Void } from '../replica/generations/leftovers.ts';
import { openTransaction } from '../replica/ingress.ts';
import type { LedgerStore } from '../replica/ports.ts';
import { type Beginning, StopInstallation } from '../replica/state-sync/beginning.ts';
import { err, ok, type Result } from '../std/result.ts';
import type { StopState } from '../storage/stop-file.ts';
import { StopFolder } from '../storage/stop-folder.ts';
import type { Certificate } from '../types/ledger.ts';
import type { Subject } from './subject.ts';

/** What a folder begins with that has dropped generations, its certificate and its root checked. */
export type AuditedBeginning = {
  readonly beginning: Beginning;
  readonly certificate: Certificate;
  readonly leaves: readonly SnapshotLeaf[];
};

/** The newest stop state of a data folder; null: there is none, and everything is there. */
export async function stopOf({ findings }: Subject, folder: string): Promise<StopState | null> {
  const stops = stopsOf(folder);
  for (const generation of await stops.generations()) {
    const stop = await stops.read(generation);
    if (stop !== null) return stop;
    findings.add('folder-damaged', `stop state ${generation}`, 'it is not as it was written');
  }
  return null;
}

/** Puts the state into an empty store. */
export async function beginAt(
  { genesis, ledgerId, committee, verifier }: Subject,
  folder: string,
  stop: StopState,
  store: LedgerStore,
): Promise<Result<AuditedBeginning, string>> {
  const certificate = decodeCertificate(stop.certificate);
  if (!certificate.ok) return certificate;
  const parts = { store, genesis, trust: { ledgerId, committee, verifier } };
  const installation = StopInstallation.begin(parts, certificate.value);
  if (!installation.ok) return installation;
  const leaves: SnapshotLeaf[] = [];
  for await (const page of stopsOf(folder).pages(stop.generation)) {
    const decoded = decodeSnapshotPage(page);
    const added = decoded.ok ? installation.value.add(decoded.value) : decoded;
    if (!added.ok) return added;
    if (decoded.ok) leaves.push(...decoded.value);
  }
  const start = installation.value.finish(stop.records);
  if (!start.ok) return start;
  const left: Void[] = [];
  for (const { bytes, own } of stop.left) {
    const opened = openTransaction(bytes, ledgerId, verifier);
    if (!opened.ok) return err(`a transaction that was left: ${opened.error.detail}`);
    left.push({ tx: opened.value, own });
  }
  const beginning = { start: start.value, left, nowMs: 0 };
  return ok({ beginning, certificate: certificate.value, leaves });
}

function stopsOf(folder: string): StopFolder {
  return new StopFolder(path.join(folder, 'stops'));
}
