import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { EXIT } from '../../src/cli/exit-code.ts';
import { METRICS, type MetricSpec } from '../../src/metrics/names.ts';
import { RUNTIME_FLAGS } from '../../src/node/process/runtime-flags.ts';
import { projectFolder, readProjectFile } from '../project/files.ts';

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string };
};
const { groups } = parse(readProjectFile('deploy/alerts.yml')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);

describe('alerts of Prometheus', () => {
  it('ask only for metrics that exist, by labels that they have', () => {
    for (const { alert, expr } of rules) {
      const asked = [...expr.matchAll(/\b(althing_\w+)(?:\{([^}]*)\})?/g)];
      for (const [, name = '', selectors = ''] of asked) {
        const spec: MetricSpec | undefined = METRICS[name as keyof typeof METRICS];
        assert.ok(spec !== undefined, `${alert}: ${name}`);
        for (const [, label = ''] of selectors.matchAll(/(\w+)=/g)) {
          assert.ok(spec.labels?.includes(label), `${alert}: ${label} of ${name}`);
        }
      }
      assert.ok(asked.length > 0 || expr === 'up{job="althing"} == 0', alert);
    }
  });

  it('are each explained where operators read, and fire in their tests', () => {
    const page = readProjectFile('docs/OPERATING.md');
    const tests = readProjectFile('deploy/alerts.test.yml');
    for (const { alert } of rules) {
      assert.match(page, new RegExp(`^\\| \`${alert}\` \\| \\S`, 'm'), alert);
      assert.ok(tests.includes(`alertname="${alert}"`), alert);
    }
    for (const [, named = ''] of page.matchAll(/^\| `(Althing\w+)` \|/gm)) {
      assert.ok(
        rules.some(({ alert }) => alert === named),
        named,
      );
    }
  });

  it('are loaded by the Prometheus of the containers', () => {
    const { rule_files: files, scrape_configs: jobs } = parse(
      readProjectFile('docker/prometheus.yml'),
    );
    assert.deepEqual(files, ['alerts.yml']);
    const mounts = parse(readProjectFile('docker-compose.yml')).services.prometheus.volumes;
    assert.ok(mounts.includes('./deploy/alerts.yml:/etc/prometheus/alerts.yml:ro'));
    assert.equal(jobs[0].job_name, 'althing');
  });

  const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
  it('pass the tests of promtool', { skip: !hasPromtool && 'no promtool here' }, () => {
    const folder = path.join(projectFolder, 'deploy');
    const ran = spawnSync('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd: folder });
    assert.equal(ran.status, 0, `${ran.stdout}${ran.stderr}`);
  });
});

describe('the unit of systemd', () => {
  const unit = new Map(
    [...readProjectFile('deploy/althing.service').matchAll(/^(\w+)=(.*)$/gm)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );

  it('runs the program as it is to be run', () => {
    const { bin } = JSON.parse(readProjectFile('package.json')) as { bin: { althing: string } };
    const command = ['/usr/bin/node', ...RUNTIME_FLAGS, `/opt/althing/${bin.althing}`, 'start'];
    assert.equal(unit.get('ExecStart'), `${command.join(' ')} --home /var/lib/althing`);
    assert.equal(unit.get('StateDirectory'), 'althing');
    assert.ok(!unit.has('MemoryDenyWriteExecute'), 'nothing would be compiled');
  });

  it('starts no validator again that halted, or that has a wrong configuration', () => {
    assert.equal(unit.get('Restart'), 'on-failure');
    assert.equal(unit.get('RestartPreventExitStatus'), `${EXIT.config} ${EXIT.halted}`);
  });
});
