/** Where a record stands: in which file, from which byte on, how many bytes. Each is a u32. */
export type Place = { readonly file: number; readonly at: number; readonly bytes: number };

export function isSamePlace(a: Place, b: Place): boolean {
  return a.file === b.file && a.at === b.at;
}
