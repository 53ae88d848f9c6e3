import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { startSystem, type System } from './system/system.ts';
import { TokensClient } from './system/tokens-client.ts';

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

let system: System;
let token: string;

beforeAll(async () => {
  const { redis, kafka, temporal, oidc } = endpoints();
  system = await startSystem({
    root,
    folder,
    servers: { redis, kafka: kafka.join(','), temporal, oidc },
    environment,
    halves: ['tokens'],
    validators: 1,
    deviceLimit: 9,
    connections: () => [],
    env: { 'token-service': { TOKENS_CHANGES_PER_MINUTE: '10000' } },
  });
  const bearer = await system.access.tokenFor('fuzzer', environment, ['token-admin', 'viewer']);
  token = (await new TokensClient(system.url('token-service'), environment, bearer).add('to be fuzzed', { keepValue: true })).id;
}, 120_000);

afterAll(async () => {
  await system?.stop();
}, 60_000);

/** Resolves with the fuzzer's exit code and report. */
async function fuzz(url: string, bearer: string): Promise<{ readonly code: number; readonly report: string }> {
  const program = process.env['STACK_API_FUZZER'];
  if (!program) throw new Error('STACK_API_FUZZER is not set: run "npm test -- e2e api-fuzz"');
  const config = join(folder, 'schemathesis.toml');
  // Most made-up environments would only ever meet the wall around environments.
  writeFileSync(config, `[parameters]\n"path.environment" = "${environment}"\n"path.token" = "${token}"\n`);
  const args = [
    ...['--config-file', config, 'run', `${url}/openapi.json`, '--url', url],
    ...['--header', `Authorization: Bearer ${bearer}`, '--checks', checks.join(',')],
    ...['--phases', 'examples,coverage,fuzzing', '--max-examples', String(examplesPerOperation), '--seed', '4'],
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

  it('of the validator, asked by a caller', async () => {
    const bearer = await system.access.tokenFor('fuzzer', environment, ['validator-caller']);
    const { code, report } = await fuzz(system.url('pairing-validator-1'), bearer);
    if (code !== 0) throw new Error(endOf(report));
    expect(report).toMatch(/\d+ (?:generated|passed)/);
  }, 300_000);
});
