/**
 * stock: what the newest protocol version says; its filter timeout of 2.5 s and more is made for links
 * around the world. fast: the filter timeouts of 400 ms that its own end-to-end tests use on one machine
 * (AlterConsensus and SetConsensus in test/e2e-go); no public network runs with them.
 */
export type Parameters = 'stock' | 'fast';

const FAST_NS = 400_000_000;
/** Participation keys are valid so long: some hours at either speed. */
const ROUNDS = { stock: 4000, fast: 20_000 } as const;
/** Stake of the account that pays, of 100. */
const PURSE = 4;
const PORTS = { rest: 0, peers: 20 } as const;

type Protocols = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export type Template = {
  readonly network: object;
  /** To stand as consensus.json in every node's folder; null: nothing is changed. */
  readonly consensus: object | null;
  readonly nodes: readonly string[];
  /** For the others to connect to. */
  readonly addresses: readonly string[];
  readonly title: string;
};

/** Equal validators, all of them relays, so that each can be connected to each. `protocols`: `goal protocols`. */
export function algorandTemplate(
  validators: number,
  parameters: Parameters,
  portBase: number,
  protocols: Protocols,
): Template {
  const newest = newestOf(protocols);
  const numbers = Array.from({ length: validators }, (_, at) => at + 1);
  const stake = (100 - PURSE) / validators;
  const wallets = numbers.map((n) => ({ Name: `W${n}`, Stake: stake, Online: true }));
  const purse = { Name: 'Purse', Stake: PURSE, Online: false };
  const fast = {
    ...protocols[newest],
    ApprovedUpgrades: {},
    AgreementFilterTimeout: FAST_NS,
    AgreementFilterTimeoutPeriod0: FAST_NS,
  };
  const addresses = numbers.map((n) => `127.0.0.1:${portBase + PORTS.peers + n}`);
  return {
    network: {
      Genesis: {
        NetworkName: 'private',
        ConsensusProtocol: newest,
        LastPartKeyRound: ROUNDS[parameters],
        Wallets: [...wallets, purse],
      },
      Nodes: numbers.map((n) => ({
        Name: `N${n}`,
        IsRelay: true,
        Wallets: [{ Name: `W${n}` }, ...(n === 1 ? [{ Name: 'Purse' }] : [])],
        ConfigJSONOverride: JSON.stringify({
          EndpointAddress: `127.0.0.1:${portBase + PORTS.rest + n}`,
          NetAddress: addresses[n - 1],
          MaxConnectionsPerIP: 64,
        }),
      })),
    },
    consensus: parameters === 'fast' ? { [newest]: fast } : null,
    nodes: numbers.map((n) => `N${n}`),
    addresses,
    title:
      parameters === 'stock'
        ? 'stock parameters of the newest protocol'
        : 'filter timeouts of 400 ms as in its own tests, which no public network has',
  };
}

/** The version that nothing upgrades from and that something upgrades to. */
function newestOf(protocols: Protocols): string {
  const upgradesOf = (name: string) =>
    Object.keys((protocols[name]?.ApprovedUpgrades ?? {}) as object);
  const reached = new Set(Object.keys(protocols).flatMap(upgradesOf));
  const last = [...reached].filter((name) => upgradesOf(name).length === 0 && /^https:/.test(name));
  const [newest] = last;
  if (newest === undefined) throw new Error('goal lists no protocol that others upgrade to');
  return newest;
}
