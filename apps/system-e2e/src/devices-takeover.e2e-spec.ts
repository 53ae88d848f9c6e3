import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { createFeed, type Feed } from './system/feed.ts';
import { ProvisioningClient } from './system/provisioning-client.ts';
import { SeenDirectory } from './system/seen-directory.ts';
import { type SeenPayload, SeenTemporal } from './system/seen-temporal.ts';
import { ampleBudget, type ProcessName, startSystem, type System } from './system/system.ts';
import { waitUntil } from './system/wait-until.ts';

// Two workers, two environments, sealed payloads: what one of them must never do to the other, and what Temporal may know.
const root = resolve(import.meta.dirname, '../../..');
const folder = join(root, '.stack', 'test', 'devices-takeover');
const environment = uniqueName('takeover').toLowerCase();
const neighbour = `${environment}-b`;
const workers = ['temporal-worker', 'temporal-worker-2'] as const satisfies readonly ProcessName[];
const people = {
  slow: `${environment}.slow`,
  sick: `${environment}.sick`,
  guarded: `${environment}.guarded`,
  well: `${neighbour}.well`,
};
const connection = (name: keyof typeof people, directory: object, more: object = {}) => ({
  environment,
  connection: name,
  source: { topic: people[name], format: { kind: 'json' } },
  directory,
  mapping: { userName: { attribute: 'username' }, mfaSms1: { attribute: 'mobile' } },
  options: { manageDevices: 'merge' },
  visibilityWindowMs: 500,
  budget: ampleBudget,
  ...more,
});

let system: System;
let directory: SeenDirectory;
let temporal: SeenTemporal;
let feed: Feed;
let n = 0;
const person = (): { id: string; username: string; mobile: string } => {
  n += 1;
  return { id: `key-${n}`, username: `someone-${n}`, mobile: `+4477009003${String(n).padStart(2, '0')}` };
};
const send = (topic: string, ...records: ({ id: string } & Readonly<Record<string, string>>)[]) =>
  feed.send(
    topic,
    records.map((record) => ({ key: record.id, value: JSON.stringify(record) })),
  );
const client = (environment: string, name: string, roles: string[]) =>
  ProvisioningClient.as(system, name, { account: `${name}-client`, roles, environment });
const has = (username: string, ending: string, withinMs = 60_000) =>
  waitUntil(
    `the number of ${username}`,
    async () =>
      (await directory.user(username))?.devices.some(
        ({ nickname, value }) => nickname === 'SMS Number 1' && value.replace(/\D/g, '').endsWith(ending),
      ),
    { withinMs },
  );
const writes = async (since: number, username: string) =>
  (await directory.calls(since, username))
    .filter(({ op }) => op !== 'getuserdetails')
    .map(({ op, attributeName }) => attributeName ?? op);
/** When a worker's log says this of its attempts at the workflow, newest last. */
const told = (name: ProcessName, workflowId: string, what: RegExp) =>
  readFileSync(system.logFile(name), 'utf8')
    .split('\n')
    .filter((line) => line.includes(`"${workflowId}"`) && what.test(line))
    .map((line) => (JSON.parse(line) as { readonly time: string }).time);
/** The worker's log says that its attempt at the workflow has ended without a result. */
const hasGivenUp = (name: ProcessName, workflowId: string) =>
  told(name, workflowId, /"msg":"Activity (?:completed as cancelled|failed)"/).length > 0;
/** Whose log says last that it began. (By its process id it can't be told: in a container each worker is process 1.) */
const lastBeginner = (workflowId: string): (typeof workers)[number] | undefined => {
  const began = workers.map((name) => ({ name, at: told(name, workflowId, /"msg":"Activity started"/).at(-1) ?? '' }));
  const [newest] = began.sort((a, b) => (a.at < b.at ? 1 : -1));
  return newest?.at === '' ? undefined : newest?.name;
};

beforeAll(async () => {
  const { redis, kafka, temporal: engine, oidc } = endpoints();
  const servers = { redis, kafka: kafka.join(','), temporal: engine, oidc };
  system = await startSystem({
    root,
    folder,
    servers,
    environment,
    halves: ['devices'],
    validators: 0,
    workers: workers.length,
    sealPayloads: true,
    deviceLimit: 9,
    env: { 'temporal-worker': { WORKER_CALL_TIMEOUT: '5s', WORKER_MAX_CONCURRENT_USERS: '8', LOG_LEVEL: 'debug' } },
    connections: (file, pingone) => {
      mkdirSync(join(folder, neighbour));
      copyFileSync(join(folder, environment, file), join(folder, neighbour, file));
      const pingid = { kind: 'pingid', properties: { file } };
      return [
        // So slow that a worker certainly waits between two calls when it is stopped.
        connection('slow', pingid, { budget: { callsPerSecond: 0.7, burst: 1, inFlight: 8 } }),
        connection('sick', pingone, { budget: { callsPerSecond: 100, burst: 20, inFlight: 4 } }),
        connection('guarded', pingid, { guards: { suspensions: { atLeast: 0, share: 0, atMost: 0 } } }),
        connection('well', pingid, { environment: neighbour }),
      ];
    },
  });
  directory = new SeenDirectory(system.url('directory-simulator'));
  temporal = new SeenTemporal(engine);
  feed = createFeed(servers.kafka);
}, 120_000);

afterAll(async () => {
  await feed?.close();
  await temporal?.close();
  await system?.stop();
}, 60_000);

