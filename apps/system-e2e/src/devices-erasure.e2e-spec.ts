import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readTrustedKeys, verifyAuditTopic } from '@tallystick/platform-audit';
import { createKafka } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { createFeed, type Feed } from './system/feed.ts';
import { everythingWritten } from './system/leaks.ts';
import { ProvisioningClient } from './system/provisioning-client.ts';
import { SeenDirectory } from './system/seen-directory.ts';
import { SeenTemporal } from './system/seen-temporal.ts';
import { ampleBudget, startSystem, type System } from './system/system.ts';
import { waitUntil } from './system/wait-until.ts';

// One person, provisioned, held, parked and planned for, who is erased: what our stores, Temporal and the audit have of them then.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('erasure').toLowerCase();
const topic = `${environment}.people`;
const folder = join(root, '.stack', 'test', 'devices-erasure');
const { redis, kafka, temporal, oidc } = endpoints();
const servers = { redis, kafka: kafka.join(','), temporal, oidc };
const ada = { id: 'key-ada', username: 'ada', mobile: '+447700900501' };
const bob = { id: 'key-bob', username: 'bob', mobile: '+447700900502' };

let system: System;
let directory: SeenDirectory;
let feed: Feed;
let seen: SeenTemporal;
const clients = new Map<string, ProvisioningClient>();
const as = (role: string): ProvisioningClient => clients.get(role)!;
const send = (...people: readonly { readonly id: string }[]) =>
  feed.send(
    topic,
    people.map((one) => ({ key: one.id, value: JSON.stringify(one) })),
  );
const outcomeOf = (sourceKey: string, kind: string) =>
  waitUntil(`the outcome ${kind}`, async () => (await as('operator').userOf(sourceKey)).outcome?.kind === kind);
interface Erased {
  readonly known: boolean;
  readonly erased: Readonly<Record<string, number>>;
  readonly left: readonly { readonly what: string }[];
}
const erase = (sourceKey: string) => as('approver').send<Erased>('POST', '/users/erase', { sourceKey });

/** Keys of Redis that have one of the texts, in their name or in what is under it. */
async function redisWith(...texts: readonly string[]): Promise<readonly { readonly key: string; readonly content: string }[]> {
  const found: { key: string; content: string }[] = [];
  for await (const { where, bytes } of everythingWritten({ folder, servers, environment })) {
    if (where.startsWith('kafka ')) break; // Redis comes before
    if (where.startsWith('redis ') && texts.some((text) => bytes.includes(text)))
      found.push({ key: where.slice('redis '.length), content: bytes.toString() });
  }
  return found;
}
async function runsOf(workflowId: string): Promise<number> {
  let runs = 0;
  for await (const _ of seen.everythingOf(`WorkflowId = '${workflowId}'`)) runs += 1;
  return runs;
}

beforeAll(async () => {
  system = await startSystem({
    ...{ root, folder, servers, environment, halves: ['devices'], validators: 0, deviceLimit: 9 },
    connections: (file) => [
      {
        environment,
        connection: 'people',
        source: { topic, format: { kind: 'json' } },
        directory: { kind: 'pingid', properties: { file } },
        mapping: {
          userName: { attribute: 'username' },
          mfaSms1: { attribute: 'mobile' },
          enabled: { attribute: 'active', default: 'true' },
        },
        options: { manageDevices: 'merge' },
        guards: { suspensions: { atLeast: 0, share: 0, atMost: 0 } },
        visibilityWindowMs: 500,
        budget: ampleBudget,
      },
    ],
  });
  directory = new SeenDirectory(system.url('directory-simulator'));
  feed = createFeed(servers.kafka);
  seen = new SeenTemporal(temporal);
  for (const role of ['operator', 'approver', 'auditor'])
    clients.set(role, await ProvisioningClient.as(system, 'people', { account: `the-${role}`, roles: [role] }));
}, 120_000);

afterAll(async () => {
  await feed?.close();
  await seen?.close();
  await system?.stop();
}, 60_000);

