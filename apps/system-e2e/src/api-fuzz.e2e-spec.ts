import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { createFeed } from './system/feed.ts';
import { ProvisioningClient } from './system/provisioning-client.ts';
import { ampleBudget, startSystem, type System } from './system/system.ts';
import { TokensClient } from './system/tokens-client.ts';
import { waitUntil } from './system/wait-until.ts';

// A property-based fuzzer reads each service's own OpenAPI document and asks the running service what it allows and what it forbids.
const root = resolve(import.meta.dirname, '../../..');
const folder = join(root, '.stack', 'test', 'api-fuzz');
const environment = uniqueName('fuzz').toLowerCase();
const examplesPerOperation = 15;

/** What must hold of every answer, whatever was asked. */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'unsupported_method',
  'ignored_auth',
];

/** How an invalid request may be refused: the fuzzer's own list, and 414, for it makes up paths of any length. */
const refusals = ['400', '401', '403', '404', '405', '406', '409', '414', '415', '422', '428', '429', '5xx'];

let system: System;
let token: string;
/** What stands in paths, besides the environment: made-up ids would only ever be unknown. */
let known: Readonly<Record<string, string>>;

beforeAll(async () => {
  const { redis, kafka, temporal, oidc } = endpoints();
  system = await startSystem({
    root,
    folder,
    servers: { redis, kafka: kafka.join(','), temporal, oidc },
    environment,
    validators: 1,
    deviceLimit: 9,
    connections: () => [],
    env: {
      'token-service': { TOKENS_CHANGES_PER_MINUTE: '10000' },
      // Kept in Redis, where they can be changed over HTTP.
      'provisioning-service': { PROVISIONING_CONNECTIONS_FILE: '' },
      'temporal-worker': { WORKER_CONNECTIONS_FILE: '' },
    },
  });
  const bearer = await system.access.tokenFor('fuzzer', environment, ['token-admin', 'viewer']);
  token = (await new TokensClient(system.url('token-service'), environment, bearer).add('to be fuzzed', { keepValue: true })).id;
  known = await someProvisioning();
}, 120_000);

afterAll(async () => {
  await system?.stop();
}, 60_000);

/** A connection with a user, a record that was parked and a preview; resolves with their ids. */
async function someProvisioning(): Promise<Readonly<Record<string, string>>> {
  const [topic, connection] = [`${environment}.people`, 'people'];
  const bearer = await system.access.tokenFor('maker', environment, ['operator', 'approver']);
  const client = () => new ProvisioningClient(system.url('provisioning-service'), environment, connection, bearer);
  const document = {
    source: { topic, format: { kind: 'json' } },
    directory: { kind: 'pingid', properties: { file: 'pingid.properties' } },
    mapping: { userName: { attribute: 'username' }, mfaSms1: { attribute: 'mobile' } },
    budget: ampleBudget,
  };
  const made = await client().raw('PUT', '', { reason: 'to be fuzzed', document }, { 'if-none-match': '*' });
  if (made.status !== 201) throw new Error(`the connection was not made: ${made.status} ${await made.text()}`);
  await system.process('provisioning-service').stop(); // it reads the topics of its connections at its start
  await system.restart('provisioning-service');
  const feed = createFeed(endpoints().kafka.join(','));
  const person = { id: 'key-1', username: 'ada', mobile: '+447700900001' };
  await feed.send(topic, [
    { key: person.id, value: JSON.stringify(person) },
    { key: 'key-2', value: 'no json' },
  ]);
  await feed.close();
  const { user } = await waitUntil('the outcome of the user', async () => {
    const found = await client().userOf(person.id);
    return found.outcome !== null && found;
  });
  const parked = await waitUntil('the parked record', async () => {
    const { records } = await client().send<{ records: { id: string }[] }>('GET', '/parked-records');
    return records[0]?.id;
  });
  const { id: pass } = await client().startPass('preview');
  return { connection, user, pass, id: parked };
}

/** Resolves with the fuzzer's exit code and report. */
async function fuzz(
  url: string,
  bearer: string,
  examples = examplesPerOperation,
): Promise<{ readonly code: number; readonly report: string }> {
  const program = process.env['STACK_API_FUZZER'];
  if (!program) throw new Error('STACK_API_FUZZER is not set: run "npm test -- e2e api-fuzz"');
  const config = join(folder, 'schemathesis.toml');
  // Most made-up environments would only ever meet the wall around environments.
  const fixed = Object.entries({ environment, token, ...known }).map(([name, value]) => `"path.${name}" = "${value}"\n`);
  const rejections = `[checks.negative_data_rejection]\nexpected-statuses = ${JSON.stringify(refusals)}\n`;
  writeFileSync(config, `${rejections}[parameters]\n${fixed.join('')}`);
  const args = [
    ...['--config-file', config, 'run', `${url}/openapi.json`, '--url', url],
    ...['--header', `Authorization: Bearer ${bearer}`, '--checks', checks.join(',')],
    ...['--phases', 'examples,coverage,fuzzing', '--max-examples', String(examples), '--seed', '4'],
    ...['--request-timeout', '20', '--no-color', '--suppress-health-check', 'all', '--continue-on-failure'],
  ];
  return new Promise((done) => {
    execFile(program, args, { cwd: folder, maxBuffer: 64e6 }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, report: `${stdout}\n${stderr}` }),
    );
  });
}

/** The end of the report, where the failures are listed with a command that repeats each. */
const endOf = (report: string): string => report.slice(-12_000);

describe('every answer is as the OpenAPI document says, and none is a server error', () => {
  it('of the token service, asked by somebody who may do everything', async () => {
    const bearer = await system.access.tokenFor('fuzzer', environment, [
      'viewer',
      'token-admin',
      'approver',
      'auditor',
      'operator',
    ]);
    const { code, report } = await fuzz(system.url('token-service'), bearer);
    if (code !== 0) throw new Error(endOf(report));
    expect(report).toMatch(/\d+ (?:generated|passed)/);
  }, 600_000);

  it('of the provisioning service, asked by somebody who may do everything', async () => {
    const bearer = await system.access.tokenFor('fuzzer', environment, ['viewer', 'operator', 'approver', 'auditor']);
    const { code, report } = await fuzz(system.url('provisioning-service'), bearer, 5);
    if (code !== 0) throw new Error(endOf(report));
    expect(report).toMatch(/\d+ (?:generated|passed)/);
  }, 300_000);

  it('of the validator, asked by a caller', async () => {
    const bearer = await system.access.tokenFor('fuzzer', environment, ['validator-caller']);
    const { code, report } = await fuzz(system.url('pairing-validator-1'), bearer);
    if (code !== 0) throw new Error(endOf(report));
    expect(report).toMatch(/\d+ (?:generated|passed)/);
  }, 300_000);
});
