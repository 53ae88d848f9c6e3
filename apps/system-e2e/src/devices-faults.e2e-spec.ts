import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join, resolve } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { uniqueName } from '@tallystick/platform-testing';
import { createKafka, ensureTopics, runConsumer } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
// The servers' tool is no library: it is plain Node, because it runs before a package is installed. Here it gives servers that can be killed.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { startStack } from '../../../tools/stack/stack.mjs';
import { createFeed, type Feed, type FeedRecord } from './system/feed.ts';
import { SeenDirectory } from './system/seen-directory.ts';
import { ampleBudget, startSystem, type System } from './system/system.ts';
import { waitUntil } from './system/wait-until.ts';

// What the devices road must stand: processes and servers are really killed here, so this file has servers of its own.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('faults').toLowerCase();
const topic = `${environment}.people`;

let stack: Awaited<ReturnType<typeof startStack>>;
let system: System;
let directory: SeenDirectory;
let feed: Feed;
let n = 0;
const person = (): { id: string; username: string; mobile: string } => {
  n += 1;
  return { id: `key-${n}`, username: `user-${n}`, mobile: `+4477009002${String(n).padStart(2, '0')}` };
};
const recordOf = (record: { id: string } & Readonly<Record<string, unknown>>): FeedRecord => ({
  key: record.id,
  value: JSON.stringify(record),
});
const devicesOf = async (username: string) => (await directory.user(username))?.devices ?? [];
const provisioned = (username: string, withinMs = 60_000) =>
  waitUntil(
    `the device of ${username}`,
    async () => (await devicesOf(username)).some(({ nickname }) => nickname === 'SMS Number 1'),
    { withinMs },
  );

const kafka = () =>
  createKafka({
    brokers: [stack.endpoints.kafka!],
    clientId: 'faults',
    logger: createLogger({ service: 'faults', level: 'silent' }),
  });

beforeAll(async () => {
  stack = await startStack({ name: 'test-faults', fresh: true });
  const { redis, kafka: brokers, temporal, oidc } = stack.endpoints;
  system = await startSystem({
    root,
    folder: join(root, '.stack', 'test-faults', 'system'),
    servers: { redis: redis!, kafka: brokers!, temporal: temporal!, oidc: oidc! },
    environment,
    halves: ['devices'],
    validators: 0,
    deviceLimit: 9,
    env: { 'temporal-worker': { WORKER_CALL_TIMEOUT: '2s' }, 'provisioning-service': { PROVISIONING_SWEEP_INTERVAL: '1s' } },
    connections: (propertiesFile) => [
      {
        environment,
        connection: 'people',
        source: { topic, format: { kind: 'json' } },
        directory: { kind: 'pingid', properties: { file: propertiesFile } },
        mapping: { userName: { attribute: 'username' }, mfaSms1: { attribute: 'mobile' }, mfaEmail1: { attribute: 'mail' } },
        options: { manageDevices: 'merge' },
        visibilityWindowMs: 500,
        budget: ampleBudget,
      },
    ],
  });
  directory = new SeenDirectory(system.url('directory-simulator'));
  feed = createFeed(brokers!);
}, 180_000);

afterAll(async () => {
  await feed?.close();
  await system?.stop();
  await stack?.stop();
}, 60_000);

describe('a process is killed', () => {
  it('A11, R1: the worker, between offlinepairing and its NICKNAME: one device in the end, and it has its name', async () => {
    const who = person();
    await directory.setFaults([{ op: 'updatedeviceattr', kind: 'hang', times: 1, username: who.username }]);
    await feed.send(topic, [recordOf(who)]);
    await waitUntil(
      'the pairing',
      async () => (await directory.calls(0, who.username)).some(({ op }) => op === 'offlinepairing'),
      { everyMs: 5 },
    );
    await waitUntil('the nickname call to hang', async () => (await devicesOf(who.username)).length === 1, { everyMs: 5 });
    await system.process('temporal-worker').kill('SIGKILL');
    expect((await devicesOf(who.username)).map(({ nickname }) => nickname)).not.toContain('SMS Number 1'); // the window was hit
    await system.restart('temporal-worker');
    await provisioned(who.username);
    expect(await devicesOf(who.username)).toHaveLength(1);
    expect((await directory.calls(0, who.username)).filter(({ op }) => op === 'offlinepairing')).toHaveLength(1);
  }, 90_000);

  it('R4: the bridge, between storing a record and signalling: the mark wakes the user, even when the offset was lost', async () => {
    const who = person();
    await stack.kill('temporal'); // signalling can't succeed, storing can
    await feed.send(topic, [recordOf(who)]);
    await waitUntil('a failed wake-up', async () => {
      const text = await (await fetch(`${system.url('provisioning-service')}/metrics`)).text();
      return /^tallystick_source_batches_retried_total(?:\{[^}]*\})? [1-9]/m.test(text);
    });
    await system.process('provisioning-service').kill('SIGKILL');
    await stack.start('temporal');
    // As if the offset had been committed before the crash: the record itself will not come again.
    const admin = kafka().admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    await waitUntil(
      'the dead member to leave its group',
      async () => {
        const { groups } = await admin.describeGroups([`tallystick-${environment}`]);
        return groups[0]?.state === 'Empty' || groups[0]?.members.length === 0;
      },
      { withinMs: 90_000 },
    );
    await admin.setOffsets({
      groupId: `tallystick-${environment}`,
      topic,
      partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
    });
    await admin.disconnect();
    await system.restart('provisioning-service');
    await provisioned(who.username);
  }, 180_000);
});