describe('a person who is erased', () => {
  let user: string;
  let workflowId: string;
  let account: string;

  it('was known: record, work, account, hold, results of a pass, a parked record, and runs in Temporal', async () => {
    await send(ada, bob);
    for (const { id } of [ada, bob]) await waitUntil('the end of their run', () => as('operator').isSettled(id));
    await send({ ...ada, active: false } as typeof ada);
    await outcomeOf(ada.id, 'held');
    await feed.send(topic, [{ key: ada.id, value: '{ no JSON' }]);
    await waitUntil('the parked record', async () => {
      const { records } = await as('operator').send<{ records: readonly object[] }>('GET', '/parked-records');
      return records.length === 1;
    });
    const { id } = await as('operator').startPass('preview');
    await waitUntil('the end of the preview', async () => (await as('operator').pass(id)).stage === 'done');
    ({ user, workflowId } = await as('operator').userOf(ada.id));
    const kept = await redisWith(user);
    const owned = kept.find(({ key }) => /^tally:\{account\/\d\d\}:[0-9a-f]{32}$/.test(key));
    account = owned!.key.slice(-32);
    expect(kept.length).toBeGreaterThan(6);
    expect(await runsOf(workflowId)).toBeGreaterThan(0);
  }, 90_000);

  it('is gone from Redis and Temporal, hash and account with them, and is told to be left at the provider', async () => {
    expect((await as('operator').raw('POST', '/users/erase', { sourceKey: ada.id })).status).toBe(403);
    const { known, erased, left } = await erase(ada.id);
    expect({ known, erased }).toEqual({
      known: true,
      erased: { accounts: 1, holds: 1, passEntries: 1, mentions: 0, parkedRecords: 1, runs: expect.any(Number) },
    });
    expect(erased['runs']).toBeGreaterThan(0);
    expect(left.map(({ what }) => what)).toEqual(expect.arrayContaining(['source', 'directory', 'parking-topic', 'backups']));
    // The server deletes by and by, and the answer says so: it is asked again until there is nothing left.
    const isGone = (its: Erased['left']) => its.every(({ what }) => what !== 'runs');
    if (!isGone(left)) await waitUntil('the end of the runs', async () => isGone((await erase(ada.id)).left));
    expect((await redisWith(user, account)).map(({ key }) => key)).toEqual([]);
    expect(await runsOf(workflowId)).toBe(0);
    expect((await directory.user(ada.username))?.devices).toHaveLength(1);
  }, 120_000);

  it('is unknown to whoever asks, and asking does not make them known', async () => {
    expect(await as('auditor').send('GET', `/users/${user}/explain`)).not.toHaveProperty('record');
    expect((await as('operator').userOf(ada.id)).outcome).toBeNull();
    expect(await erase(ada.id)).toMatchObject({ known: false, erased: { accounts: 0, runs: 0 } });
    expect((await redisWith(user, account)).map(({ key }) => key)).toEqual([]);
    expect(await as('operator').isSettled(bob.id)).toBe(true);
  }, 60_000);

  it('leaves the audit whole, with the erasure in it', async () => {
    const keyFile = readFileSync(join(folder, 'audit-signing-key.pem'), 'utf8');
    const keys = readTrustedKeys(String(createPublicKey(keyFile).export({ type: 'spki', format: 'pem' })));
    const client = createKafka({
      brokers: kafka,
      clientId: 'erasure-e2e',
      logger: createLogger({ service: 'e2e', level: 'silent' }),
    });
    const topics = { audit: 'tallystick.audit', heads: 'tallystick.audit-heads' };
    const ours = await waitUntil('a signed head over all of it', async () => {
      const { chains } = await verifyAuditTopic({ kafka: client, topics, keys });
      const chain = chains.find((one) => one.chain === `devices/${environment}`);
      return chain?.vouched?.sequence === chain?.upTo.sequence && chain;
    });
    expect([ours.verdict, ours.faults]).toEqual(['whole', []]);
  }, 90_000);

  it('is known anew when the source says so: they are erased there first', async () => {
    await send(ada);
    await outcomeOf(ada.id, 'in-sync');
    expect((await redisWith(user)).length).toBeGreaterThan(3);
  }, 60_000);
});
