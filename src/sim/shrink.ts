import { faultsOf } from '../committee/committee.ts';
import type { CheckerName } from './checkers/names.ts';
import { runScenario } from './run.ts';
import type { FaultRates, Scenario, WorkloadRates } from './traits.ts';
import type { CreateMachine } from './world/world.ts';

/** So many runs are spent on making one failure smaller. */
const RUNS_MAX = 150;

const FAULT_KINDS = [
  'crashEveryMs',
  'cutEveryMs',
  'oneWay',
  'grayEveryMs',
  'clockJumpEveryMs',
  'diskErrorEveryMs',
  'late',
  'away',
] as const satisfies readonly (keyof FaultRates)[];

const WORKLOAD_KINDS = [
  'invalid',
  'multi',
  'copies',
  'chains',
  'doubleSpends',
] as const satisfies readonly (keyof WorkloadRates)[];

/**
 * The smallest scenario found that fails by the same checker: fewer validators, liars, payments, kinds of
 * fault, less time. Greedy: each step takes the first smaller one that still fails.
 */
export function shrink(
  failing: Scenario,
  checker: CheckerName,
  createMachine: CreateMachine,
): Scenario {
  let smallest = failing;
  let runs = 0;
  const fails = (scenario: Scenario): boolean => {
    runs++;
    const { violations } = runScenario(scenario, createMachine);
    return violations.some((violation) => violation.checker === checker);
  };
  for (let progress = true; progress; ) {
    progress = false;
    for (const smaller of smallerThan(smallest)) {
      if (runs >= RUNS_MAX) return smallest;
      if (!fails(smaller)) continue;
      smallest = smaller;
      progress = true;
      break;
    }
  }
  return smallest;
}

function* smallerThan(scenario: Scenario): Generator<Scenario> {
  const { n, byzantine, workload, faults, network, rounds, faultMs, attacks } = scenario;
  const fewer = withoutLast(scenario);
  if (fewer !== null) yield fewer;
  if (faultMs > 500) yield { ...scenario, faultMs: faultMs >> 1 };
  if (workload.payments > 1) {
    yield { ...scenario, workload: { ...workload, payments: workload.payments >> 1 } };
  }
  for (const lane of byzantine.keys()) {
    yield { ...scenario, byzantine: new Map([...byzantine].filter(([other]) => other !== lane)) };
  }
  if (rounds !== undefined) {
    const { rounds: _, ...rest } = scenario;
    yield rest;
    const groups = rounds.groups.slice(0, -1);
    if (groups.length > 0) yield { ...scenario, rounds: { ...rounds, groups } };
  }
  if (scenario.savepoints !== undefined) {
    const { savepoints: _, ...rest } = scenario;
    yield rest;
  }
  for (const kind of FAULT_KINDS) {
    if (faults[kind] !== 0) yield { ...scenario, faults: { ...faults, [kind]: 0 } };
  }
  if (faults.frozen.length > 0) yield { ...scenario, faults: { ...faults, frozen: [] } };
  for (const rate of ['lossRate', 'duplicateRate', 'jitter'] as const) {
    if (network[rate] !== 0) yield { ...scenario, network: { ...network, [rate]: 0 } };
  }
  for (const kind of WORKLOAD_KINDS) {
    if (workload[kind] !== 0) yield { ...scenario, workload: { ...workload, [kind]: 0 } };
  }
  if (attacks.length > 1) yield { ...scenario, attacks: attacks.slice(1) };
  if (n > 1 && workload.payments > 1) {
    yield { ...scenario, workload: { ...workload, payments: workload.payments - 1 } };
  }
}

/** One validator less, if the liars are then not too many; null otherwise. */
function withoutLast(scenario: Scenario): Scenario | null {
  const { n, hosts, byzantine, rounds, faults } = scenario;
  const left = new Map([...byzantine].filter(([lane]) => lane < n - 1));
  if (n <= 4 || left.size + faults.frozen.length > faultsOf(n - 1)) return null;
  const moved = (seat: number) => (seat < n ? seat : seat - 1);
  const groups = rounds?.groups.map((round) =>
    round.map((group) => group.filter((seat) => seat % n !== n - 1).map(moved)),
  );
  return {
    ...scenario,
    n: n - 1,
    hosts: hosts.slice(0, -1),
    byzantine: left,
    ...(rounds === undefined || groups === undefined ? {} : { rounds: { ...rounds, groups } }),
  };
}

/** A test of test/sim/regressions.test.ts, ready to be pasted: `drawn` is what the source `draw` gives. */
export function regressionTest(
  draw: string,
  drawn: Scenario,
  shrunk: Scenario,
  checker: CheckerName,
): string {
  const before = plain(drawn);
  const changes = Object.entries(plain(shrunk))
    .filter(([name, value]) => value !== before[name])
    .map(([name, value]) => `    ${name}: ${value},`);
  const after = plain(shrunk);
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  const kept = gone.map((name) => `${name}: _${name}, `).join('');
  return [
    `  it('seed ${drawn.seed} of ${drawn.n} validators: ${checker}', () => {`,
    `    const { ${kept}...drawn } = ${draw};`,
    '    holds({',
    '      ...drawn,',
    ...changes.map((line) => `  ${line}`),
    '    });',
    '  });',
  ].join('\n');
}

/** Every field as source text. */
function plain(scenario: Scenario): Record<string, string> {
  const { byzantine, ...rest } = scenario;
  const fields = Object.entries(rest).map(([name, value]) => [name, JSON.stringify(value)]);
  return {
    ...Object.fromEntries(fields),
    byzantine: `new Map(${JSON.stringify([...byzantine])})`,
  };
}
