import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readTrustedKeys, verifyAuditTopic, defaultAuditChainTopics } from '@tallystick/platform-audit';
import { createKafka, readToEnd } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { isAllowedAtLast } from '../system/ask-validators.ts';
import { startSystem, type System } from '../system/system.ts';
import { type IssuedToken, TokensClient } from '../system/tokens-client.ts';
import { waitUntil } from '../system/wait-until.ts';
import { type HeldAt, type HeldLink, heldLink } from './held-link.ts';
import { redisCommands } from './redis-commands.ts';

// R5: the token service is killed at every message that it sends to Redis while it creates and revokes, before and after Redis had it.
const root = resolve(import.meta.dirname, '../../../..');
const environment = uniqueName('crash').toLowerCase();
const because = 'the test has no sightings to go by';

/** Ids of the tokens whose change was killed and repeated until it was answered. */
const changed = { created: new Set<string>(), revoked: new Set<string>() };
let system: System;
let link: HeldLink;
let tokens: TokensClient;
let caller: string;

beforeAll(async () => {
  const { redis, kafka, oidc } = endpoints();
  const { hostname, port } = new URL(redis);
  link = await heldLink({ host: hostname, port: Number(port) }, (message) => message.includes(environment), redisCommands);
  system = await startSystem({
    root,
    folder: join(root, '.stack', 'test', 'token-service-sweep'),
    servers: { redis, kafka: kafka.join(','), oidc },
    ...{ environment, halves: ['tokens'], validators: 2, deviceLimit: 9, connections: () => [] },
    env: {
      'token-service': { TOKENS_REDIS_URL: `redis://127.0.0.1:${link.port}` },
      // After each start it has to outwait a lease: it does not know yet who has one.
      'pairing-validator': { VALIDATOR_LEASE_MS: '1000' },
    },
  });
  const bearer = await system.access.tokenFor('admin', environment, ['token-admin', 'viewer', 'approver']);
  tokens = new TokensClient(system.url('token-service'), environment, bearer);
  caller = await system.access.tokenFor('load', environment, ['validator-caller']);
  await tokens.enforce(new Date(), because);
}, 120_000);

afterAll(async () => {
  await system?.stop();
  await link?.close();
}, 60_000);

const urls = () => system.validators.map((name) => system.url(name));
const allowedBy = (value: string) =>
  Promise.all(urls().map((validator) => isAllowedAtLast(validator, { environment, caller, presentedToken: value })));

interface Change {
  readonly path: string;
  readonly body: object;
}

/**
 * Sends a change, kills the service at the n-th message, starts it anew and repeats the change with its key until it is answered. `false`:
 * the change was answered before there was an n-th message, so all of its points have been.
 */
async function killedAt(n: number, at: HeldAt, { path, body }: Change): Promise<Response | false> {
  const key = { 'idempotency-key': randomUUID() };
  const send = () => tokens.raw('POST', path, body, key);
  const held = link.hold(n, at);
  const first = send().then(
    (answer) => answer.status < 500,
    () => false,
  );
  const isHeld = await Promise.race([held.then(() => true), first.then((answered) => !answered)]);
  if (!isHeld) {
    link.cancel();
    return false;
  }
  await system.process('token-service').kill('SIGKILL');
  await first;
  link.open();
  await system.restart('token-service');
  return waitUntil('an answer', async () => {
    const answer = await send().catch(() => undefined);
    if (answer && answer.status >= 500) expect(answer.status).toBe(503);
    return answer !== undefined && answer.status < 500 && answer;
  });
}

/** Every point of a change, before and after; `check` looks at what became of it. Gives how many there were. */
async function sweep(
  prepare: () => Promise<Change>,
  check: (answer: Response, change: Change) => Promise<void>,
): Promise<number> {
  let points = 0;
  for (const at of ['before', 'after'] as const)
    for (let n = 1; ; n += 1) {
      const change = await prepare();
      const answer = await killedAt(n, at, change);
      if (answer === false) break;
      await check(answer, change);
      points += 1;
    }
  return points;
}

