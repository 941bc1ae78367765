/** The arguments of a script that has no options; answers --help, and a wrong command line with code 2. */
export function argumentsOf(help, least = 0) {
  const given = process.argv.slice(2);
  if (given.includes('--help')) {
    process.stdout.write(`${help}\n`);
    process.exit(0);
  }
  const option = given.find((one) => one.startsWith('-'));
  if (option === undefined && given.length >= least) return given;
  const complaint = option === undefined ? '' : `Unknown option '${option}'\n\n`;
  process.stderr.write(`${complaint}${help}\n`);
  process.exit(2);
}
