import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { createFeed, type Feed } from './system/feed.ts';
import { ampleBudget, startSystem, type System } from './system/system.ts';
import { waitUntil } from './system/wait-until.ts';
import { type OutcomeWatch, watchOutcomes } from './system/watch-outcomes.ts';

// The command line as it is shipped, against the whole system and the real OpenID provider: every command, its JSON, its exit code.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('cli').toLowerCase();
const topic = `${environment}.staff`;
const people = 8;
const mayBeSuspended = 2;
const person = (n: number) => ({
  id: `key-${n}`,
  username: `user-${n}`,
  mail: `user-${n}@example.com`,
  mobile: `+4477009002${String(n).padStart(2, '0')}`,
});

let system: System;
let feed: Feed;
let outcomes: OutcomeWatch;
let home: string;
let pictures = '';

interface Ran {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
  /** What `--json` printed. */
  readonly json: { readonly format: number; readonly command: string; readonly result: Record<string, unknown> };
  readonly error: { readonly exit: number; readonly message: string; readonly problem?: { readonly type?: string } };
}
/** Accounts of the provider, by their roles: the id, and the file of the secret. */
const accounts = new Map<string, { readonly clientId: string; readonly file: string }>();
async function accountOf(roles: string) {
  const known = accounts.get(roles);
  if (known) return known;
  const { clientId, clientSecret } = await system.access.accountFor(`cli ${roles}`, environment, roles.split(' '));
  const file = join(home, `${roles.replaceAll(' ', '-')}.secret`);
  writeFileSync(file, clientSecret, { mode: 0o600 });
  accounts.set(roles, { clientId, file });
  return { clientId, file };
}

