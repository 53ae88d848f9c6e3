import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { builtApp, installation, startProcess } from './test-support/processes.ts';

// Both services as they are shipped: what one promises, the other has to keep.

const { auth, bearer, peppersFile, sealKeysFile, remove } = installation();
const environment = uniqueName('acme');
const prefix = uniqueName('both');
const admin = bearer({ [environment]: ['token-admin', 'approver'] }); // what is forced needs both
const caller = bearer({ [environment]: ['validator-caller'] });
const processes: ReturnType<typeof startProcess>[] = [];
let tokens: string;
let validators: string[];

type Json = Record<string, unknown>;
async function call(method: string, url: string, authorization: string, body?: Json): Promise<{ status: number; body: Json }> {
  const response = await fetch(url, {
    method,
    headers: { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Json };
}
const ring = (path: string) => `${tokens}/v1/environments/${environment}/${path}`;
const verdicts = (presentedToken: string) =>
  Promise.all(
    validators.map(async (url) => {
      const { status, body } = await call('POST', `${url}/v1/environments/${environment}/verdicts`, caller, {
        kind: 'pairing',
        presentedToken,
      });
      return (body['verdict'] as string | undefined) ?? String(status);
    }),
  );

async function addToken(): Promise<{ id: string; value: string }> {
  const { status, body } = await call('POST', ring('tokens'), admin, { reason: 'a test', label: 'a fleet' });
  expect(status).toBe(201);
  return { id: (body['token'] as { id: string }).id, value: body['value'] as string };
}

beforeAll(async () => {
  const redis = endpoints().redis;
  const [tokenService, validator] = [builtApp('token-service'), builtApp('pairing-validator')];
  const started = [
    startProcess(tokenService, {
      ...auth,
      TOKENS_REDIS_URL: redis,
      TOKENS_REDIS_PREFIX: prefix,
      TOKENS_PEPPERS_FILE: peppersFile,
      TOKENS_SEAL_KEYS_FILE: sealKeysFile,
    }),
    ...[0, 1].map(() =>
      startProcess(validator, {
        ...auth,
        VALIDATOR_REDIS_URL: redis,
        VALIDATOR_REDIS_PREFIX: prefix,
        VALIDATOR_PEPPERS_FILE: peppersFile,
      }),
    ),
  ];
  processes.push(...started);
  const urls = await Promise.all(
    started.map(({ url, log }) => eventually(url, { withinMs: 60_000, what: `a service listens: ${log()}` })),
  );
  tokens = urls[0]!;
  validators = urls.slice(1);
  for (const url of urls)
    await eventually(async () => (await fetch(`${url}/health/ready`)).ok, { withinMs: 60_000, what: 'a service is ready' });
  const on = await call('PUT', ring('requirement'), admin, {
    reason: 'a test',
    mode: 'enforce',
    effectiveAt: '2026-01-01T00:00:00Z',
    force: { reason: 'a test' },
  });
  expect(on.status).toBe(200);
}, 90_000);
afterAll(async () => {
  for (const { signal } of processes) signal('SIGTERM');
  await Promise.all(processes.map(({ ended }) => ended));
  remove();
}, 30_000);

describe('a token', () => {
  it('that the token service made is allowed by every validator when its creation was answered', async () => {
    const { value } = await addToken();
    expect(await verdicts(value)).toEqual(['allow', 'allow']);
    expect(await verdicts(value.toLowerCase())).toEqual(['deny', 'deny']);
  }, 30_000);

  it('whose revocation was answered is allowed by nobody, ten times in a row, under requests all the while', async () => {
    let isOver = false;
    const spare = await addToken();
    const load = (async () => {
      while (!isOver) expect(await verdicts(spare.value)).toEqual(['allow', 'allow']);
    })();
    const milliseconds: number[] = [];
    for (let i = 0; i < 10; i++) {
      const { id, value } = await addToken();
      expect(await verdicts(value)).toEqual(['allow', 'allow']);
      const before = performance.now();
      const { status, body } = await call('POST', ring(`tokens/${id}/revoke`), admin, {
        reason: 'lost',
        force: { reason: 'a test' },
      });
      milliseconds.push(performance.now() - before);
      expect([status, body]).toEqual([200, expect.objectContaining({ bounded: true })]);
      expect(await verdicts(value)).toEqual(['deny', 'deny']);
    }
    isOver = true;
    await load;
    expect(Math.max(...milliseconds)).toBeLessThan(6_500);
  }, 120_000);
});
