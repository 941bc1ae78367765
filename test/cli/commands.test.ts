import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { refusalExit } from '../../src/cli/options/url-option.ts';
import { outputProofToJson } from '../../src/codec/proof-json.ts';
import { devNetwork } from '../../src/devnet/dev-network.ts';
import { readGenesisFile, writeGenesisFile } from '../../src/node/folder/genesis-file.ts';
import { ERRORS } from '../../src/types/errors.ts';
import type { TxId } from '../../src/types/ids.ts';
import { althing } from '../cluster/processes.ts';
import { projectFolder } from '../project/files.ts';
import { CertifiedChain } from '../state-sync/certified-chain.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { ends } from './ends.ts';

/** The command line as a process: what it prints where, and what it ends with. */
describe('the command line', { timeout: 600_000 }, () => {
  const folder = temporaryFolder({ after });
  const at = (...names: string[]) => path.join(folder, ...names);

  it('tells wrong usage from failure', async () => {
    await ends(2, /Did you mean status/, 'statsu');
    await ends(2, /missing required argument/, 'replay');
    await ends(2, /whole number from 1 to 100/, 'devnet', '--validators', '101');
    await ends(2, /not a txid/, 'tx', 'status', 'abc');
    await ends(2, /whose\? Give --key/, 'wallet', 'balance', '--url', 'http://127.0.0.1:9');
    await ends(
      2,
      /cannot be used with/,
      'wallet',
      'send',
      '--key',
      'k',
      '--phrase',
      'p',
      'to',
      '1',
    );
    const silent = 'http://127.0.0.1:9';
    await ends(
      5,
      /^althing: http:\S+ does not answer .*; is it running\?/,
      'status',
      '--url',
      silent,
    );
    await ends(2, /without a path/, 'status', '--url', 'http://127.0.0.1:9/validator-1');
    await ends(2, /'validator-1' is invalid.* is not a URL/, 'observe', '--from', 'validator-1');
    const trace = path.join(projectFolder, 'traces', 'uniform-400.utxo.ndjson');
    await ends(2, /'validator-1' is invalid/, 'replay', trace, '--target', 'validator-1');
    await ends(2, /no validator is left/, 'sim', '--validators', '4,5', '--byzantine', '4');
    await ends(2, /whole number from 4 to 16/, 'sim', '--validators', '3');
    await ends(1, /absent: cannot be read/, 'replay', at('absent'));
    const asJson = await ends(2, /no command/, 'tx', '--json');
    assert.equal(JSON.parse(asJson.err).exitCode, 2);
    const help = await althing('--help');
    assert.equal(help.code, 0);
    assert.match(help.out, /Exit codes: 0 done/);
  });

  it('ends by whether a payment, the question or the node is at fault', () => {
    const codes = {
      'not-found': 3,
      'not-yet': 3,
      pruned: 3,
      'bad-address': 2,
      'input-spent': 4,
      'bad-signature': 4,
      malformed: 4,
      'too-large': 4,
      'rate-limited': 1,
      'request-timeout': 1,
      busy: 1,
      'not-ready': 1,
      internal: 1,
    } as const;
    assert.equal(refusalExit({ code: 'bad-answer', status: 404 }), 1, 'no node answers there');
    for (const [code, exit] of Object.entries(codes)) {
      const known = code as keyof typeof codes;
      assert.equal(refusalExit({ code: known, status: ERRORS[known].status }), exit, code);
    }
  });

  it('says what the system refuses, and what was found all the same', async () => {
    const options = ['--seeds', '1', '--kind', 'spark', '--report', at('absent', 'report')];
    const { out } = await ends(1, /^\{"error":"ENOENT[^\n]*\n$/, 'sim', ...options, '--json');
    assert.equal(JSON.parse(out).runs, 1);
  });

  it('simulates how long payments take around the world, whoever is slow or gone', async () => {
    const ran = await althing('--json', 'latency', '--validators', '4');
    assert.equal(ran.code, 0, ran.err);
    const rows: { condition: string; p50Delays: number }[] = JSON.parse(ran.out);
    assert.deepEqual(
      rows.map(({ condition }) => condition),
      ['all well', 'one crashed', 'one ten times slower'],
    );
    for (const { condition, p50Delays } of rows) assert.ok(p50Delays < 3, condition);
    await ends(2, /whole number from 4 to 16/, 'latency', '--validators', '4,3');
  });

  it('makes keys that only their owner can read', async () => {
    const file = at('a.key');
    const made = await althing('--json', 'key', 'new', file);
    assert.equal(made.code, 0, made.err);
    assert.equal(statSync(file).mode & 0o077, 0);
    const shown = await althing('key', 'show', file, '--json');
    assert.deepEqual(JSON.parse(shown.out), JSON.parse(made.out));
    const { publicKey, address } = JSON.parse(shown.out);
    assert.equal((await althing('key', 'address', publicKey)).out.trim(), address);
    await ends(1, /EEXIST/, 'key', 'new', file);
    await ends(2, /not BIP39/, 'key', 'new', at('b.key'), '--phrase', 'one two');
    await ends(2, /1 to 16 lower-case letters/, 'key', 'new', at('b.key'), '--prefix', 'a b');
    await ends(2, /are of a --phrase/, 'key', 'new', at('b.key'), '--account', '1');
    const phrase = ['--phrase', `${'abandon '.repeat(11)}about`];
    await ends(2, /whole number/, 'key', 'new', at('b.key'), ...phrase, '--index', '2147483648');
    assert.equal(existsSync(at('b.key')), false);
  });

  it('lays out a network: one folder per validator, one genesis, no key twice', async () => {
    const out = at('net');
    const made = await althing('genesis', 'new', '--out', out, '--validators', '3', '--json');
    assert.equal(made.code, 0, made.err);
    assert.match(made.err, /nobody owns anything.*\n.*--bootstrap/);
    const { ledgerId, quorum } = JSON.parse(made.out);
    assert.equal(quorum, 2);
    const keys = [0, 1, 2].map((lane) => {
      const own = path.join(out, `validator-${lane}`);
      assert.equal(statSync(path.join(own, 'validator.key')).mode & 0o077, 0);
      assert.ok(existsSync(path.join(own, 'althing.toml')));
      assert.equal(readGenesisFile(path.join(own, 'genesis.json')).committee.length, 3);
      return readFileSync(path.join(own, 'validator.key'), 'utf8');
    });
    assert.equal(new Set(keys).size, 3);
    const shown = await althing('genesis', 'show', path.join(out, 'validator-1', 'genesis.json'));
    assert.match(shown.out, new RegExp(ledgerId));
    assert.match(shown.out, /sharedChecks +false\n/);
    for (const options of [[], ['--no-shared-checks']]) {
      const four = await althing(
        'genesis',
        'new',
        '--out',
        at(`four${options}`),
        '--json',
        ...options,
      );
      const { sharedChecks, genesis } = JSON.parse(four.out);
      assert.equal(sharedChecks, options.length === 0);
      assert.equal(genesis.params.sharedChecks, options.length === 0 ? true : undefined);
    }
    await ends(1, /exists/, 'genesis', 'new', '--out', out);
    const refused = ['genesis', 'new', '--out', at('x')];
    await ends(2, /--output nobody=5: not a bech32m text/, ...refused, '--output', 'nobody=5');
    await ends(2, /--output nobody: not ADDRESS=AMOUNT/, ...refused, '--output', 'nobody');
    await ends(2, /--min-fee: "-1" is not an amount/, ...refused, '--min-fee', '-1');
    await ends(2, /cannot be used with/, ...refused, '--dev', '--prefix', 'alth');
    await ends(7, /--bootstrap: here is not a multiaddr/, ...refused, '--bootstrap', 'here');
    await ends(2, /1 to 16 lower-case letters/, ...refused, '--prefix', 'ALTHT');
    await ends(2, /name: not 1 to 64 letters/, ...refused, '--name', 'a/b');
    const owner = await althing('key', 'new', at('owner.key'), '--prefix', 'altht', '--json');
    const { address } = JSON.parse(owner.out);
    await ends(2, /--output: "01" is not an amount/, ...refused, '--output', `${address}=01`);
    const outputs = [2n ** 64n - 1n, 1n].flatMap((sum) => ['--output', `${address}=${sum}`]);
    await ends(2, /the sum of all outputs exceeds/, ...refused, ...outputs);
    assert.equal(existsSync(at('x')), false);
    if (!existsSync('/proc/self')) return;
    await ends(1, /mkdir '\/proc\/none'/, 'genesis', 'new', '--out', '/proc/none');
    await ends(1, /mkdir '\/proc\/none'/, 'devnet', '--home', '/proc/none', '--port-base', '0');
  });

  it('checks no proof that is none', async () => {
    const file = at('proof.json');
    const genesis = at('net', 'validator-2', 'genesis.json');
    writeFileSync(file, '{"outcome":{}}');
    await ends(4, /not proved/, 'verify', file, '--genesis', genesis);
    await ends(1, /cannot be read/, 'verify', at('absent'), '--genesis', genesis);
  });

  it('says which outputs a proof shows to be unspent', async () => {
    const { cluster } = new CertifiedChain();
    const [genesis, file] = [at('chain.json'), at('outputs.json')];
    writeGenesisFile(genesis, cluster.genesis);
    const shown = async (txid: TxId) => {
      const proof = cluster.replicas[1]?.outputProof(txid);
      assert.ok(proof);
      writeFileSync(file, JSON.stringify(outputProofToJson(proof)));
      const { code, out, err } = await althing('verify', file, '--genesis', genesis);
      assert.equal(code, 0, err);
      return out;
    };
    assert.match(await shown(cluster.coin(49).txid), /has unspent outputs \(0, 1\) in the ledger/);
    assert.match(await shown('00'.repeat(32) as TxId), /has no unspent output in the ledger/);
  });

  it('generates the same development keys for the same seed', () => {
    assert.deepEqual(devNetwork(4, 2, null), devNetwork(4, 2, null));
    const [one, other] = ['a', 'b'].map(
      (seed) => [...devNetwork(1, 1, seed).genesis.outputs][0]?.lock,
    );
    assert.notEqual(one, other);
  });
});
