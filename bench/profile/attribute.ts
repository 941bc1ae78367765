/** What V8 writes: a tree of frames, and which leaf each sample was in. */
export type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
};

export const PARTS = [
  'verify',
  'hash+codec',
  'protocol',
  'network',
  'storage',
  'http',
  'root',
  'loop',
  'gc',
  'engine',
] as const;
/** loop: the node's own driver and bookkeeping; engine: V8 and libuv outside of any frame. */
export type Part = (typeof PARTS)[number];

export type Attribution = {
  readonly busyUs: number;
  readonly byPart: ReadonlyMap<Part, number>;
  /** Self time by function: "folder/file function" to microseconds. */
  readonly byFunction: ReadonlyMap<string, number>;
};

const FOLDER_PARTS: Readonly<Record<string, Part>> = {
  codec: 'hash+codec',
  crypto: 'hash+codec',
  replica: 'protocol',
  dag: 'protocol',
  dependency: 'protocol',
  consensus: 'protocol',
  iss: 'protocol',
  execution: 'protocol',
  ledger: 'protocol',
  committee: 'protocol',
  network: 'network',
  membership: 'network',
  storage: 'storage',
  api: 'http',
  node: 'loop',
  metrics: 'loop',
};

/** A longer key goes before a shorter one that it begins with. */
const FILE_PARTS: readonly (readonly [string, Part])[] = [
  ['crypto/verify', 'verify'],
  ['node/verification/', 'verify'],
  ['node/peers/peer-', 'network'],
  ['node/clients/submissions', 'http'],
  ['ledger/state-', 'root'],
];

const PACKAGE_PARTS: readonly (readonly [RegExp, Part])[] = [
  [/secp256k1/, 'verify'],
  [/libp2p|chainsafe|multiformats|uint8|yamux|mortice|it-|race-|any-signal/, 'network'],
  [/level|napi-macros/, 'storage'],
  [/fastify|find-my-way|avvio|light-my-request|ajv|secure-json|rfdc|typebox/, 'http'],
  [/noble/, 'hash+codec'],
];

/** Modules of Node by who in a validator works through them. */
const NODE_PARTS: readonly (readonly [RegExp, Part])[] = [
  [/http/, 'http'],
  [/fs/, 'storage'],
  [/net|stream|tls/, 'network'],
];

type Frame = CpuProfile['nodes'][number]['callFrame'];

/**
 * Self time by part and function. Time in Node's own frames and in native functions belongs to the
 * nearest caller that is a file of the project or of a package; everything below a root job is `root`.
 */
export function attribute(profile: CpuProfile): Attribution {
  const parents = new Map<number, number>();
  const frames = new Map<number, Frame>();
  for (const { id, callFrame, children = [] } of profile.nodes) {
    frames.set(id, callFrame);
    for (const child of children) parents.set(child, id);
  }
  const spent = new Map<number, number>();
  profile.samples.forEach((id, at) => {
    spent.set(id, (spent.get(id) ?? 0) + Math.max(0, profile.timeDeltas[at] ?? 0));
  });
  const byPart = new Map<Part, number>();
  const byFunction = new Map<string, number>();
  let busyUs = 0;
  for (const [id, us] of spent) {
    const stack = stackOf(id, frames, parents);
    const [leaf] = stack;
    if (leaf === undefined || leaf.functionName === '(idle)' || isProfiler(leaf, stack)) continue;
    busyUs += us;
    add(byPart, partOf(stack), us);
    add(byFunction, nameOf(stack), us);
  }
  return { busyUs, byPart, byFunction };
}

function stackOf(
  id: number,
  frames: ReadonlyMap<number, Frame>,
  parents: ReadonlyMap<number, number>,
): Frame[] {
  const stack: Frame[] = [];
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const frame = frames.get(at);
    if (frame !== undefined) stack.push(frame);
  }
  return stack;
}

/** The profiler's own work, e.g. writing the profile down. */
function isProfiler({ functionName }: Frame, stack: readonly Frame[]): boolean {
  const isInspector = ({ url }: Frame) => /^node:.*inspector|profile\/preload/.test(url);
  return functionName === 'dispatch' || stack.some(isInspector);
}

function partOf(stack: readonly Frame[]): Part {
  if (stack[0]?.functionName === '(garbage collector)') return 'gc';
  if (stack.some(({ functionName }) => functionName === 'rootWork')) return 'root';
  for (const frame of stack) {
    const part = partOfFrame(frame);
    if (part !== null) return part;
  }
  const modules = stack.find(({ url }) => url.startsWith('node:'));
  return NODE_PARTS.find(([pattern]) => pattern.test(modules?.url ?? ''))?.[1] ?? 'engine';
}

/** null: the caller says whose time it is. */
function partOfFrame({ url }: Frame): Part | null {
  const file = projectFile(url);
  if (file !== null) {
    const special = FILE_PARTS.find(([prefix]) => file.startsWith(prefix));
    return special?.[1] ?? FOLDER_PARTS[file.slice(0, file.indexOf('/'))] ?? null;
  }
  const name = packageOf(url);
  if (name === null) return null;
  return PACKAGE_PARTS.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** "folder/file" below src, without its ending; null for anything else. */
function projectFile(url: string): string | null {
  if (url.includes('/node_modules/')) return null;
  return /\/src\/(.+)\.[jt]s$/.exec(url)?.[1] ?? null;
}

function packageOf(url: string): string | null {
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? null;
}

/** The function itself, and for a native one or Node's own who called it. */
function nameOf(stack: readonly Frame[]): string {
  const [leaf] = stack as [Frame];
  const own = `${whereOf(leaf)} ${leaf.functionName || '(anonymous)'}`.trim();
  if (projectFile(leaf.url) !== null || packageOf(leaf.url) !== null) return own;
  if (leaf.functionName.startsWith('(')) return own;
  const caller = stack.find(({ url }) => projectFile(url) !== null || packageOf(url) !== null);
  return caller === undefined ? own : `${own} < ${whereOf(caller)} ${caller.functionName}`;
}

function whereOf({ url, lineNumber }: Frame): string {
  const file = projectFile(url) ?? packageOf(url);
  if (file === null) return url.startsWith('node:') ? url : '';
  return projectFile(url) === null ? file : `${file}:${lineNumber + 1}`;
}

function add<K>(map: Map<K, number>, key: K, us: number): void {
  map.set(key, (map.get(key) ?? 0) + us);
}

/** Adds up attributions, e.g. of all validators. */
export function merge(all: readonly Attribution[]): Attribution {
  const byPart = new Map<Part, number>();
  const byFunction = new Map<string, number>();
  for (const one of all) {
    for (const [part, us] of one.byPart) add(byPart, part, us);
    for (const [name, us] of one.byFunction) add(byFunction, name, us);
  }
  return { busyUs: all.reduce((sum, { busyUs }) => sum + busyUs, 0), byPart, byFunction };
}
