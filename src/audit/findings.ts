/** What an audit can find wrong. Codes are stable; docs/AUDIT.md lists this table. */
export const FINDINGS = {
  'foreign-genesis': 'The folder, a segment or a block belongs to another ledger or validator.',
  'folder-damaged':
    'The marker of the folder is missing or not readable, or a stop state is not as it was written, or not what its certificate says.',
  'journal-damaged': 'A segment is missing, or a record does not match its checksum or its place.',
  'bad-block': 'A record is no canonical block of this ledger.',
  'bad-signature': 'A signature of a block, of a checkpoint vote or of a transaction is wrong.',
  'missing-block': 'A block names one that does not stand before it.',
  'duplicate-block': 'One block stands in the journal twice.',
  'own-equivocation': 'The validator itself signed two blocks with one seq.',
  inadmissible: 'A block breaks a rule of admission in its history.',
  'state-diverged': 'A quorum signed another checkpoint than the one that the blocks give.',
  contradiction: 'The blocks lead the code to what it says cannot be.',
  'bad-certificate': 'A certificate lacks right signatures of a quorum, or a link of the chain.',
  'ledger-differs': 'The ledger of an epoch does not add up, or its roots are not those signed.',
  'definition-differs': 'The definitions, evaluated naively, say otherwise than the replay.',
  'checkpoint-differs': 'A certified checkpoint from elsewhere is not the one of this folder.',
  'checkpoint-missing': 'The folder ends before a checkpoint that is known to be certified.',
  'store-damaged': 'The store cannot be read, or an entry is not what the journal implies.',
  'store-ahead': 'The store knows more than the journal: the journal was cut off.',
} as const satisfies Record<string, string>;

export type FindingCode = keyof typeof FINDINGS;

export type Finding = {
  readonly code: FindingCode;
  /** Record, block, epoch or file. */
  readonly where: string;
  readonly detail: string;
};

/** More are counted, not kept: one fault can show in every block that follows. */
const FINDINGS_KEPT = 100;

/** Collects what is wrong, and beside it what is worth knowing. */
export class Findings {
  readonly list: Finding[] = [];
  readonly notes: string[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(code: FindingCode, where: string, detail: string): void {
    this.#count += 1;
    if (this.list.length < FINDINGS_KEPT) this.list.push({ code, where, detail });
  }

  note(text: string): void {
    if (this.notes.length < FINDINGS_KEPT) this.notes.push(text);
  }
}
