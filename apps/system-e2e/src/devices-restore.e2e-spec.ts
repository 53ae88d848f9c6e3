import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createKafka, createProducer, type KafkaProducer } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, OwnRedis, uniqueName } from '@tallystick/platform-testing';
import { ProvisioningClient } from './system/provisioning-client.ts';
import { SeenDirectory } from './system/seen-directory.ts';
import { ampleBudget, startSystem, type System } from './system/system.ts';
import { waitUntil } from './system/wait-until.ts';

// The Redis of the devices half is put back, or comes back empty: the steps of docs/operations/redis.md.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('restore').toLowerCase();
const topic = `${environment}.people`;
const logger = createLogger({ service: 'restore-e2e', level: 'silent' });
const kafka = createKafka({ brokers: endpoints().kafka, clientId: 'restore-e2e', logger });

let redis: OwnRedis;
let system: System;
let directory: SeenDirectory;
let producer: KafkaProducer;
let operator: ProvisioningClient;
let approver: ProvisioningClient;

const people = [1, 2, 3, 4].map((n) => ({ id: `key-${n}`, username: `restored-${n}`, mobile: `+44770090030${n}` }));
type Person = (typeof people)[number];
const send = (...records: readonly Person[]) =>
  producer.send(
    topic,
    records.map((who) => ({ key: who.id, value: JSON.stringify(who) })),
  );
const numbers = async ({ username }: Person) =>
  ((await directory.user(username))?.devices ?? []).map(({ value }) => value.replace(/\D/g, '').slice(-10));
const provisioned = (who: Person) =>
  waitUntil(`the device of ${who.username}`, async () => (await numbers(who)).includes(who.mobile.slice(-10)));
const known = (who: Person) => waitUntil(`what became of ${who.username}`, () => operator.isSettled(who.id).catch(() => false));
const ended = (pass: string, stage: string) =>
  waitUntil(`the stage ${stage}`, async () => {
    const it = await operator.pass(pass);
    return it.stage === stage && it;
  });
/** The procedure: both processes down, the data exchanged, both up, the epoch raised. Nothing is sent to the topic. When it was raised. */
async function putBack(backup: string): Promise<number> {
  await system.process('temporal-worker').stop();
  await system.process('provisioning-service').stop();
  await redis.restore(backup);
  await system.restart('provisioning-service');
  await system.restart('temporal-worker');
  const { epoch } = await operator.send<{ readonly epoch: number }>('GET', '/source');
  const raisedAt = Date.now();
  expect(await operator.send('POST', '/source/epoch', { epoch })).toEqual({ epoch: epoch + 1 });
  return raisedAt;
}
/** A device is missing: the first full pass shows it, and does nothing before somebody has agreed. */
async function firstPassIsHeld(who: Person): Promise<void> {
  const [device] = (await directory.user(who.username))!.devices;
  await directory.removeDevice(who.username, device!.deviceId);
  const { writes } = await directory.counters();
  const held = await ended((await operator.startPass('pass')).id, 'held');
  expect(held.because).toBe('source-unhealthy');
  expect((await directory.counters()).writes).toBe(writes);
  const hold = (await operator.holds()).find(({ id }) => id === held.hold)!;
  expect((await approver.answer(hold, 'approve', 'looked at')).status).toBe(200);
  await ended(held.id, 'done');
  await provisioned(who);
}

beforeAll(async () => {
  redis = await OwnRedis.start();
  const { kafka: brokers, temporal, oidc } = endpoints();
  system = await startSystem({
    root,
    folder: join(root, '.stack', 'test', 'devices-restore'),
    servers: { redis: redis.url, kafka: brokers.join(','), temporal, oidc },
    environment,
    halves: ['devices'],
    validators: 0,
    deviceLimit: 9,
    connections: (file) => [
      {
        environment,
        connection: 'people',
        source: { topic, format: { kind: 'json' } },
        directory: { kind: 'pingid', properties: { file } },
        mapping: { userName: { attribute: 'username' }, mfaSms1: { attribute: 'mobile' } },
        options: { manageDevices: 'merge', onCleared: 'remove' },
        visibilityWindowMs: 500,
        budget: ampleBudget,
      },
    ],
  });
  directory = new SeenDirectory(system.url('directory-simulator'));
  producer = createProducer(kafka);
  const client = (role: string) => ProvisioningClient.as(system, 'people', { account: `the-${role}`, roles: [role] });
  [operator, approver] = await Promise.all([client('operator'), client('approver')]);
}, 120_000);
afterAll(async () => {
  await producer?.close();
  await system?.stop();
  await redis?.close();
}, 60_000);

describe('the Redis of the devices half', () => {
  it('R46: that comes back empty is filled from the topic, writes to nobody who is in sync, and its first pass is held', async () => {
    await send(...people);
    for (const who of people) await provisioned(who);
    for (const who of people) await known(who); // a run that is not over may write more
    const { writes } = await directory.counters();
    await putBack(mkdtempSync(join(tmpdir(), 'empty-')));
    for (const who of people) await known(who);
    expect((await directory.counters()).writes).toBe(writes);
    await firstPassIsHeld(people[0]!);
  }, 240_000);

  it('R46: that is put back to a backup makes nobody what they were then', async () => {
    const [who, other] = people as [Person, Person];
    const backup = await redis.backup();
    const newest = { ...other, mobile: '+447700900399' };
    await send(newest);
    await provisioned(newest);
    await waitUntil('the end of its run', () => operator.isSettled(newest.id));
    const { writes } = await directory.counters();
    const raisedAt = await putBack(backup);
    for (const { id } of people)
      await waitUntil(`what became of ${id} in the new epoch`, async () => {
        const { outcome } = await operator.userOf(id);
        return outcome?.kind === 'in-sync' && Date.parse(outcome.at) > raisedAt;
      });
    expect(await numbers(newest)).toEqual([newest.mobile.slice(-10)]);
    expect((await directory.counters()).writes).toBe(writes);
    await firstPassIsHeld(who);
  }, 240_000);
});