describe('R5: the token service, killed at every message to Redis', () => {
  it('of a create: the same request again gives the one token, whose value is accepted; there is no half-made token', async () => {
    let n = 0;
    const label = () => `created ${(n += 1)}`;
    const points = await sweep(
      () => Promise.resolve({ path: '/tokens', body: { reason: 'sweep', label: label() } }),
      async (answer) => {
        expect(answer.status).toBe(201);
        const { token, value } = (await answer.json()) as { token: { id: string }; value: string };
        const { items } = (await tokens.read('/tokens?limit=200')) as { items: { id: string; label: string }[] };
        expect(items.filter(({ label }) => label === `created ${n}`).map(({ id }) => id)).toEqual([token.id]);
        await waitUntil('every validator to accept it', async () => (await allowedBy(value)).every(Boolean));
        changed.created.add(token.id);
      },
    );
    process.stdout.write(`  ${points} points of a create survived\n`);
    expect(points).toBeGreaterThanOrEqual(2);
  }, 240_000);

  it('I6 of a revoke: once the same request is answered, no validator accepts the token any more', async () => {
    let token: IssuedToken;
    const points = await sweep(
      async () => {
        token = await tokens.add('to be revoked');
        await waitUntil('every validator to accept it', async () => (await allowedBy(token.value)).every(Boolean));
        return { path: `/tokens/${token.id}/revoke`, body: { reason: 'sweep', force: { reason: because } } };
      },
      async (answer) => {
        expect([answer.status, await allowedBy(token.value)]).toEqual([200, [false, false]]);
        expect(await tokens.read(`/tokens/${token.id}`)).toMatchObject({ state: 'revoked' });
        changed.revoked.add(token.id);
      },
    );
    process.stdout.write(`  ${points} points of a revoke survived\n`);
    expect(points).toBeGreaterThanOrEqual(2);
  }, 360_000);

  it('I7: has left an audit chain that is whole, and that has each change once', async () => {
    const { folder, servers } = system.options;
    const logger = createLogger({ service: 'verifier', level: 'silent' });
    const kafka = createKafka({ brokers: servers.kafka.split(','), clientId: 'verifier', logger });
    const keys = readTrustedKeys(readFileSync(join(folder, 'audit-signing-key.pem'), 'utf8'));
    const topics = defaultAuditChainTopics;
    const patiently = { withinMs: 110_000, everyMs: 500 };
    const ofChain = `tokens/${environment}`;

    // A chain that is whole as far as it goes may not have the last kills yet: the claim of the relay that was killed lasts 45 s.
    const last = (await tokens.add('the last of the sweep')).id;
    /** By their place in the chain: a record may be in the topic more than once. */
    const entries = new Map<number, AuditEntry>();
    const lastSequence = await waitUntil(
      'the last change to be in the audit',
      async () => {
        await readToEnd({
          ...{ kafka, topic: topics.audit, groupPrefix: 'verifier' },
          onRecord: ({ value }) => {
            const { chain, sequence, entry } = JSON.parse(String(value)) as {
              chain: string;
              sequence: number;
              entry: AuditEntry;
            };
            if (chain === ofChain) entries.set(sequence, entry);
          },
        });
        return [...entries].find(([, entry]) => entry.tokens?.some(({ token }) => token === last))?.[0];
      },
      patiently,
    );
    const chain = await waitUntil(
      'the last change to be vouched for',
      async () => {
        const { chains } = await verifyAuditTopic({ keys, environments: [environment], kafka, topics });
        const ours = chains.find(({ chain }) => chain === ofChain);
        return ours?.vouched && ours.vouched.sequence >= lastSequence && ours;
      },
      patiently,
    );
    expect(chain).toMatchObject({ verdict: 'whole', faults: [] });

    const timesOf = (action: string, id: string) =>
      [...entries.values()].filter((entry) => entry.action === action && entry.tokens?.some(({ token }) => token === id)).length;
    for (const [what, action] of [
      ['created', 'add-token'],
      ['revoked', 'revoke-tokens'],
    ] as const) {
      expect(changed[what].size).toBeGreaterThanOrEqual(2);
      expect([...changed[what]].map((id) => [id, timesOf(action, id)]).filter(([, times]) => times !== 1)).toEqual([]);
    }
  }, 240_000);
});

interface AuditEntry {
  readonly action?: string;
  readonly tokens?: readonly { readonly token: string }[];
}
