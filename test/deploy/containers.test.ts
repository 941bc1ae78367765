import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { METRICS } from '../../src/metrics/names.ts';
import { envName } from '../../src/node/folder/config.ts';
import { SETTING_NAMES, SETTINGS } from '../../src/node/folder/settings.ts';
import { RUNTIME_FLAGS } from '../../src/node/process/runtime-flags.ts';
import { projectFolder, readProjectFile } from '../project/files.ts';

type Service = {
  readonly image: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly depends_on?: unknown;
};
const compose = parse(readProjectFile('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const LANES = [0, 1, 2, 3];
const validator = (lane: number) => compose.services[`validator-${lane}`] as Service;
const port = (name: 'rest.port' | 'metrics.port') => SETTINGS[name].fallback;
const peerPort = Number(String(SETTINGS['p2p.listen'].fallback).split('/').at(-1));

describe('docker-compose.yml', () => {
  it('has four validators that start after the genesis is written', () => {
    const names = Object.keys(compose.services).filter((name) => name.startsWith('validator-'));
    assert.deepEqual(
      names,
      LANES.map((lane) => `validator-${lane}`),
    );
    for (const lane of LANES) {
      assert.deepEqual(validator(lane).depends_on, {
        genesis: { condition: 'service_completed_successfully' },
      });
      assert.equal(validator(lane).image, compose.services.genesis?.image);
    }
  });

  it('sets only settings that exist, reachable from the other containers', () => {
    const known = new Set(['ALTHING_HOME', ...SETTING_NAMES.map(envName)]);
    for (const lane of LANES) {
      const environment = validator(lane).environment ?? {};
      for (const name of Object.keys(environment)) assert.ok(known.has(name), name);
      assert.equal(environment.ALTHING_HOME, `/data/network/validator-${lane}`);
      assert.equal(environment.ALTHING_P2P__LISTEN, `/ip4/0.0.0.0/tcp/${peerPort}`);
      assert.equal(environment.ALTHING_P2P__ANNOUNCE, `/dns4/validator-${lane}/tcp/${peerPort}`);
      assert.equal(environment.ALTHING_REST__HOST, '0.0.0.0');
      assert.equal(environment.ALTHING_METRICS__HOST, '0.0.0.0');
      assert.deepEqual(validator(lane).ports, [`127.0.0.1:${4600 + lane}:${port('rest.port')}`]);
    }
  });

  it('writes the genesis once, for as many validators, each a bootstrap address', () => {
    const script = compose.services.genesis?.entrypoint?.at(-1) ?? '';
    const { bin } = JSON.parse(readProjectFile('package.json')) as { bin: { althing: string } };
    const command = `node ${bin.althing} genesis new --dev --validators 4 --out /data/unfinished`;
    assert.ok(script.includes(command), 'the program that the image has');
    for (const lane of LANES) {
      assert.ok(script.includes(`--bootstrap /dns4/validator-${lane}/tcp/${peerPort}`));
    }
    assert.match(script, /^test -d \/data\/network && exit 0$/m);
    assert.match(script, /^mv \/data\/unfinished \/data\/network$/m);
  });

  it('mounts only what exists, and publishes on loopback only', () => {
    for (const [name, { volumes = [], ports = [], image, build }] of Object.entries(
      compose.services,
    )) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        const exists = source.startsWith('./')
          ? existsSync(join(projectFolder, source))
          : source in compose.volumes;
        assert.ok(exists, `${name}: ${volume}`);
      }
      for (const one of ports) assert.match(one, /^127\.0\.0\.1:/, name);
      assert.ok(build === '.' || /:v?\d+\.\d+\.\d+$/.test(image), `${name}: a fixed version`);
    }
  });
});

