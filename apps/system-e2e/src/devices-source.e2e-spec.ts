import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join, resolve } from 'node:path';
import { createKafka, createProducer, ensureTopics, type KafkaProducer, readToEnd } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { ProvisioningClient } from './system/provisioning-client.ts';
import { SeenDirectory } from './system/seen-directory.ts';
import { ampleBudget, startSystem, type System } from './system/system.ts';
import { waitUntil } from './system/wait-until.ts';

// What the source can do to us, on a real broker: records that can't be used or parked, lost offsets, a topic that is another one.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('source').toLowerCase();
const [topic, parkingTopic] = [`${environment}.people`, `${environment}.parked`];
const groupId = `tallystick-${environment}`;
const partition = 0; // everything in one, so that order means something
const logger = createLogger({ service: 'source-e2e', level: 'silent' });
const kafka = createKafka({ brokers: endpoints().kafka, clientId: 'source-e2e', logger });
const admin = kafka.admin();

let system: System;
let directory: SeenDirectory;
let producer: KafkaProducer;
let operator: ProvisioningClient;
let approver: ProvisioningClient;
let n = 0;
const person = () => {
  n += 1;
  return { id: `key-${n}`, username: `user-${n}`, mobile: `+4477009004${String(n).padStart(2, '0')}` };
};
type Person = ReturnType<typeof person>;
const send = (...records: readonly (Person | { readonly key: string; readonly value: string })[]) =>
  producer.send(
    topic,
    records.map((it) => ({ partition, ...('key' in it ? it : { key: it.id, value: JSON.stringify(it) }) })),
  );
const provisioned = ({ username, mobile }: Person) =>
  waitUntil(`the device of ${username}`, async () =>
    (await directory.user(username))?.devices.some(({ value }) => value.replace(/\D/g, '').endsWith(mobile.slice(-10))),
  );
const parkingTakes = (bytes: string) =>
  admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: 2, name: parkingTopic, configEntries: [{ name: 'max.message.bytes', value: bytes }] }],
  });
const committed = async () => {
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return Number(found?.partitions.find((it) => it.partition === partition)?.offset);
};
const end = async () => Number((await admin.fetchTopicOffsets(topic)).find((it) => it.partition === partition)?.high);
const retried = async () => {
  const text = await (await fetch(`${system.url('provisioning-service')}/metrics`)).text();
  return Number(/^tallystick_source_batches_retried_total(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1] ?? 0);
};
interface Parked {
  readonly id: string;
  readonly reason: string;
  readonly revision: number;
}
const parked = async () => (await operator.send<{ readonly records: readonly Parked[] }>('GET', '/parked-records')).records;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const replayAs = async ({ id, revision }: Parked, who: Person) => {
  const content = { revision, key: base64(who.id), value: base64(JSON.stringify(who)), headers: {} };
  const edited = await operator.raw('PUT', `/parked-records/${id}/content`, content);
  expect(edited.status).toBe(204);
  const now = await operator.send<Parked>('GET', `/parked-records/${id}`);
  return operator.send<{ readonly result: string }>('POST', `/parked-records/${id}/replay`, { revision: now.revision });
};
interface Source {
  readonly epoch: number;
  readonly stopped?: { readonly because: string };
}
const source = () => operator.send<Source>('GET', '/source');

beforeAll(async () => {
  const { redis, kafka: brokers, temporal, oidc } = endpoints();
  system = await startSystem({
    root,
    folder: join(root, '.stack', 'test', 'devices-source'),
    servers: { redis, kafka: brokers.join(','), temporal, oidc },
    environment,
    halves: ['devices'],
    validators: 0,
    deviceLimit: 9,
    env: { 'provisioning-service': { PROVISIONING_PARKING_TOPIC: parkingTopic } },
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
        options: { manageDevices: 'merge', onCleared: 'remove' },
        visibilityWindowMs: 500,
        budget: ampleBudget,
      },
    ],
  });
  directory = new SeenDirectory(system.url('directory-simulator'));
  producer = createProducer(kafka);
  await admin.connect();
  const client = (role: string) => ProvisioningClient.as(system, 'people', { account: `the-${role}`, roles: [role] });
  [operator, approver] = await Promise.all([client('operator'), client('approver')]);
}, 120_000);

