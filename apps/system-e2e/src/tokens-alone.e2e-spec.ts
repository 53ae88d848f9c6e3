import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join, resolve } from 'node:path';
import { createKafka, runConsumer } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { uniqueName } from '@tallystick/platform-testing';
// The servers' tool is no library: it is plain Node, because it runs before a package is installed. Here it gives servers that can be killed.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { startStack } from '../../../tools/stack/stack.mjs';
import { startSystem, type System } from './system/system.ts';
import { TokensClient } from './system/tokens-client.ts';
import { waitUntil } from './system/wait-until.ts';

// An emergency needs Redis, the token service and its validators, and nothing else: Kafka and Temporal were there, and are killed.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('alone').toLowerCase();
const because = 'the test has no sightings to go by';

let stack: Awaited<ReturnType<typeof startStack>>;
let system: System;
let tokens: TokensClient;
let caller: string;

beforeAll(async () => {
  stack = await startStack({ name: 'test-tokens-alone', fresh: true, servers: ['redis', 'kafka', 'temporal', 'oidc'] });
  const { redis, kafka, temporal, oidc } = stack.endpoints;
  system = await startSystem({
    root,
    folder: join(root, '.stack', 'test-tokens-alone', 'system'),
    servers: { redis: redis!, kafka: kafka!, temporal: temporal!, oidc: oidc! },
    environment,
    halves: ['tokens'],
    validators: 2,
    deviceLimit: 9,
    connections: () => [],
  });
  const bearer = await system.access.tokenFor('admin', environment, ['token-admin', 'viewer', 'approver']);
  tokens = new TokensClient(system.url('token-service'), environment, bearer);
  caller = await system.access.tokenFor('provider', environment, ['validator-caller']);
  await tokens.enforce(new Date(), 'the test begins');
}, 240_000);

afterAll(async () => {
  await system?.stop();
  await stack?.stop();
}, 90_000);

const verdicts = (presentedToken: string): Promise<readonly string[]> =>
  Promise.all(
    system.validators.map(async (name) => {
      const response = await fetch(`${system.url(name)}/v1/environments/${environment}/verdicts`, {
        method: 'POST',
        headers: { authorization: `Bearer ${caller}`, 'content-type': 'application/json' },
        body: JSON.stringify({ kind: 'authentication', presentedToken }),
      });
      return ((await response.json()) as { verdict?: string }).verdict ?? String(response.status);
    }),
  );

const rotations = async (): Promise<number> => (await tokens.raw('GET', '/rotations/ios')).status;

interface Published {
  readonly environment: string;
  readonly action: string;
  readonly revoked?: readonly string[];
}

/** Follows the audit topic from its beginning. */
async function followAudit() {
  const logger = createLogger({ service: 'auditor', level: 'silent' });
  const entries: Published[] = [];
  const consumer = runConsumer({
    kafka: createKafka({ brokers: stack.endpoints.kafka!.split(','), clientId: 'auditor', logger }),
    groupId: uniqueName('auditor'),
    topics: ['tallystick.audit'],
    fromBeginning: true,
    logger,
    handle: ({ value }) => {
      const { entry } = JSON.parse(String(value)) as { readonly entry?: Published | string }; // the record of a chain; a text where it is no object
      if (typeof entry === 'object') entries.push(entry);
      return Promise.resolve();
    },
  });
  await consumer.joined;
  return { entries, stop: () => consumer.stop() };
}

describe('with Kafka and Temporal killed under a token service that uses both', () => {
  it('a revoke and "all but this one" are confirmed by every validator; the audit entries come when Kafka is back', async () => {
    const [lost, second, third, kept] = await Promise.all(['lost', 'second', 'third', 'kept'].map((label) => tokens.add(label)));
    const others = ((await tokens.read('/tokens')) as { items: { id: string; state: string }[] }).items
      .filter(({ id, state }) => state === 'active' && id !== lost!.id && id !== kept!.id)
      .map(({ id }) => id);
    expect(others).toEqual(expect.arrayContaining([second!.id, third!.id]));
    for (const { value } of [lost!, second!, third!, kept!])
      await waitUntil('both validators to accept it', async () =>
        (await verdicts(value)).every((verdict) => verdict === 'allow'),
      );
    // Before it has watched the member table for longer than any lease, the token service waits for leases to end instead.
    await waitUntil('a revoke that validators acknowledge', async () => {
      const token = await tokens.add('warm-up');
      return (await tokens.revoke(token.id, 'test', because)).confirmedBy === 'acknowledgement';
    });
    expect(await rotations()).toBe(404); // Temporal answers: there is none

    await Promise.all([stack.kill('kafka'), stack.kill('temporal')]);
    expect(await rotations()).toBe(503);
    expect(stack.endpoints.pids).not.toHaveProperty('kafka');

    expect(await tokens.revoke(lost!.id, 'found in a repository', because)).toMatchObject({
      confirmedBy: 'acknowledgement',
      validators: 2,
    });
    expect(await verdicts(lost!.value)).toEqual(['deny', 'deny']);
    const emergency = { keep: kept!.id, reason: 'an MDM was broken into', force: { reason: because } };
    expect(await tokens.send('POST', '/tokens/revoke-all-but', emergency)).toMatchObject({
      confirmedBy: 'acknowledgement',
      validators: 2,
    });
    for (const { value } of [second!, third!]) expect(await verdicts(value)).toEqual(['deny', 'deny']);
    expect(await verdicts(kept!.value)).toEqual(['allow', 'allow']);
    expect(stack.endpoints.pids).not.toHaveProperty('kafka');
    expect(stack.endpoints.pids).not.toHaveProperty('temporal');

    await Promise.all([stack.start('kafka'), stack.start('temporal')]);
    const audit = await followAudit();
    try {
      const revoked = (action: string) => audit.entries.filter((it) => it.environment === environment && it.action === action);
      await waitUntil('the entries of the emergency', () => Promise.resolve(revoked('revoke-others').length > 0));
      expect(revoked('revoke-others')[0]!.revoked?.toSorted()).toEqual(others.toSorted());
      expect(revoked('revoke-tokens').map((entry) => entry.revoked)).toContainEqual([lost!.id]);
      await waitUntil('Temporal to answer', async () => (await rotations()) === 404);
    } finally {
      await audit.stop();
    }
  }, 240_000);
});
