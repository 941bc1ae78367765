/** One sample of a scrape: `name{labels} value`. */
type Sample = { readonly name: string; readonly labels: string; readonly value: number };

/** The metrics of several validators at one time. */
export type Scrape = readonly (readonly Sample[])[];

export async function scrape(urls: readonly string[]): Promise<Scrape> {
  return Promise.all(
    urls.map(async (url) => {
      const response = await fetch(url);
      return parse(await response.text());
    }),
  );
}

function parse(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = /^(\w+)(\{.*\})? (\S+)$/.exec(line) ?? [];
    if (name !== undefined) samples.push({ name, labels, value: Number(value) });
  }
  return samples;
}

/** Sum over all validators of what `name` grew by between two scrapes, where the labels contain `label`. */
export function growth(before: Scrape, after: Scrape, name: string, label = ''): number {
  return total(after, name, label) - total(before, name, label);
}

export function total(scraped: Scrape, name: string, label = ''): number {
  const isMeant = (sample: Sample) => sample.name === name && sample.labels.includes(label);
  return scraped.flat().reduce((sum, sample) => sum + (isMeant(sample) ? sample.value : 0), 0);
}

/** The label values of `name` by one label. */
export function labelValues(scraped: Scrape, name: string, label: string): readonly string[] {
  const pattern = new RegExp(`${label}="([^"]*)"`);
  const found = new Set<string>();
  for (const sample of scraped.flat()) {
    const value = sample.name === name ? pattern.exec(sample.labels)?.[1] : undefined;
    if (value !== undefined) found.add(value);
  }
  return [...found].sort();
}
