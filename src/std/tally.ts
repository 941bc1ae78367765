/** A count for each name of a table that says what is counted. */
export type Tally<Name extends string> = Record<Name, number>;

/** Every name of the table at 0, in its order. */
export function emptyTally<Name extends string>(
  table: Readonly<Record<Name, string>>,
): Tally<Name> {
  const names = Object.keys(table) as Name[];
  return Object.fromEntries(names.map((name) => [name, 0])) as Tally<Name>;
}

export function addTally<Name extends string>(sum: Tally<Name>, more: Tally<Name>): void {
  for (const name of Object.keys(more) as Name[]) sum[name] += more[name];
}