afterAll(async () => {
  await producer?.close();
  await admin.disconnect();
  await system?.stop();
}, 60_000);

const later = person();

describe('a record that can not be used', () => {
  const who = person();

  it('R21: stops its partition while it can not be parked: nothing behind it is read, nothing is lost, and it goes on by itself', async () => {
    await parkingTakes('10');
    const before = await end();
    await send({ key: who.id, value: '{ no JSON' });
    await waitUntil('attempts that failed', async () => (await retried()) >= 2);
    await send(later);
    const [attempts] = [await retried()];
    await waitUntil('another attempt', async () => (await retried()) > attempts);
    expect(await committed()).toBeLessThanOrEqual(before);
    expect(await parked()).toEqual([]);

    await parkingTakes('4194304');
    await provisioned(later);
    // The list is read from the topic, after the bridge was told that the record is there.
    const kept = await waitUntil('the parked record', async () => ((all) => all.length > 0 && all)(await parked()));
    expect(kept).toMatchObject([{ reason: 'not-json' }]);
    await waitUntil('the offsets', async () => (await committed()) === before + 2);
  }, 60_000);

  it('R20: keeps no later record of the same user waiting, and replaces nothing newer when it is corrected and replayed', async () => {
    const newest = { ...who, mobile: '+447700900499' };
    await send(newest);
    await provisioned(newest);
    const [first] = await parked();
    expect(await replayAs(first!, who)).toEqual({ result: 'superseded' });
    const stranger = person();
    await send({ key: stranger.id, value: '[]' });
    const second = await waitUntil('the next one', async () => (await parked()).find(({ reason }) => reason === 'wrong-type'));
    expect(await replayAs(second, stranger)).toEqual({ result: 'stored' });
    await provisioned(stranger); // by now a replay that had replaced something would have been applied as well
    expect((await directory.user(who.username))?.devices).toMatchObject([{ value: expect.stringMatching(/7700900499$/) }]);
  }, 60_000);
});

describe('a source that changes its form', () => {
  it('R22: a new field changes nobody, and a word that nobody knows is not guessed: the account stays as it is, and it is reported', async () => {
    const who = person();
    await send(who);
    await provisioned(who);
    await waitUntil('the end of its run', () => operator.isSettled(who.id));
    const since = await directory.lastCall();
    const value = JSON.stringify({ ...who, active: 'on sabbatical', costCentre: { number: 7 } });
    await send({ key: who.id, value });
    const outcome = await waitUntil('the report', async () => {
      const { outcome: it } = await operator.userOf(who.id);
      return it?.kind === 'not-planned' && it;
    });
    expect(outcome.because).toBe('record-unmappable');
    expect((await directory.calls(since, who.username)).filter(({ op }) => op !== 'getuserdetails')).toEqual([]);
    await send({ key: who.id, value: JSON.stringify({ ...who, active: true, costCentre: 7 }) });
    await waitUntil('the end', async () => (await operator.userOf(who.id)).outcome?.kind === 'in-sync');
    expect((await directory.user(who.username))?.devices).toHaveLength(1);
  }, 60_000);
});

