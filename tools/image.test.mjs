// The image and the compose file, as far as files and words go; `npm run image -- --prove` builds and runs them.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { launcher } from '../deploy/image/assemble.mjs';
import { portVariables, processes } from '../deploy/image/processes.mjs';
import { asPlayed } from './kube-pods.mjs';
import { root } from './prepare.mjs';
import { composeChecker, readCompose } from './stack/compose-checker.mjs';
import { runProgram } from './stack/programs.mjs';
import { pythonTool } from './stack/python-tool.mjs';

const requirements = join(root, 'tools/stack/hadolint.requirements.txt');
const servers = ['redis', 'kafka', 'temporal'];
const compose = async () => readCompose(await composeChecker(), join(root, 'deploy/compose'), 'tallystick.yaml');

test('hadolint finds nothing in the Dockerfile', async () => {
  const hadolint = await pythonTool({ name: 'hadolint', title: 'hadolint', program: 'hadolint', requirements });
  await runProgram(hadolint, ['--no-color', join(root, 'deploy/image/Dockerfile')]);
});

test('a process is started by its start script, which Node becomes without a shell', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'apps/temporal-worker/package.json'), 'utf8'));
  const [first, second] = launcher('temporal-worker', scripts.start).split('\n');
  assert.equal(`${first?.replace('#!/usr/bin/env -S ', '')} dist/main.js`, scripts.start);
  assert.equal(second, "import('/app/apps/temporal-worker/dist/main.js');");
  for (const script of [
    'node dist/main.js && rm -rf /',
    'sh -c node dist/main.js',
    `node --title=${'x'.repeat(127)} dist/main.js`,
  ])
    assert.throws(() => launcher('temporal-worker', script));
});

test('the image has every process, each of which says the port that the health check asks', async () => {
  assert.deepEqual(Object.keys(portVariables), processes);
  const dockerfile = readFileSync(join(root, 'deploy/image/Dockerfile'), 'utf8');
  for (const variable of Object.values(portVariables)) assert.match(dockerfile, new RegExp(`\\b${variable}=8080\\b`));
});

test('the compose file is valid, says the code of Docker Compose, which refuses a misspelt one', async () => {
  assert.ok((await compose()).services['token-service']);
  const folder = mkdtempSync(join(tmpdir(), 'compose-'));
  writeFileSync(join(folder, 'misspelt.yaml'), 'services: { a: { image: b, read_onyl: true } }');
  await assert.rejects(async () => readCompose(await composeChecker(), folder, 'misspelt.yaml'), /read_onyl/);
  rmSync(folder, { recursive: true });
});

test('the whole system has every process, each without rights, without a place to write in, and not as root', async () => {
  const { services } = await compose();
  assert.deepEqual(
    processes.filter((name) => services[name]?.command?.[0] !== name),
    [],
  );
  for (const [name, service] of Object.entries(services).filter(([name]) => !servers.includes(name))) {
    assert.deepEqual(
      [service.read_only, service.cap_drop, service.security_opt],
      [true, ['ALL'], ['no-new-privileges:true']],
      name,
    );
    assert.ok(service.mem_limit && service.pids_limit, name);
    // The one that makes the keys gives them away, ends, and has no network.
    if (name === 'prepare') assert.deepEqual([service.user, service.cap_add, service.network_mode], ['0:0', ['CHOWN'], 'none']);
    else assert.deepEqual([service.user, service.cap_add], ['10001:10001', undefined], name);
  }
});