describe('a server is away', () => {
  it('R6: Temporal is killed and comes back: what was sent meanwhile is done', async () => {
    const people = [person(), person(), person()];
    await stack.kill('temporal');
    await feed.send(topic, people.map(recordOf));
    await stack.start('temporal');
    for (const { username } of people) await provisioned(username, 90_000);
  }, 120_000);

  it('R27: the provider is killed and comes back: the accounts are made', async () => {
    const who = person();
    await system.process('directory-simulator').kill('SIGKILL');
    await feed.send(topic, [recordOf(who)]);
    await waitUntil('the worker to meet the dead provider', providerMissed);
    await system.restart('directory-simulator');
    await provisioned(who.username, 90_000);
  }, 120_000);

  it('Redis restarts: what was sent meanwhile is done', async () => {
    const who = person();
    await stack.kill('redis');
    await feed.send(topic, [recordOf(who)]);
    await stack.start('redis');
    await provisioned(who.username, 90_000);
  }, 120_000);
});

describe('records that can not be used', () => {
  it('R19: are parked with their reason and their bytes, and the partition goes on', async () => {
    const good = person();
    const bad: [string, FeedRecord | { key: Buffer | string | null; value: Buffer | string | null }][] = [
      ['not-json', { key: 'bad-1', value: 'this is { no JSON' }],
      ['no-key', { key: null, value: '{"username":"x"}' }],
      ['wrong-type', { key: 'bad-2', value: '[1,2,3]' }],
      ['bad-utf8', { key: 'bad-3', value: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }],
    ];
    await ensureTopics(kafka(), [{ topic: 'tallystick.parked', numPartitions: 1 }]);
    await feed.send(topic, [...bad.map(([, record]) => record as FeedRecord), recordOf(good)]);
    await provisioned(good.username);
    const parked = new Map<string, { reason: string; value: Buffer | null; position: string }>();
    const consumer = runConsumer({
      kafka: kafka(),
      groupId: uniqueName('parked'),
      topics: ['tallystick.parked'],
      fromBeginning: true,
      logger: createLogger({ service: 'parked', level: 'silent' }),
      handle: ({ key, value, headers }) => {
        const header = (name: string) => String(headers[`tallystick.${name}`]);
        parked.set(header('reason'), {
          reason: key?.toString() ?? '',
          value,
          position: `${header('topic')}/${header('partition')}/${header('offset')}`,
        });
        return Promise.resolve();
      },
    });
    await waitUntil('all four to be parked', () => Promise.resolve(bad.every(([reason]) => parked.has(reason))));
    await consumer.stop();
    for (const [reason, record] of bad) {
      expect(parked.get(reason)?.value).toEqual(record.value === null ? null : Buffer.from(record.value));
      expect(parked.get(reason)?.position).toMatch(new RegExp(`^${topic}/\\d+/\\d+$`));
    }
  }, 90_000);

  it('R19: a record of 1 MB is parked or used, and the partition goes on', async () => {
    const [large, good] = [person(), person()];
    await feed.send(topic, [{ key: large.id, value: JSON.stringify({ ...large, photo: 'x'.repeat(1_000_000) }) }]);
    await feed.send(topic, [recordOf(good)]);
    await provisioned(good.username);
    await provisioned(large.username); // the photo is not mapped, so it is not kept
  }, 90_000);
});

/** True once the engine holds an activity that could not reach the provider and is to be retried. */
async function providerMissed(): Promise<boolean> {
  const connection = await Connection.connect({ address: stack.endpoints.temporal! });
  try {
    const client = new Client({ connection });
    for await (const { workflowId, runId } of client.workflow.list({
      query: `Environment="${environment}" AND ExecutionStatus="Running"`,
    })) {
      const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
      if (raw.pendingActivities?.some(({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === 'directory-unavailable'))
        return true;
    }
    return false;
  } finally {
    await connection.close();
  }
}