describe('Dockerfile', () => {
  const lines = readProjectFile('Dockerfile').split('\n');

  it('builds the program with the script that makes it elsewhere, and runs what that makes', () => {
    const { bin } = JSON.parse(readProjectFile('package.json')) as { bin: { althing: string } };
    assert.ok(lines.includes('RUN node scripts/bundle.mjs'));
    const command = ['node', ...RUNTIME_FLAGS, bin.althing];
    assert.ok(lines.includes(`ENTRYPOINT [${command.map((word) => `"${word}"`).join(', ')}]`));
    const ignored = new Set(readProjectFile('.dockerignore').split('\n'));
    for (const needed of ['src', 'scripts']) assert.ok(!ignored.has(needed), needed);
  });

  it('copies only what exists, ends without root, and checks its health', () => {
    for (const line of lines) {
      const [, sources] = /^COPY (?!--from)(.+) \S+$/.exec(line) ?? [];
      for (const path of sources?.split(' ') ?? [])
        assert.ok(existsSync(join(projectFolder, path)), line);
    }
    assert.equal(lines.filter((line) => line.startsWith('USER ')).at(-1), 'USER node');
    assert.ok(lines.some((line) => line.includes('docker/healthcheck.mjs"]')));
    assert.ok(
      lines.includes(`EXPOSE ${port('rest.port')} ${port('metrics.port')} ${peerPort}`),
      'the ports of the default settings',
    );
    assert.ok(readProjectFile('docker/healthcheck.mjs').includes(`'${port('rest.port')}'`));
  });
});

describe('Prometheus and Grafana', () => {
  it('every validator is scraped', () => {
    const { scrape_configs: jobs } = parse(readProjectFile('docker/prometheus.yml'));
    assert.deepEqual(
      jobs[0].static_configs[0].targets,
      LANES.map((lane) => `validator-${lane}:${port('metrics.port')}`),
    );
  });

  it('the dashboard is provisioned from where compose mounts it', () => {
    const { providers } = parse(
      readProjectFile('docker/grafana/provisioning/dashboards/althing.yml'),
    );
    const { environment = {}, volumes = [] } = compose.services.grafana as Service;
    const { path } = providers[0].options;
    assert.ok(volumes.includes(`./docker/grafana/dashboards:${path}:ro`));
    assert.equal(environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH, `${path}/overview.json`);
    const { datasources } = parse(
      readProjectFile('docker/grafana/provisioning/datasources/prometheus.yml'),
    );
    assert.equal(datasources[0].url, 'http://prometheus:9090');
  });

  const dashboard = JSON.parse(readProjectFile('docker/grafana/dashboards/overview.json'));
  type Panel = { id: number; title: string; targets?: { expr: string }[]; datasource?: unknown };
  const panels: Panel[] = dashboard.panels;
  const used = new Set(
    panels.flatMap(({ targets = [] }) =>
      targets.flatMap(({ expr }) =>
        [...expr.matchAll(/\balthing_\w+/g)].map(([name]) => familyOf(name)),
      ),
    ),
  );

  it('the dashboard uses only metrics that exist', () => {
    for (const name of used) assert.ok(name in METRICS, name);
  });

  it('a validator that is gone is on the dashboard: it has no metrics any more', () => {
    const { scrape_configs: jobs } = parse(readProjectFile('docker/prometheus.yml'));
    const asked = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    assert.ok(asked.includes(`sum(1 - up{job="${jobs[0].job_name}"})`));
  });

  it('every metric is on the dashboard', () => {
    for (const name of Object.keys(METRICS)) assert.ok(used.has(name), name);
  });

  it('the dashboard groups only by labels that the metrics have', () => {
    const labels = new Set(['le', 'instance']);
    for (const spec of Object.values(METRICS)) {
      if ('labels' in spec) for (const label of spec.labels) labels.add(label);
    }
    for (const { targets = [], title } of panels) {
      for (const { expr } of targets) {
        for (const [, list = ''] of expr.matchAll(/\bby \(([^)]*)\)/g)) {
          for (const label of list.split(/,\s*/))
            assert.ok(labels.has(label), `${title}: ${label}`);
        }
      }
    }
  });

  it('panels have ids of their own and the provisioned source', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { targets, datasource } of panels) {
      if (targets !== undefined)
        assert.deepEqual(datasource, { type: 'prometheus', uid: 'prometheus' });
    }
  });
});

/** A histogram's series belong to the name without their suffix. */
function familyOf(series: string): string {
  const family = series.replace(/_(bucket|sum|count)$/, '');
  return series in METRICS ? series : family;
}