test('the whole system sets nothing that its processes do not know, and all that they need', async () => {
  const { services } = await compose();
  const settings = readFileSync(join(root, 'docs/settings.md'), 'utf8');
  for (const process of processes) {
    const [, section = ''] = new RegExp(`^## \`?${process}\`?$([^]*?)(?=^## |(?![^]))`, 'm').exec(settings) ?? [];
    const known = [...section.matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(([, name]) => name ?? '');
    const needed = [...section.matchAll(/^\| `([A-Z0-9_]+)`\s*\| \*\*needed\*\*/gm)].map(([, name]) => name ?? '');
    const set = Object.keys(services[process].environment);
    assert.ok(known.length > 5 && (needed.length > 0 || process === 'directory-simulator'), process);
    assert.deepEqual(
      set.filter((name) => !known.includes(name)),
      [],
      process,
    );
    assert.deepEqual(
      needed.filter((name) => !set.includes(name)),
      [],
      process,
    );
  }
});

test('nothing of the whole system is published but on 127.0.0.1, and no secret has a default but what is called local-use-only', async () => {
  const { services } = await compose();
  for (const [name, { ports = [], environment = {} }] of Object.entries(services)) {
    for (const { host_ip } of ports) assert.equal(host_ip, '127.0.0.1', name);
    for (const [variable, value] of Object.entries(environment)) {
      if (/SECRET|PASSWORD|KEY|TOKEN(?!S_|_SERVICE)/.test(variable) && !/_(FILE|FOLDER)$/.test(variable)) assert.equal(value, 'local-use-only', variable); // prettier-ignore
    }
  }
});

test('the addresses at the top of the compose file are those that are published', async () => {
  const { services } = await compose();
  const published = Object.values(services).flatMap(({ ports = [] }) => ports.map((/** @type {any} */ port) => port.published));
  const [top = ''] = readFileSync(join(root, 'deploy/compose/tallystick.yaml'), 'utf8').split('\nname:');
  const told = [...top.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => port);
  assert.ok(told.length >= 4);
  assert.deepEqual(told.filter((port) => !published.includes(port)), []); // prettier-ignore
});

test('what Podman plays of a pod is what the chart says, but for what is told: files at their paths, its probe, its rights', () => {
  const security = { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
  const container = {
    ...{ name: 'a', args: ['a'], securityContext: security, resources: { limits: { memory: '8Mi' } } },
    env: [
      { name: 'A_PORT', value: '8080' },
      { name: 'A_URL', value: 'http://b:8080' },
    ],
    ports: [{ name: 'operations', containerPort: 9090 }],
    livenessProbe: { httpGet: { path: '/health/live', port: 'operations' }, periodSeconds: 10 },
    readinessProbe: { httpGet: { path: '/health/ready', port: 'operations' } },
    volumeMounts: [
      { name: 'settings', mountPath: '/etc/x', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
  const sources = ['keys/one', 'keys/two', 'deep/er/three'].map((path) => ({
    secret: { name: 's', items: [{ key: 'k', path }] },
  }));
  const volumes = [
    { name: 'settings', projected: { sources } },
    { name: 'tmp', emptyDir: {} },
  ];
  const template = { metadata: {}, spec: { securityContext: { runAsUser: 10001 }, volumes, containers: [container] } };
  /** @type {Set<string>} */
  const told = new Set();
  const [keys, deep, deployment] = /** @type {any[]} */ (
    asPlayed(
      { kind: 'Deployment', metadata: { name: 'pod' }, spec: { replicas: 3, template } },
      {
        ports: { api: 1, operations: 2, 'sdk-metrics': 3 },
        secrets: { s: { k: 'secret' } },
        here: (text) => text.replaceAll('//b:8080', '//127.0.0.1:4'),
        changed: (field) => told.add(field),
      },
    )
  );
  assert.deepEqual([keys.data, deep.data], [{ one: 'secret', two: 'secret' }, { three: 'secret' }]);
  const played = deployment.spec.template.spec.containers[0];
  const mounts = played.volumeMounts.map((/** @type {any} */ { name, mountPath }) => [name, mountPath]);
  assert.deepEqual(mounts.sort(), [['pod-deep-er', '/etc/x/deep/er'], ['pod-keys', '/etc/x/keys'], ['pod-tmp', '/tmp']]); // prettier-ignore
  assert.deepEqual(played.env.map((/** @type {any} */ { value }) => value), ['1', 'http://127.0.0.1:4']); // prettier-ignore
  assert.match(played.livenessProbe.exec.command[0], /127\.0\.0\.1:2\/health\/live/);
  assert.deepEqual([played.securityContext, played.resources], [security, container.resources]);
  assert.equal(deployment.spec.template.spec.securityContext.runAsUser, 10001);
  assert.deepEqual([...told], ['volumes.projected', 'Secrets', 'defaultMode, fsGroup', 'emptyDir', 'hostNetwork, ports', 'startupProbe, readinessProbe', 'livenessProbe.httpGet']); // prettier-ignore
  assert.throws(() => asPlayed({ kind: 'Deployment', metadata: { name: 'pod' }, spec: { template } }, { ports: { api: 1, operations: 2, 'sdk-metrics': 3 }, secrets: {}, here: String, changed: () => {} }), /wants k of the Secret s/); // prettier-ignore
});
