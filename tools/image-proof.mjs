// What `npm run image -- --prove` does: reads the compose file as Compose does, runs each of its containers that is ours with all that it
// says of them (rights, read-only root, user, memory, keys, settings) on the network of this machine against the real servers of a stack,
// asks each whether it is ready, drives one person and one verdict through them, and ends each by SIGTERM.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { portVariables } from '../deploy/image/processes.mjs';
import { root } from './prepare.mjs';
import { composeChecker, readCompose } from './stack/compose-checker.mjs';
import { askEngine, runEngine } from './stack/podman.mjs';
import { startStack } from './stack/stack.mjs';

const { Kafka, logLevel } = kafkajs;

/** @typedef {import('./stack/podman.mjs').Engine} Engine */
/** @typedef {{ process: string, readyMs: number, residentMb: number, exit: number, endMs: number, faults: string[] }} Row */

const folder = join(root, 'deploy/compose');
const servers = ['redis', 'kafka', 'temporal'];
/** On the network of this machine each has a port of its own: the one that the compose file publishes, or, of the worker, this one. */
const unpublished = 8085;

/**
 * @param {Engine} engine  Podman
 * @param {{ image: string, oidcImage: string, log: (line: string) => void, signal: AbortSignal }} options
 * @returns {Promise<Row[]>}
 */
