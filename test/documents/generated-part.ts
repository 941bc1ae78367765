/** A part of a page of docs/ that is written by a program, between two marks. */
export type GeneratedPart = { readonly begin: string; readonly end: string };

/** The page with `text` as this part of it. */
export function withPart(page: string, { begin, end }: GeneratedPart, text: string): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`the page has no place for what stands between ${begin} and ${end}`);
  }
  return `${before}${begin}\n${text}${end}${after}`;
}