describe('a source that is not where it was', () => {
  const restart = async (meanwhile: () => Promise<void>) => {
    await system.process('provisioning-service').stop();
    await meanwhile();
    await system.restart('provisioning-service');
  };

  it('R18: offsets that were moved to the end lose nobody: with the next record all is read that was not stored', async () => {
    const [skipped, next] = [person(), person()];
    await restart(async () => {
      await send(skipped);
      await admin.setOffsets({ groupId, topic, partitions: [{ partition, offset: String(await end()) }] });
    });
    await send(next);
    await provisioned(next);
    await provisioned(skipped);
  }, 60_000);

  it('R18: a topic that was made anew is not read and says so, until an operator raises the epoch', async () => {
    const who = person();
    await restart(async () => {
      await admin.deleteTopics({ topics: [topic] });
      await waitUntil('the topic to be gone', async () => !(await admin.listTopics()).includes(topic));
      await ensureTopics(kafka, [{ topic, numPartitions: 3 }]);
      await send(who);
    });
    const { epoch, stopped } = await waitUntil('the stop', async () => {
      const it = await source();
      return it.stopped && it;
    });
    expect(stopped).toMatchObject({ because: 'beyond-the-end' });
    expect(await directory.user(who.username)).toBeUndefined();
    expect(await operator.send('POST', '/source/epoch', { epoch })).toEqual({ epoch: epoch + 1 });
    await provisioned(who);
    expect((await source()).stopped).toBeUndefined();
  }, 90_000);

  it('R46: the next full pass over it waits for an approver, whatever it would do; a preview shows what, and writes nothing', async () => {
    const { username } = later;
    const [device] = (await directory.user(username))!.devices;
    await directory.removeDevice(username, device!.deviceId);
    const { writes } = await directory.counters();
    const ended = (pass: string, stage: string) =>
      waitUntil(`the stage ${stage}`, async () => {
        const it = await operator.pass(pass);
        return it.stage === stage && it;
      });
    const preview = await ended((await operator.startPass('preview')).id, 'done');
    expect(preview.progress.differ).toBe(1);
    const { id: pass } = await operator.startPass('pass');
    const held = await ended(pass, 'held');
    expect(held.because).toBe('source-unhealthy');
    expect((await directory.counters()).writes).toBe(writes);
    const hold = (await operator.holds()).find((it) => it.id === held.hold)!;
    expect((await approver.answer(hold, 'approve', 'looked at')).status).toBe(200);
    await ended(pass, 'done');
    expect((await directory.user(username))?.devices).toHaveLength(1);
  }, 90_000);
});

describe('the audit of all this', () => {
  interface Entry {
    readonly action: string;
    readonly actor: string;
    readonly requestId?: string;
    readonly subject?: string;
    readonly planId?: string;
    readonly facts: { readonly class: string };
  }
  const entries = async (): Promise<readonly { readonly text: string; readonly entry: Entry }[]> => {
    const found: { text: string; entry: Entry }[] = [];
    const onRecord = ({ value }: { readonly value: Buffer | null }): void => {
      const { chain, entry } = JSON.parse(String(value)) as { readonly chain?: string; readonly entry?: Entry };
      if (chain === `devices/${environment}` && entry?.facts) found.push({ text: JSON.stringify(entry), entry });
    };
    await readToEnd({ kafka, topic: 'tallystick.audit', groupPrefix: 'source-e2e', onRecord });
    return found;
  };

  it('R43: has each change that was made here, before and after it, and each plan that was carried out; and names nobody', async () => {
    const made = [...operator.changes, ...approver.changes];
    expect(made.length).toBeGreaterThan(5);
    const all = await waitUntil('all changes in the audit', async () => {
      const read = await entries();
      const has = (id: string, isResult: boolean) =>
        read.some(({ entry }) => entry.requestId === id && (entry.facts.class === 'result') === isResult);
      return made.every((id) => has(id, false) && has(id, true)) && read;
    });
    const plans = all.filter(({ entry }) => entry.action === 'apply-plan' && entry.facts.class !== 'result');
    expect(plans.length).toBeGreaterThan(3);
    for (const { entry } of plans)
      expect(entry).toMatchObject({
        actor: 'temporal-worker',
        planId: expect.any(String),
        subject: expect.stringMatching(/^person:/),
      });
    const { user } = await operator.userOf(later.id);
    for (const { text } of all)
      for (const personal of [later.mobile, later.username, `"${later.id}"`, user]) expect(text).not.toContain(personal);
  }, 60_000);
});