/** Runs `dist/main.js`; its secret only by file, as people are told to. */
async function tallystick(
  roles: string,
  args: readonly string[],
  { input = '', env = {} }: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> {
  const { clientId, file } = await accountOf(roles);
  const child = spawn(process.execPath, [join(root, 'apps', 'cli', 'dist', 'main.js'), ...args], {
    env: {
      ...{ PATH: process.env['PATH'] ?? '', HOME: home, TALLYSTICK_DEBUG: 'true' },
      ...{ TALLYSTICK_ENVIRONMENT: environment, TALLYSTICK_CONNECTION: 'staff' },
      TALLYSTICK_TOKENS_URL: system.url('token-service'),
      TALLYSTICK_PROVISIONING_URL: system.url('provisioning-service'),
      ...{ TALLYSTICK_ISSUER: system.access.env.AUTH_ISSUER, TALLYSTICK_AUDIENCE: system.access.env.AUTH_AUDIENCE },
      ...{ TALLYSTICK_CLIENT_ID: clientId, TALLYSTICK_CLIENT_SECRET_FILE: file },
      ...env,
    },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  child.stdin.end(input);
  const exit = await new Promise<number | null>((done) => child.once('close', done));
  // Beside the logs, where no personal data may be: what is shown to whoever is no auditor is looked through as well (I8).
  if (!args.includes('--json') && roles !== 'auditor viewer')
    pictures += `$ tallystick ${args.join(' ')}\n${out}${err}[${exit}]\n\n`;
  const parsed = (text: string): Record<string, unknown> => {
    const line = text.split('\n').find((one) => one.startsWith('{'));
    return line === undefined ? {} : (JSON.parse(line) as Record<string, unknown>);
  };
  return { exit, out, err, json: parsed(out) as never, error: parsed(err)['error'] as never };
}
const admin = 'token-admin approver viewer';
const because = ['--reason', 'as it was agreed'];

beforeAll(async () => {
  const { redis, kafka, temporal, oidc } = endpoints();
  const servers = { redis, kafka: kafka.join(','), temporal, oidc };
  const folder = join(root, '.stack', 'test', 'cli');
  system = await startSystem({
    ...{ root, folder, servers, environment, validators: 2, deviceLimit: 9 },
    connections: (file) => [
      {
        ...{ environment, connection: 'staff' },
        source: { topic, format: { kind: 'json' } },
        directory: { kind: 'pingid', properties: { file } },
        mapping: { userName: { attribute: 'username' }, email: { attribute: 'mail' }, mfaSms1: { attribute: 'mobile' } },
        options: { manageDevices: 'merge' },
        guards: { suspensions: { atLeast: mayBeSuspended, share: 0, atMost: mayBeSuspended } },
        visibilityWindowMs: 500,
        budget: ampleBudget,
      },
    ],
  });
  home = join(folder, 'home');
  mkdirSync(home);
  feed = createFeed(servers.kafka);
  outcomes = await watchOutcomes(servers.kafka, environment);
  await feed.send(
    topic,
    Array.from({ length: people }, (_, n) => ({ key: `key-${n}`, value: JSON.stringify(person(n)) })),
  );
  await waitUntil('an outcome for everybody', () =>
    Promise.resolve(new Set(outcomes.outcomes.map(({ user }) => user)).size === people),
  );
}, 180_000);

afterAll(async () => {
  if (system) writeFileSync(join(system.options.folder, 'logs', 'pictures.txt'), pictures);
  await feed?.close();
  await outcomes?.stop();
  await system?.stop();
}, 60_000);

it('is made for what the services serve: the committed documents are theirs, to the letter', async () => {
  for (const name of ['token-service', 'provisioning-service', 'pairing-validator'] as const) {
    const url = system.url(name === 'pairing-validator' ? system.validators[0]! : name);
    const committed: unknown = JSON.parse(readFileSync(join(root, 'docs', 'openapi', `${name}.json`), 'utf8'));
    expect(await (await fetch(`${url}/openapi.json`)).json()).toEqual(committed);
  }
});

describe('tokens', () => {
  let first: string;
  let second: string;
  const add = async (label: string, ...more: string[]) => {
    const { exit, json } = await tallystick(admin, ['token', 'add', label, ...because, '--json', ...more]);
    expect(exit).toBe(0);
    return json.result as { token: { id: string; label: string }; value?: string };
  };

  it('are added with their value in a file of their owner, and listed without it', async () => {
    const file = join(home, 'value');
    const made = await add('phones of the first floor', '--value-to', file, '--platform', 'ios', '--site', 'berlin');
    first = made.token.id;
    expect(made.value).toBeUndefined();
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([expect.stringMatching(/^tsk_\S+\n$/), 0o600]);
    const printed = await add('second', '--print-value');
    second = printed.token.id;
    expect(printed.value).toMatch(/^tsk_/);
    const { exit, json } = await tallystick('viewer', ['token', 'list', '--json']);
    expect([exit, json]).toMatchObject([
      0,
      { format: 1, command: 'token list', result: { items: [{ id: first }, { id: second }] } },
    ]);
    const { out } = await tallystick('viewer', ['token', 'list']);
    expect(out).toContain(first);
    expect(out).not.toContain(printed.value);
  });

  it('are for the roles that may: others end with 4, and so does a stranger to the environment', async () => {
    const refused = await tallystick('viewer', ['token', 'add', 'x', ...because, '--keep-value', '--json']);
    expect([refused.exit, refused.error]).toMatchObject([4, { problem: { type: 'urn:tallystick:problem:forbidden' } }]);
    expect((await tallystick(admin, ['token', 'list', '-e', 'elsewhere'])).exit).toBe(4);
  });

  it('with one key are one, however often it is said', async () => {
    const key = ['--idempotency-key', `cli-${environment}`];
    const once = await add('once', '--keep-value', ...key);
    const again = await add('once', '--keep-value', ...key);
    expect(again).toMatchObject({ outcome: 'replayed', token: { id: once.token.id } });
  });

  it('of an enforced requirement are not revoked past the guards (3), and are by force (0)', async () => {
    const bearer = await system.access.tokenFor('enforcer', environment, ['token-admin', 'approver', 'viewer']);
    const enforced = await fetch(`${system.url('token-service')}/v1/environments/${environment}/requirement`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', 'idempotency-key': 'enforce' },
      body: JSON.stringify({
        ...{ reason: 'test', mode: 'enforce', effectiveAt: new Date(Date.now() + 1_000).toISOString() },
        force: { reason: 'no sightings' },
      }),
    });
    expect(enforced.status).toBe(200);
    const revoke = ['token', 'revoke', second, ...because, '--yes'];
    const refused = await tallystick(admin, [...revoke, '--json']);
    expect([refused.exit, refused.error]).toMatchObject([3, { problem: { forceable: true } }]);
    expect((await tallystick(admin, revoke)).err).toContain('--force');
    expect((await tallystick('token-admin viewer', [...revoke, '--force', '--json'])).exit).toBe(4);
    const done = await tallystick(admin, [...revoke, '--force', '--json']);
    expect([done.exit, done.json.result]).toMatchObject([0, { tokens: [{ id: second, state: 'revoked' }] }]);
  });

  it('are rotated, and how many devices present which is told', async () => {
    const slots = ['--slot', 'mdm=berlin,platform=ios,kind=file'];
    const started = await tallystick(admin, ['token', 'rotate', 'next year', ...slots, ...because, '--json']);
    expect([started.exit, started.json.result]).toMatchObject([0, { segmentName: 'all' }]);
    const adoption = await tallystick('viewer', ['adoption', '--json']);
    expect([adoption.exit, adoption.json.result]).toMatchObject([0, { windowDays: expect.any(Number) as unknown as number }]);
    expect((await tallystick('viewer', ['adoption', '--token', first])).exit).toBe(0);
  });
});

describe('devices', () => {
  let hold: string;

  it('are previewed, and the preview is followed to its figures', async () => {
    const { exit, json } = await tallystick('operator viewer', ['preview', ...because, '--json']);
    expect([exit, json]).toMatchObject([
      0,
      { command: 'preview', result: { pass: { stage: 'done', progress: { users: people, inSync: people, differ: 0 } } } },
    ]);
    const shown = await tallystick('operator viewer', ['preview', '--sample', ...because]);
    expect([shown.exit, shown.out]).toEqual([0, expect.stringMatching(/in sync +\d/)]);
  });

  it('are explained by a key that is piped in, masked for who may only view; nobody known ends with 10', async () => {
    const { exit, out, err, json } = await tallystick('viewer', ['explain', '-', '--json'], { input: 'key-1\n' });
    expect([exit, json.result]).toMatchObject([0, { explanation: { masked: true, owner: 'this-user', plan: { steps: [] } } }]);
    expect(out + err).not.toMatch(/key-1|user-1|\+44/);
    const whole = await tallystick('auditor viewer', ['explain', '-'], { input: 'key-1\n' });
    expect([whole.exit, whole.out]).toEqual([0, expect.stringContaining('+447700900201')]);
    const nobody = await tallystick('viewer', ['explain', '-'], { input: 'nobody\n' });
    expect([nobody.exit, nobody.out]).toEqual([10, expect.stringMatching(/^NOT KNOWN HERE/)]);
  });

  it('that the guards hold are listed, shown, rejected and approved, by the role for it', async () => {
    const leave = (...gone: number[]) =>
      feed.send(
        topic,
        gone.map((n) => ({ key: `key-${n}`, value: null })),
      );
    await leave(0, 1, 2, 3);
    const open = () =>
      waitUntil('a hold', async () => {
        const { json } = await tallystick('viewer', ['hold', 'list', '--json']);
        const holds = json.result['holds'] as readonly { readonly id: string; readonly users: number }[];
        return holds.find(({ users }) => users === 2)?.id;
      });
    hold = await open();
    expect((await tallystick('viewer', ['hold', 'list'])).out).toContain(hold);
    const shown = await tallystick('viewer', ['hold', 'show', hold, '--json']);
    expect([shown.exit, shown.json.result]).toMatchObject([
      0,
      { hold: { id: hold, counts: { suspensions: 2 } }, users: [{}, {}] },
    ]);
    expect((await tallystick('viewer', ['hold', 'show', hold])).out).toContain('2 suspended');
    expect((await tallystick('operator viewer', ['hold', 'approve', hold, ...because, '--yes'])).exit).toBe(4);
    const other = ['--hash', '0'.repeat(64)];
    expect((await tallystick('approver viewer', ['hold', 'approve', hold, ...other, ...because, '--yes'])).exit).toBe(3);
    const said = await tallystick('approver viewer', ['hold', 'approve', hold, ...because, '--yes', '--json']);
    expect([said.exit, said.json.result]).toMatchObject([0, { hold: { id: hold, state: 'approved' }, woken: 2 }]);
    expect((await tallystick('approver viewer', ['hold', 'reject', hold, ...because])).exit).toBe(3);
  });

  it('whose records could not be used are parked, and replayed when a person says so; what stays parked ends with 7', async () => {
    await feed.send(topic, [{ key: 'key-7', value: 'this is no JSON' }]);
    const parked = await waitUntil('a parked record', async () => {
      const { json } = await tallystick('viewer', ['parked', 'list', '--json']);
      return (json.result['records'] as readonly { readonly id: string }[])[0]?.id;
    });
    expect((await tallystick('viewer', ['parked', 'list'])).out).toContain(parked);
    const again = await tallystick('operator viewer', ['parked', 'replay', parked, ...because, '--json']);
    expect([again.exit, again.json.result]).toMatchObject([7, { results: [{ id: parked, result: 'unusable' }] }]);
    expect((await tallystick('operator viewer', ['parked', 'replay', '--all', ...because, '--yes'])).exit).toBe(7);
  });

  it('are read anew from the beginning of their topic when that is asked for', async () => {
    const rebuild = ['source', 'rebuild', ...because, '--yes'];
    expect((await tallystick('viewer', rebuild)).exit).toBe(4);
    const key = ['--idempotency-key', 'rebuild-1', '--epoch', '0'];
    for (const _ of ['once', 'and again']) {
      const { exit, json } = await tallystick('operator viewer', [...rebuild, ...key, '--json']);
      expect([exit, json.result]).toMatchObject([0, { topic, epoch: 1 }]);
    }
    expect((await tallystick('operator viewer', [...rebuild, '--epoch', '0'])).exit).toBe(3);
  });
});

describe('the status', () => {
  const wide = 'token-admin operator auditor viewer';

  it('is one screen of words, also for a program; what a role does not show is unknown, not well', async () => {
    const { out } = await tallystick(wide, ['status']);
    for (const part of ['SERVICES', 'TOKENS', 'DEVICES', '2 of 2 validators follow', 'parked: tallystick parked list'])
      expect(out).toContain(part);
    expect(out).not.toContain('\u001b');
    const { exit, json } = await tallystick(wide, ['status', '--json']);
    const { findings } = json.result as { findings: readonly { what: string; health: string; text: string }[] };
    expect([exit, findings]).toMatchObject([
      0,
      expect.arrayContaining([expect.objectContaining({ what: 'validators', health: 'ok' })]),
    ]);
    expect(findings.find(({ what }) => what === 'shards')).toMatchObject({ health: 'unknown' });
  });

  it('is broken (7) when a service is, and the others are shown all the same; a command for it ends with 6', async () => {
    const away = { TALLYSTICK_PROVISIONING_URL: 'http://127.0.0.1:1' };
    const { exit, out } = await tallystick(wide, ['status', '--timeout', '1'], { env: away });
    expect(exit).toBe(7);
    expect(out).toMatch(/broken +provisioning-service/);
    expect(out).toMatch(/ok +validators/);
    expect((await tallystick(wide, ['hold', 'list', '--timeout', '1'], { env: away })).exit).toBe(6);
  });
});

it('completes commands and their flags in a shell', async () => {
  const script = await tallystick('viewer', ['completion', 'bash']);
  expect([script.exit, script.out]).toEqual([0, expect.stringContaining('tallystick')]);
  const asked = async (...words: string[]) => (await tallystick('viewer', ['complete', '--', ...words])).out;
  expect(await asked('token', 're')).toMatch(/^revoke\t/m);
  expect(await asked('hold', 'approve', '--rea')).toMatch(/^--reason\t/m);
  expect(await asked('token', 'list', '--state', '')).toMatch(/^revoked/m);
  for (const shell of ['zsh', 'fish']) expect((await tallystick('viewer', ['completion', shell])).exit).toBe(0);
});