describe('one environment', () => {
  it('that has a hold open delays nobody of another one', async () => {
    const [theirs, ours] = [person(), person()];
    await Promise.all([send(people.guarded, theirs), send(people.well, ours)]);
    for (const { username, mobile } of [theirs, ours]) await has(username, mobile.slice(-10));
    await feed.send(people.guarded, [{ key: theirs.id, value: null }]);
    const operator = await client(environment, 'guarded', ['operator']);
    const isOpen = async () => (await operator.holds()).some(({ state }) => state === 'open');
    await waitUntil('the hold', isOpen);
    await feed.send(people.well, [{ key: ours.id, value: null }]);
    await waitUntil('the suspension', async () => (await directory.user(ours.username))?.status === 'SUSPENDED');
    expect(await isOpen()).toBe(true);
    expect((await directory.user(theirs.username))?.status).toBe('ACTIVE');
  }, 60_000);

  it('whose directory hangs delays nobody of another one: they are served while the same calls still hang', async () => {
    const sick = Array.from({ length: 30 }, person);
    const asked = async () => (await directory.counters()).operations['find-users']?.calls ?? 0;
    await directory.setFaults([{ op: 'find-users', kind: 'hang', times: 100_000 }]);
    await send(people.sick, ...sick);
    await waitUntil('the calls to hang', async () => (await directory.counters()).inFlight.now === 4, { everyMs: 10 });
    const before = await asked();
    const ours = [person(), person(), person()];
    await send(people.well, ...ours);
    for (const { username, mobile } of ours) await has(username, mobile.slice(-10));
    const meanwhile = (await asked()) - before;
    expect(meanwhile).toBeLessThanOrEqual(4); // a hanging call is given up after 5 s; not even two rounds of them were over
    expect((await directory.counters()).inFlight.now).toBeGreaterThan(0);
    await directory.setFaults([]);
  }, 60_000);
});

describe('a worker that stands still between two calls of a plan', () => {
  const who = person();
  const newNumber = '+447700900399';

  it('R1, R34: is replaced by another one, and when it goes on it writes nothing more: the user has all that was wanted', async () => {
    await directory.reset({
      users: [{ username: who.username, devices: [{ type: 'SMS', nickname: 'SMS Number 1', phone: who.mobile }] }],
    });
    const { workflowId } = await (await client(environment, 'slow', ['operator'])).userOf(who.id);
    await send(people.slow, { ...who, mobile: newNumber });
    await waitUntil('the old device to go', async () => (await writes(0, who.username)).includes('unpairdevice'), { everyMs: 5 });
    const frozen = lastBeginner(workflowId);
    if (!frozen) throw new Error('no worker says that it has the user');
    await system.process(frozen).kill('SIGSTOP');
    expect(await writes(0, who.username)).toEqual(['unpairdevice']); // the moment was hit: the user has no device now

    // Temporal may hand the attempt to any of the polls that the stopped process has open, and each costs a heartbeat time-out of 15 s.
    await has(who.username, newNumber.slice(-10), 200_000);
    await waitUntil('the end of the work', async () => !(await temporal.isWorkedOn(workflowId)));
    const before = await directory.lastCall();
    await system.process(frozen).kill('SIGCONT');
    await waitUntil('the first worker to give up', () => Promise.resolve(hasGivenUp(frozen, workflowId)));
    expect(await writes(before, who.username)).toEqual([]);
    expect(await writes(0, who.username)).toEqual(['unpairdevice', 'offlinepairing', 'NICKNAME']);
    expect((await directory.user(who.username))?.devices).toMatchObject([{ nickname: 'SMS Number 1' }]);
  }, 320_000);

  it('has left nothing in clear in the history, and the codec endpoint opens it for operators only', async () => {
    const operator = await client(environment, 'slow', ['operator']);
    const { workflowId } = await operator.userOf(who.id);
    const { payloads, bytes } = await temporal.historyOf(workflowId);
    expect(payloads.length).toBeGreaterThanOrEqual(3); // the user, the signal or the summary, the outcome
    expect(payloads.filter(({ encoding }) => encoding !== 'binary/encrypted')).toEqual([]);
    for (const clear of [who.username, newNumber.slice(1), who.mobile.slice(1), who.id, 'unpair', 'SMS Number 1'])
      expect(bytes.includes(clear)).toBe(false);
    const body = JSON.stringify({ payloads: payloads.map(({ wire }) => wire) });
    const decode = async (scope: string, roles: string[]) =>
      fetch(`${system.url('provisioning-service')}/codec/decode`, {
        ...{ method: 'POST', body },
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await system.access.tokenFor(`codec-${roles.join('-')}-${scope}`, scope, roles)}`,
        },
      });
    expect((await decode('*', ['viewer', 'approver', 'auditor', 'token-admin'])).status).toBe(403);
    expect((await decode(environment, ['operator'])).status).toBe(403); // a payload does not say whose it is
    const opened = await decode('*', ['operator']);
    expect(opened.status).toBe(200);
    const { payloads: clear } = (await opened.json()) as { payloads: SeenPayload['wire'][] };
    const texts = clear.map(({ data }) => Buffer.from(data, 'base64').toString());
    expect(texts.some((text) => text.includes(environment))).toBe(true);
    expect(texts.join('\n')).not.toContain(who.username); // nor is anything of the person under the seal
  });
});
