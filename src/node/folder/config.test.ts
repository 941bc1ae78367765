import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dumpSettings, envName, readSettings, toConfig, writeConfigFile } from './config.ts';

function config(file: string | undefined, env = {}, flags = {}) {
  const settings = readSettings({ file, env, flags });
  assert.ok(settings.ok, settings.ok ? '' : settings.error);
  return toConfig(settings.value);
}

function complaint(file: string | undefined, env = {}, flags = {}): string {
  const settings = readSettings({ file, env, flags });
  assert.ok(!settings.ok);
  return settings.error;
}

describe('config', () => {
  it('prefers flag to environment to file to default', () => {
    const file = 'version = 1\n[rest]\nport = 1\nhost = "::1"\n[metrics]\nport = 2\n';
    const env = { ALTHING_REST__PORT: '3', ALTHING_METRICS__PORT: '4', ALTHING_HOME: 'x' };
    const read = config(file, env, { 'rest.port': '5' });
    assert.deepEqual(read.rest, { host: '::1', port: 5, page: false });
    assert.equal(read.metrics.port, 4);
    assert.equal(read.log.level, 'info');
  });

  it('O6: names the nearest setting when one is unknown, wherever it stands', () => {
    assert.match(complaint('version = 1\n[rest]\nprot = 1\n'), /"rest\.prot".*"rest\.port"/);
    assert.match(complaint('version = 1\nrest = 1\n'), /unknown setting "rest"/);
    assert.match(complaint(undefined, { ALTHING_REST__PROT: '1' }), /ALTHING_REST__PORT/);
    assert.match(complaint(undefined, { ALTHING_REST_PORT: '1' }), /ALTHING_REST__PORT/);
    assert.match(complaint(undefined, {}, { 'log.levle': 'info' }), /log\.level/);
    assert.match(complaint(undefined, {}, { constructor: 'info' }), /unknown setting/);
    assert.match(complaint('version = 1\n[rset]\n'), /unknown setting "rset"/);
    assert.match(complaint('version = 1\nrest = 2026-11-23\n'), /unknown setting "rest"/);
    assert.equal(config('version = 1\n[rest]\n').rest.port, 4600);
  });

  it('refuses values of the wrong kind or out of range', () => {
    assert.match(complaint('version = 1\n[rest]\nport = "80"\n'), /rest\.port must be a whole/);
    assert.match(complaint(undefined, {}, { 'rest.port': '65536' }), /from 0 to 65535/);
    assert.match(complaint(undefined, {}, { 'rest.port': '-1' }), /"-1"/);
    assert.match(complaint(undefined, {}, { 'policy.mempoolBytesMax': '99999' }), /from 100000 to/);
    assert.match(complaint(undefined, {}, { 'log.level': 'loud' }), /one of trace/);
    assert.match(complaint(undefined, {}, { 'dev.faucet': 'yes' }), /true or false/);
    assert.match(complaint('version = 1\n[rest]\nport = nan\n'), /it is NaN/);
    for (const name of ['rest.host', 'metrics.host']) {
      assert.match(complaint(undefined, { [envName(name)]: '' }), /must not be empty/);
    }
    assert.match(complaint('version = 1\n[p2p]\nbootstrap = "x"\n'), /list of texts/);
  });

  it('refuses files that are not TOML or of another version', () => {
    assert.match(complaint('version = '), /not valid TOML/);
    assert.match(complaint('version = 2'), /version must be 1/);
    assert.match(complaint('[rest]\nport = 1'), /missing/);
    assert.match(complaint('version.n = ""'), /it is \{"n":""\}/);
  });

  it('reads back what it writes and what it dumps', () => {
    const file = writeConfigFile({ 'rest.port': 7, 'p2p.bootstrap': ['a', 'b'], 'node.key': '' });
    const read = config(file);
    assert.equal(read.rest.port, 7);
    assert.deepEqual(read.p2p.bootstrap, ['a', 'b']);
    const settings = readSettings({ file, env: {}, flags: {} });
    assert.ok(settings.ok);
    assert.deepEqual(config(dumpSettings(settings.value)), read);
  });

  it('derives environment names from setting names', () => {
    assert.equal(envName('policy.minBlockIntervalMs'), 'ALTHING_POLICY__MIN_BLOCK_INTERVAL_MS');
    assert.equal(config(undefined, { ALTHING_P2P__BOOTSTRAP: 'a,b' }).p2p.bootstrap.length, 2);
  });
});
