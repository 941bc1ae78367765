import type { Devnet } from './layout.ts';

/**
 * What a developer needs after `npm start`. Every line that begins with curl works when pasted. `pids`: of the
 * validators, by lane.
 */
export function devnetBanner(devnet: Devnet, pids: readonly number[], command: string): string {
  const [first, second = first] = devnet.validators;
  const [alice, bob = alice] = devnet.accounts;
  const lines = [
    '',
    `  Althing development network: ${devnet.validators.length} validators`,
    `  ledger ${devnet.ledgerId}`,
    `  data   ${devnet.home} (kept between runs; --reset begins anew)`,
    '',
    '  Accounts            PUBLIC KEYS: ANYBODY CAN SPEND FROM THESE. NEVER USE THEM ELSEWHERE.',
    ...devnet.accounts.map((one, index) => accountLines(`(${index})`, one)),
    accountLines('(funding, for replays)', devnet.funding),
    '',
    '  Validators',
    ...devnet.validators.map((one) =>
      [
        `  ${one.name}`,
        `    REST    ${one.rest}`,
        `    metrics ${one.metrics}`,
        `    p2p     ${one.p2p}`,
        `    log     ${one.log}`,
        `    process ${pids[one.lane]}`,
      ].join('\n'),
    ),
  ];
  if (first === undefined || second === undefined) return lines.join('\n');
  lines.push('', '  Try');
  lines.push(`    ${first.rest} in a browser: validators, cuts and payments as they come`);
  lines.push(`    curl -s ${first.rest}/v1/status`);
  if (alice !== undefined && bob !== undefined) {
    const body = JSON.stringify({ address: bob.address, amount: '1000' });
    lines.push(
      `    curl -s ${first.rest}/dev/v1/faucet -H 'content-type: application/json' -d '${body}'`,
      `    curl -s ${second.rest}/v1/addresses/${bob.address}`,
      `    ${command} wallet send --url ${first.rest} --secret ${alice.secret} ${bob.address} 1000`,
    );
  }
  lines.push('', '  Ctrl-C stops all of it.', '');
  return lines.join('\n');
}

function accountLines(
  name: string,
  { address, balance, isPartial, secret }: Devnet['accounts'][number],
): string {
  const more = isPartial ? ' or more' : '';
  return `  ${name} ${address}\n      balance ${balance}${more}  key ${secret}`;
}
