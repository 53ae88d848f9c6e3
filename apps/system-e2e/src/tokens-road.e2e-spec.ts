import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type AuditReport,
  defaultAuditChainTopics,
  readTrustedKeys,
  verifyAuditLines,
  verifyAuditTopic,
} from '@tallystick/platform-audit';
import { createKafka, readToEnd } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { askUntil } from './system/ask-validators.ts';
import { everythingWritten, findIn } from './system/leaks.ts';
import { SeenDirectory } from './system/seen-directory.ts';
import { startSystem, type System } from './system/system.ts';
import { waitUntil } from './system/wait-until.ts';
import { type IssuedToken, ProviderClient, TokensClient } from './system/tokens-client.ts';

// The tokens road as its callers see it: an administrator, the provider's pairing service, phones. Real processes, real Redis.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('tokens').toLowerCase();
/** No device is watched long enough here for the guards to know anything, so what they refuse is forced. */
const because = 'the test has no sightings to go by';
const phone = { type: 'iPhone', model: 'iPhone 17', osVersion: '26.1' };

let system: System;
let directory: SeenDirectory;
let provider: ProviderClient;
let tokens: TokensClient;
let caller: string;
let first: IssuedToken;
const issued: string[] = [];
const add = async (label: string): Promise<IssuedToken> => {
  const token = await tokens.add(label);
  issued.push(token.value);
  return token;
};
const urls = () => system.validators.map((name) => system.url(name));
const allows = async (validator: string, presentedToken: string): Promise<boolean> => {
  const response = await fetch(`${validator}/v1/environments/${environment}/verdicts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${caller}`, 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'authentication', presentedToken }),
  });
  return response.ok && ((await response.json()) as { verdict: string }).verdict === 'allow';
};
const ask = (presentedToken: string) => askUntil({ validators: urls(), environment, caller, presentedToken });

beforeAll(async () => {
  const { redis, kafka, temporal, oidc } = endpoints();
  system = await startSystem({
    root,
    folder: join(root, '.stack', 'test', 'tokens-road'),
    servers: { redis, kafka: kafka.join(','), temporal, oidc },
    environment,
    halves: ['tokens'],
    validators: 2,
    deviceLimit: 9,
    connections: () => [],
  });
  directory = new SeenDirectory(system.url('directory-simulator'));
  provider = new ProviderClient(system.url('directory-simulator'));
  tokens = new TokensClient(
    system.url('token-service'),
    environment,
    await system.access.tokenFor('admin', environment, ['token-admin', 'viewer', 'approver']),
  );
  caller = await system.access.tokenFor('load', environment, ['validator-caller']);
  await directory.reset({ users: ['ann', 'bob', 'cat'].map((username) => ({ username })) });
  const made = await tokens.enforce(new Date(Date.now() + 86_400_000));
  if (!made) throw new Error('turning the requirement on made no token');
  first = made;
  issued.push(made.value);
}, 120_000);

afterAll(async () => {
  await system?.stop();
}, 60_000);