export async function proveImage(engine, { image, oidcImage, log, signal }) {
  const compose = await readCompose(await composeChecker({ log, signal }), folder, 'tallystick.yaml');
  log('the compose file is valid, says the code of Docker Compose');
  const work = join(root, '.stack', 'image-proof');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const run = (/** @type {string[]} */ ...args) => askEngine(engine, args, { signal });
  const nameOf = (/** @type {string} */ service) => `tallystick-proof-${service}`;
  const removeAll = async () => {
    for (const service of Object.keys(compose.services)) await runEngine(engine, ['rm', '--force', '--time', '1', nameOf(service)]).catch(() => undefined); // prettier-ignore
    for (const volume of Object.keys(compose.volumes)) await runEngine(engine, ['volume', 'rm', '--force', nameOf(volume)]).catch(() => undefined); // prettier-ignore
  };
  await removeAll();
  const stack = await startStack({ name: 'image', servers: ['redis', 'kafka', 'temporal'], fresh: true, log, signal });
  const { redis, kafka, temporal } = stack.endpoints;
  const portOf = (/** @type {string} */ service) => Number(compose.services[service].ports?.[0]?.published ?? unpublished);
  /** Names and ports of the compose network, as they are on the network of this machine. */
  const here = (/** @type {string} */ text) =>
    ['token-service', 'pairing-validator', 'provisioning-service', 'directory-simulator']
      .reduce((done, service) => done.replaceAll(`//${service}:8080`, `//${service}:${portOf(service)}`), text)
      .replace(/^directory-simulator:8080$/, `directory-simulator:${portOf('directory-simulator')}`)
      .replace('redis://redis:6379', redis ?? '')
      .replace('kafka:19092', kafka ?? '')
      .replace('temporal:7233', temporal ?? '');

  const argsOf = (/** @type {string} */ service) => {
    const said = compose.services[service];
    const [variable, port] = [portVariables[/** @type {keyof typeof portVariables} */ (service)], portOf(service)];
    const settings = {
      ...said.environment,
      ...(variable && { [variable]: String(port), [variable.replace('PORT', 'HOST')]: '127.0.0.1' }),
    };
    const configs = (said.configs ?? []).map((/** @type {{ source: string, target: string }} */ { source, target }) => {
      const copy = join(work, source);
      writeFileSync(copy, here(readFileSync(/** @type {{ file: string }} */ (compose.configs[source]).file, 'utf8')));
      return `${copy}:${target}:ro`;
    });
    const volumes = (said.volumes ?? []).map((/** @type {{ source: string, target: string, read_only?: boolean }} */ { source, target, read_only }) => `${nameOf(source)}:${target}${read_only ? ':ro' : ''}`); // prettier-ignore
    return [
      ...[
        '--name',
        nameOf(service),
        '--network',
        said.network_mode ?? 'host',
        '--user',
        said.user,
        '--memory',
        String(said.mem_limit),
      ],
      ...['--pids-limit', String(said.pids_limit), ...(said.read_only ? ['--read-only', '--read-only-tmpfs=false'] : [])],
      ...said.cap_drop.flatMap((/** @type {string} */ right) => ['--cap-drop', right]),
      ...(said.cap_add ?? []).flatMap((/** @type {string} */ right) => ['--cap-add', right]),
      ...said.security_opt.flatMap((/** @type {string} */ one) => ['--security-opt', one.replace(':true', '')]),
      ...(said.tmpfs ?? []).flatMap((/** @type {string} */ one) => ['--mount', tmpfsMount(one)]),
      ...(said.network_mode === 'none' ? [] : Object.keys(compose.services).filter((name) => !servers.includes(name)).flatMap((name) => ['--add-host', `${name}:127.0.0.1`])), // prettier-ignore
      ...Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${here(String(value))}`]),
      ...[...configs, ...volumes].flatMap((mount) => ['--volume', mount]),
      ...[service === 'oidc' ? oidcImage : image, ...said.command],
    ];
  };

  /** @type {Map<string, number>} */
  const startedAt = new Map();
  const start = async (/** @type {string} */ service) => {
    startedAt.set(service, performance.now());
    await run('run', '--detach', ...argsOf(service));
  };
  const ready = async (/** @type {string} */ service) => {
    for (;;) {
      if (await run('healthcheck', 'run', nameOf(service)).then(() => true, () => false)) return; // prettier-ignore
      const isRunning = await run('inspect', '--format', '{{.State.Running}}', nameOf(service));
      const age = performance.now() - /** @type {number} */ (startedAt.get(service));
      if (isRunning !== 'true' || age > 90_000)
        throw new Error(`${service} is not ready:\n${await run('logs', '--tail', '8', nameOf(service))}`);
      await delay(100, undefined, { signal });
    }
  };
  /** @type {Row[]} */
  const rows = [];
  try {
    await run('run', ...argsOf('prepare'));
    await run('start', '--attach', nameOf('prepare')); // a second start finds its keys, and changes none
    await start('oidc');
    await ready('oidc');
    const order = ['directory-simulator', 'token-service', 'pairing-validator', 'provisioning-service', 'temporal-worker'];
    await start('caller-token');
    for (const service of order) {
      await start(service);
      await ready(service);
      rows.push({ process: service, readyMs: performance.now() - /** @type {number} */ (startedAt.get(service)), residentMb: 0, exit: -1, endMs: 0, faults: [] }); // prettier-ignore
      log(`${service} is ready`);
    }
    await drive({ kafka: kafka ?? '', portOf, log });
    for (const row of rows) {
      const pid = await run('inspect', '--format', '{{.State.Pid}}', nameOf(row.process));
      const { residentMb, faults } = lookAt(pid);
      row.residentMb = residentMb;
      row.faults.push(...faults);
    }
    for (const row of rows.toReversed()) {
      const from = performance.now();
      await run('stop', '--time', '45', nameOf(row.process));
      row.endMs = performance.now() - from;
      row.exit = Number(await run('inspect', '--format', '{{.State.ExitCode}}', nameOf(row.process)));
      if (row.exit !== 0) row.faults.push(`ended with ${row.exit}:\n${await run('logs', '--tail', '5', nameOf(row.process))}`);
    }
  } finally {
    await removeAll();
    await stack.stop();
  }
  return rows;
}

/**
 * What the kernel says of a process: its rights, its user, whether it could write to its own system.
 * @param {string} pid
 * @returns {{ residentMb: number, faults: string[] }}
 */
export function lookAt(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (/** @type {string} */ name) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? '';
  const faults = ['CapPrm', 'CapEff', 'CapBnd'].filter((set) => !/^0+$/.test(field(set))).map((set) => `has rights in ${set}`);
  if (field('NoNewPrivs') !== '1') faults.push('may get privileges');
  if (field('Seccomp') !== '2') faults.push('may make any call of the kernel');
  if (field('Uid') !== '10001') faults.push(`runs as ${field('Uid')}`);
  if (!/^\S+ \S+ \S+ \S+ \/ ro[,\s]/m.test(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'))) faults.push('may write to its root');
  return { residentMb: Number(field('VmRSS')) / 1024, faults };
}

/** @param {string} said  `/run/x:mode=0700,uid=10001` */
function tmpfsMount(said) {
  const [target, options = ''] = said.split(':');
  const mode = /mode=(\d+)/.exec(options)?.[1];
  return `type=tmpfs,destination=${target}${mode ? ',tmpfs-mode=1777' : ''}`;
}

/**
 * One token from the token service to a verdict of the validator, and one person from Kafka to the provider.
 * @param {{ kafka: string, portOf: (service: string) => number, log: (line: string) => void }} options
 */
export async function drive({ kafka, portOf, log }) {
  const tokenFor = async (/** @type {string} */ account) => {
    const authorization = `Basic ${Buffer.from(`${account}:local-use-only`).toString('base64')}`;
    const body = new URLSearchParams({ grant_type: 'client_credentials' });
    const answer = await fetch(`http://127.0.0.1:${portOf('oidc')}/token`, { method: 'POST', headers: { authorization }, body });
    return /** @type {{ access_token: string }} */ (await answer.json()).access_token;
  };
  const ask = async (
    /** @type {string} */ service,
    /** @type {string} */ account,
    /** @type {string} */ call,
    /** @type {object} */ body,
  ) => {
    const [method = '', path = ''] = call.split(' ');
    const headers = {
      ...{ authorization: `Bearer ${await tokenFor(account)}`, 'content-type': 'application/json' },
      'idempotency-key': randomUUID(),
    };
    const url = `http://127.0.0.1:${portOf(service)}/v1/environments/demo${path}`;
    const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${service} answered ${answer.status} to ${call}: ${await answer.text()}`);
    return /** @type {any} */ (await answer.json());
  };
  const until = async (/** @type {string} */ what, /** @type {() => Promise<unknown>} */ look) => {
    for (let tries = 0; tries < 300; tries++) {
      if (await look()) return log(what);
      await delay(100);
    }
    throw new Error(`it never came to this: ${what}; last seen: ${seen}`);
  };
  const change = { reason: 'the image is proven', mode: 'observe', effectiveAt: new Date().toISOString() };
  const { created } = await ask('token-service', 'token-admin', 'PUT /requirement', change);
  let seen = '';
  const question = { kind: 'authentication', presentedToken: created.value };
  await until('a token of the token service is accepted by the validator', async () => {
    const answer = await ask('pairing-validator', 'validator-caller', 'POST /verdicts', question);
    seen = JSON.stringify(answer);
    return answer.verdict === 'allow';
  });

  const producer = new Kafka({ brokers: [kafka], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const person = { id: 'p1', username: 'ada', mail: 'ada@example.com', mobile: '+447700900123', enabled: 'true' };
  await producer.send({ topic: 'demo.people', messages: [{ key: 'p1', value: JSON.stringify(person) }] });
  await producer.disconnect();
  await until('a person in Kafka is an account with devices at the provider', async () => {
    const { outcome } = await ask('provisioning-service', 'operator', 'POST /connections/people/users/lookup', { sourceKey: 'p1' }).catch(() => ({ outcome: null })); // prettier-ignore
    seen = JSON.stringify(outcome);
    return outcome?.steps.length > 0;
  });
}
