/**
 * Round-trip times between sixteen regions of one large public cloud, in milliseconds, approximate.
 * Provenance: medians as public inter-region monitors showed them in 2024, rounded; no measurement of
 * ours. Good for the shape of a planet-wide network, not for statements about a provider.
 */
export const REGIONS = [
  'virginia',
  'frankfurt',
  'tokyo',
  'oregon',
  'sao-paulo',
  'singapore',
  'ireland',
  'sydney',
  'mumbai',
  'montreal',
  'stockholm',
  'seoul',
  'california',
  'cape-town',
  'bahrain',
  'ohio',
] as const;

export type Region = (typeof REGIONS)[number];

/** Rows in a fixed order of their own; row i holds the round trips to the regions before it. */
const ORDER: readonly Region[] = [
  'virginia',
  'ohio',
  'california',
  'oregon',
  'montreal',
  'sao-paulo',
  'ireland',
  'frankfurt',
  'stockholm',
  'cape-town',
  'bahrain',
  'mumbai',
  'singapore',
  'seoul',
  'tokyo',
  'sydney',
];

const ROUND_TRIPS_MS: readonly (readonly number[])[] = [
  [],
  [12],
  [62, 52],
  [65, 52, 22],
  [15, 25, 79, 60],
  [114, 124, 174, 176, 125],
  [68, 78, 130, 124, 70, 178],
  [92, 102, 150, 144, 93, 204, 26],
  [112, 120, 172, 160, 105, 216, 40, 24],
  [225, 234, 284, 276, 225, 340, 160, 156, 178],
  [178, 188, 240, 232, 172, 290, 98, 88, 110, 210],
  [188, 198, 232, 218, 190, 302, 124, 128, 144, 254, 38],
  [215, 205, 172, 164, 214, 326, 176, 164, 180, 310, 92, 60],
  [180, 170, 134, 126, 178, 296, 232, 224, 250, 380, 160, 122, 74],
  [148, 136, 108, 98, 146, 258, 204, 226, 248, 370, 160, 128, 70, 34],
  [198, 190, 139, 140, 198, 312, 258, 248, 270, 410, 184, 152, 92, 140, 110],
];

/** Between two machines of one region. */
const SAME_REGION_MS = 1;

/** One way, in microseconds, without jitter. */
export function delayUs(from: Region, to: Region): number {
  const [low, high] = [ORDER.indexOf(from), ORDER.indexOf(to)].sort((a, b) => a - b);
  const roundTripMs = ROUND_TRIPS_MS[high!]![low!] ?? SAME_REGION_MS;
  return roundTripMs * 500;
}