describe('pairing and sign-on at the provider', () => {
  it('M4: before the effective date a phone without a token pairs', async () => {
    expect(await provider.pair(environment, 'ann', undefined, phone)).toMatchObject({ httpStatus: 200, status: 'PAIRED' });
  });

  it('M5, M9, M10, M11: from the effective date on only an active token passes, and nothing else in the flow runs', async () => {
    await tokens.enforce(new Date(), because);
    expect(await provider.pair(environment, 'bob', first.value, phone)).toMatchObject({ httpStatus: 200, status: 'PAIRED' });
    const refused = await Promise.all(
      [undefined, '', 'tsk_wrong', first.value.toLowerCase(), `${first.value} `].map((value) =>
        provider.pair(environment, 'cat', value, phone),
      ),
    );
    for (const answer of refused) expect(answer).toMatchObject({ httpStatus: 403, status: 'CANNOT_PAIR' });
    expect((await directory.user('cat'))?.devices).toEqual([]);
  });

  it('M13: a method other than the app is not asked', async () => {
    const response = await fetch(`${urls()[0]}/v1/environments/${environment}/verdicts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${caller}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'authentication', method: 'sms' }),
    });
    expect(await response.json()).toMatchObject({ verdict: 'allow' });
  });

  it('M14, M16, M22: after a revoke the phone is refused, stays paired, and works again with the other token', async () => {
    const second = await add('second');
    const { deviceId } = await provider.pair(environment, 'cat', second.value, phone);
    await tokens.revoke(second.id, 'test', because);
    expect(await provider.signOn(environment, 'cat', deviceId!, second.value)).toMatchObject({
      httpStatus: 403,
      status: 'BLOCKED',
    });
    expect(await provider.signOn(environment, 'cat', deviceId!, first.value)).toMatchObject({ httpStatus: 200 });
  });

  it('the provider halts when no validator answers', async () => {
    const stopped = system.validators.map((name) => system.process(name));
    await Promise.all(stopped.map((one) => one.kill('SIGSTOP')));
    try {
      expect(await provider.pair(environment, 'ann', first.value, phone)).toMatchObject({ httpStatus: 503, status: 'HALTED' });
    } finally {
      await Promise.all(stopped.map((one) => one.kill('SIGCONT')));
    }
  }, 30_000);
});

describe('a revoke is over when it says so', () => {
  it('R37: under load on every validator no request begun after the answer is allowed', async () => {
    for (let round = 0; round < 5; round += 1) {
      const token = await add(`round ${round}`);
      const asking = ask(token.value);
      await asking.untilAllowedEverywhere;
      const answer = await tokens.revoke(token.id, 'test', because);
      const answeredAt = performance.now();
      const asked = await asking.stop();
      expect(answer.bounded).toBe(true);
      expect(asked.filter(({ startedAt }) => startedAt > answeredAt).length).toBeGreaterThan(0);
      expect(asked.filter(({ allowed, startedAt }) => allowed && startedAt > answeredAt)).toEqual([]);
    }
  }, 90_000);

  it('R35: a validator that is stopped during the revoke refuses when it goes on', async () => {
    const token = await add('stopped');
    const asking = ask(token.value);
    await asking.untilAllowedEverywhere;
    await asking.stop();
    const victim = system.process(system.validators[0]!);
    await victim.kill('SIGSTOP');
    const answer = await tokens.revoke(token.id, 'test', because);
    expect(answer.waitedMs).toBeGreaterThan(1_000); // it could not acknowledge: its lease had to run out
    expect(answer.waitedMs).toBeLessThan(6_000);
    await victim.kill('SIGCONT');
    const after = ask(token.value);
    const asked = await after.stop();
    after.untilAllowedEverywhere.catch(() => undefined);
    expect(asked.filter(({ allowed }) => allowed)).toEqual([]);
  }, 60_000);

  it('R5: a token service that is killed while a revoke waits: the same request again waits again, and is one change', async () => {
    const token = await add('crash');
    const victim = system.process(system.validators[0]!);
    await victim.kill('SIGSTOP'); // so that the revoke has to wait
    const key = { 'idempotency-key': randomUUID() };
    const broken = tokens
      .raw('POST', `/tokens/${token.id}/revoke`, { reason: 'test', force: { reason: because } }, key)
      .catch(() => undefined);
    const validator = urls()[1]!; // the one that runs tells when the change is committed
    await waitUntil('the change to be committed', async () => !(await allows(validator, token.value)), { everyMs: 10 });
    await system.process('token-service').kill('SIGKILL');
    await broken;
    await system.restart('token-service');
    const again = await tokens.raw('POST', `/tokens/${token.id}/revoke`, { reason: 'test', force: { reason: because } }, key);
    expect(again.status).toBe(200);
    await victim.kill('SIGCONT');
    const after = ask(token.value);
    const asked = await after.stop();
    after.untilAllowedEverywhere.catch(() => undefined);
    expect(asked.filter(({ allowed }) => allowed)).toEqual([]);
  }, 60_000);
});

describe('what nobody may read', () => {
  it('I8: no value in any log, file, key of Redis or topic, neither as text nor in base64', async () => {
    const { folder, servers } = system.options;
    const { temporal: _, ...written } = servers;
    const texts = new Map(issued.map((value, at) => [`value ${at + 1}`, value]));
    expect(texts.size).toBeGreaterThan(1);
    const found = await findIn(everythingWritten({ folder, servers: written, environment }), texts);
    expect(found).toEqual([]);
  }, 60_000);

  it('another environment, and no token at all, open nothing', async () => {
    const stranger = new TokensClient(
      system.url('token-service'),
      environment,
      await system.access.tokenFor('stranger', 'elsewhere', ['token-admin', 'viewer']),
    );
    expect((await stranger.raw('GET', '/tokens')).status).toBe(404);
    expect((await fetch(`${system.url('token-service')}/v1/environments/${environment}/tokens`)).status).toBe(401);
    expect((await fetch(`${urls()[0]}/v1/environments/${environment}/verdicts`, { method: 'POST' })).status).toBe(401);
  });
});

describe('the audit', () => {
  it('of all that was done here is whole, vouched for, and read without any of the services; one byte that is changed is found', async () => {
    const { folder, servers } = system.options;
    const logger = createLogger({ service: 'verifier', level: 'silent' });
    const kafka = createKafka({ brokers: servers.kafka.split(','), clientId: 'verifier', logger });
    const keys = readTrustedKeys(readFileSync(join(folder, 'audit-signing-key.pem'), 'utf8'));
    const verifying = { keys, environments: [environment] };
    const chainIn = ({ chains }: AuditReport) => chains.find(({ chain }) => chain === `tokens/${environment}`);
    let report: AuditReport | undefined;
    await waitUntil('the newest record to be vouched for', async () => {
      report = await verifyAuditTopic({ ...verifying, kafka, topics: defaultAuditChainTopics });
      const chain = chainIn(report);
      return chain !== undefined && chain.vouched?.sequence === chain.upTo.sequence;
    });
    expect(chainIn(report!)).toMatchObject({ verdict: 'whole', faults: [], before: 0, generations: [] });
    expect(chainIn(report!)!.records).toBeGreaterThan(issued.length);

    const lines = { audit: [] as string[], heads: [] as string[] };
    for (const topic of ['audit', 'heads'] as const)
      await readToEnd({
        ...{ kafka, topic: defaultAuditChainTopics[topic], groupPrefix: 'verifier' },
        onRecord: ({ key, value }) => void lines[topic].push(JSON.stringify({ key: String(key), value: String(value) })),
      });
    expect(chainIn(await verifyAuditLines({ ...verifying, ...lines }))?.verdict).toBe('whole');
    const at = lines.audit.findIndex((line) => line.includes(environment) && line.includes('requestId'));
    expect(at).toBeGreaterThan(-1);
    const audit = lines.audit.with(at, lines.audit[at]!.replace('actor', 'act0r'));
    expect(chainIn(await verifyAuditLines({ ...verifying, heads: lines.heads, audit }))).toMatchObject({
      verdict: 'faulty',
      faults: [{ kind: 'changed' }],
    });
  }, 120_000);
});
