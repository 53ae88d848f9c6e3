import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join, resolve } from 'node:path';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { createFeed, type Feed } from './system/feed.ts';
import { ProvisioningClient, type SeenHold, type SeenPass } from './system/provisioning-client.ts';
import { SeenDirectory } from './system/seen-directory.ts';
import { ampleBudget, startSystem, type System } from './system/system.ts';
import { waitUntil } from './system/wait-until.ts';
import { type OutcomeWatch, watchOutcomes } from './system/watch-outcomes.ts';

// Previews, guards, holds, passes and explanations through the real services, with both of the provider's APIs.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('guards').toLowerCase();
const topics = { staff: `${environment}.staff`, cloud: `${environment}.cloud`, scoped: `${environment}.scoped` };
const mapping = {
  userName: { attribute: 'username' },
  email: { attribute: 'mail' },
  mfaEmail1: { attribute: 'mail' },
  mfaSms1: { attribute: 'mobile' },
};
const people = 30;
const mayBeSuspended = 3;
const staff = (propertiesFile: string) => ({
  environment,
  connection: 'staff',
  source: { topic: topics.staff, format: { kind: 'json' } },
  directory: { kind: 'pingid', properties: { file: propertiesFile } },
  mapping,
  options: { manageDevices: 'merge' },
  guards: { suspensions: { atLeast: mayBeSuspended, share: 0, atMost: mayBeSuspended } },
  visibilityWindowMs: 500,
  budget: ampleBudget,
});

let system: System;
let directory: SeenDirectory;
let feed: Feed;
let outcomes: OutcomeWatch;
let operator: ProvisioningClient;
let approver: ProvisioningClient;
const client = (connection: string, ...roles: string[]) =>
  ProvisioningClient.as(system, connection, { account: `${roles.join('-')}-of-${connection}`, roles });
const person = (n: number) => ({
  id: `key-${n}`,
  username: `user-${n}`,
  mail: `user-${n}@example.com`,
  mobile: `+4477009001${String(n).padStart(2, '0')}`,
});
const send = (topic: string, ...records: ({ id: string } & Readonly<Record<string, string>>)[]) =>
  feed.send(
    topic,
    records.map((record) => ({ key: record.id, value: JSON.stringify(record) })),
  );
const ended = (id: string) =>
  waitUntil('the end of a pass', async () => {
    const pass = await operator.pass(id);
    return ['done', 'failed', 'rejected', 'cancelled'].includes(pass.stage) && pass;
  });
const suspended = async () => (await directory.users()).filter(({ status }) => status === 'SUSPENDED').length;
const held = (users: number) =>
  waitUntil(`a hold with ${users} users`, async () =>
    (await operator.holds()).find((it) => it.state === 'open' && it.users === users),
  );

beforeAll(async () => {
  const { redis, kafka, temporal, oidc } = endpoints();
  const servers = { redis, kafka: kafka.join(','), temporal, oidc };
  system = await startSystem({
    root,
    folder: join(root, '.stack', 'test', 'devices-guards'),
    servers,
    environment,
    halves: ['devices'],
    validators: 0,
    deviceLimit: 9,
    env: { 'temporal-worker': { WORKER_CALL_TIMEOUT: '2s' } },
    connections: (file, pingone) => [
      staff(file),
      {
        ...staff(file),
        connection: 'cloud',
        source: { ...staff(file).source, topic: topics.cloud },
        directory: pingone,
        preset: 'never-less',
      },
      {
        ...staff(file),
        connection: 'scoped',
        source: { ...staff(file).source, topic: topics.scoped },
        scope: 'source.department == "it"',
        mapping: { ...mapping, enabled: { attribute: 'enabled', default: 'true' } },
        options: { manageDevices: 'merge', updateUsers: false },
      },
    ],
  });
  directory = new SeenDirectory(system.url('directory-simulator'));
  feed = createFeed(servers.kafka);
  outcomes = await watchOutcomes(servers.kafka, environment);
  operator = await client('staff', 'operator');
  approver = await client('staff', 'approver');
  await send(topics.staff, ...Array.from({ length: people }, (_, n) => person(n)));
  await waitUntil('an outcome for everybody', () =>
    Promise.resolve(new Set(outcomes.outcomes.map(({ user }) => user)).size === people),
  );
}, 120_000);

afterAll(async () => {
  await feed?.close();
  await outcomes?.stop();
  await system?.stop();
}, 60_000);

describe('a preview', () => {
  it('of the saved document finds everybody in sync, and writes nothing at the provider', async () => {
    const { writes } = await directory.counters();
    const pass = await ended((await operator.startPass('preview')).id);
    expect(pass).toMatchObject({ stage: 'done', progress: { users: people, looked: people, inSync: people, differ: 0 } });
    expect((await directory.counters()).writes).toBe(writes);
  });

  it('of a document that nobody saved says whom it would change, by reason and by user, and changes nobody', async () => {
    const { writes } = await directory.counters();
    const candidate = { ...staff('pingid.properties'), mapping: { ...mapping, mfaSms2: { attribute: 'mobile' } } };
    const pass = await ended((await operator.startPass('preview', candidate)).id);
    expect(pass).toMatchObject({ stage: 'done', progress: { differ: people } });
    const { reasons } = await operator.send<{ reasons: { reason: string; users: number }[] }>(
      'GET',
      `/passes/${pass.id}/summary`,
    );
    expect(reasons).toContainEqual(expect.objectContaining({ reason: 'slot-empty', users: people }));
    const lines = (await (await operator.raw('GET', `/passes/${pass.id}/results?format=jsonl`)).text()).trim().split('\n');
    expect(lines).toHaveLength(people);
    const csv = (await (await operator.raw('GET', `/passes/${pass.id}/results?format=csv`)).text()).trim().split('\n');
    expect(csv).toHaveLength(people + 1);
    expect([...lines, ...csv].join()).not.toMatch(/example\.com|\+44|user-\d/);
    expect((await directory.counters()).writes).toBe(writes);
  });
});

describe('an explanation', () => {
  it('goes from the record to the plan, masked for whoever may only view, and writes nothing', async () => {
    const { writes } = await directory.counters();
    const { user } = await operator.userOf('key-1');
    const viewer = await client('staff', 'viewer');
    const shown = await viewer.send<Record<string, unknown>>('GET', `/users/${user}/explain`);
    expect(shown).toMatchObject({
      masked: true,
      scope: 'in',
      owner: 'this-user',
      observed: { kind: 'present' },
      plan: { steps: [] },
    });
    expect(JSON.stringify(shown)).not.toMatch(/user-1|7700900101/);
    const auditor = await client('staff', 'auditor');
    const whole = await auditor.send<Record<string, unknown>>('GET', `/users/${user}/explain`);
    expect(JSON.stringify(whole)).toContain('+447700900101');
    expect((await directory.counters()).writes).toBe(writes);
  });

  it('P30: a connection is tested part by part', async () => {
    const tested = await operator.send<Record<string, unknown>>('POST', '/test', {});
    expect(JSON.stringify(tested)).toMatch(/"credentials".*"passed"/);
  });
});

describe('a mass removal', () => {
  const leavers = Array.from({ length: 12 }, (_, n) => person(n));
  let hold: SeenHold;

  it('R24, R25: stops at the limit; who is beyond it is held with everything that was to be done, and nothing is done', async () => {
    await feed.send(
      topics.staff,
      leavers.map(({ id }) => ({ key: id, value: null })),
    );
    hold = await held(leavers.length - mayBeSuspended);
    expect(hold).toMatchObject({
      because: 'too-many-suspensions',
      counts: { suspensions: leavers.length - mayBeSuspended, deletions: 0 },
    });
    await waitUntil('those within the limit to be suspended', async () => (await suspended()) >= mayBeSuspended);
    expect(await suspended()).toBe(mayBeSuspended);
    for (const { steps } of await operator.heldUsers(hold.id)) expect(steps).toMatchObject([{ kind: 'suspend-user' }]);
  });

  it('R26: who came back before the answer drops out, and the old hash approves nothing', async () => {
    const states = await Promise.all(leavers.map(async (it) => [it, await directory.user(it.username)] as const));
    const back = states.find(([, user]) => user?.status !== 'SUSPENDED')![0];
    await send(topics.staff, back);
    const smaller = await held(hold.users - 1);
    const outdated = await approver.answer(hold, 'approve', 'they left');
    expect(outdated.status).toBe(409);
    expect(await suspended()).toBe(mayBeSuspended);
    hold = smaller;
  });

  it('is done for exactly the approved ones, by the role for it', async () => {
    expect((await operator.answer(hold, 'approve', 'they left')).status).toBe(403);
    expect((await approver.answer(hold, 'approve', 'they left')).status).toBe(200);
    await waitUntil('the approved suspensions', async () => (await suspended()) === leavers.length - 1);
    const { state } = await operator.send<SeenHold>('GET', `/holds/${hold.id}`);
    expect(state).toBe('approved');
  });
});

describe('a full pass', () => {
  it('R33: repairs what somebody changed at the provider, and leaves everybody else alone', async () => {
    const { username } = person(20);
    const device = (await directory.user(username))!.devices.find(({ nickname }) => nickname === 'SMS Number 1')!;
    await directory.removeDevice(username, device.deviceId);
    const { writes } = await directory.counters();
    const pass: SeenPass = await ended((await operator.startPass('pass')).id);
    expect(pass).toMatchObject({ stage: 'done', progress: { differ: 1, applied: 1 } });
    expect((await directory.user(username))?.devices.map(({ nickname }) => nickname).sort()).toEqual(['Email 1', 'SMS Number 1']);
    expect((await directory.counters()).writes).toBe(writes + 2); // pair and nickname
  });

  it('is paused and resumed over HTTP: in the pause it looks at nobody, one change goes its way, and in the end it saw everybody', async () => {
    await directory.change({ latencyMs: 500 });
    const { id } = await operator.startPass('preview');
    await waitUntil('the first looks', async () => (await operator.pass(id)).progress.looked > 0, { everyMs: 20 });
    expect([200, 202]).toContain((await operator.raw('POST', `/passes/${id}/pause`)).status);
    const at = (stage: string) =>
      waitUntil(`the stage ${stage}`, async () => {
        const it = await operator.pass(id);
        return it.stage === stage && it;
      });
    const { progress } = await at('paused');
    expect(progress.looked).toBeLessThan(progress.users);
    await directory.change({ latencyMs: 0 });
    const since = await directory.lastCall();
    const who = { ...person(21), mobile: '+447700900198' };
    await send(topics.staff, who);
    await waitUntil('the change', async () =>
      (await directory.user(who.username))?.devices.some(({ nickname, value }) => nickname !== 'Email 1' && /198$/.test(value)),
    );
    expect((await directory.calls(since)).filter(({ username }) => username !== who.username)).toEqual([]);
    expect(await operator.pass(id)).toMatchObject({ stage: 'paused', progress });
    expect([200, 202]).toContain((await operator.raw('POST', `/passes/${id}/resume`)).status);
    expect((await at('done')).progress).toMatchObject({ users: people, looked: people });
  });
});

describe("PingOne's API", () => {
  it('P60: a record becomes an account with devices under its nicknames, and a changed number is added before the old one goes', async () => {
    const who = { ...person(50), id: 'cloud-1', username: 'cloud-user' };
    await send(topics.cloud, who);
    const nicknames = async () => (await directory.user('cloud-user'))?.devices.map(({ nickname }) => nickname).sort();
    await waitUntil('both devices', async () => (await nicknames())?.join() === 'Email 1,SMS 1');
    const before = await directory.lastCall();
    await send(topics.cloud, { ...who, mobile: '+447700900199' });
    await waitUntil('the new number', async () =>
      (await directory.user('cloud-user'))?.devices.some(({ value }) => value.replace(/\D/g, '').endsWith('7700900199')),
    );
    await waitUntil('the old device to go', async () => (await nicknames())?.length === 2);
    const ops = (await directory.calls(before, 'cloud-user')).map(({ op }) => op);
    expect(ops).toContain('create-device');
    expect(ops.indexOf('create-device')).toBeLessThan(ops.indexOf('delete-device'));
  });
});

describe('a connection with a scope', () => {
  const statusOf = async (username: string) => (await directory.user(username))?.status;
  const outcomeOf = (kind: string, finding?: string) =>
    outcomes.outcomes.some(
      (it) =>
        it.connection === 'scoped' &&
        it.kind === kind &&
        (finding === undefined || it.findings.some((one) => one.kind === finding)),
    );

  it('P7, P9, A12: who leaves its group is removed at the next record, and who was never in it has no account', async () => {
    const member = { ...person(60), department: 'it' };
    await send(topics.scoped, member, { ...person(61), department: 'sales' });
    await waitUntil('the account of the member', async () => (await statusOf(member.username)) === 'ACTIVE');
    await send(topics.scoped, { ...member, department: 'sales' });
    await waitUntil('the removal', async () => (await statusOf(member.username)) === 'SUSPENDED');
    await waitUntil('an outcome of the other', () =>
      Promise.resolve(outcomes.outcomes.filter((it) => it.connection === 'scoped').length >= 3),
    );
    expect(await directory.user('user-61')).toBeUndefined();
  });

  it('A7: with User Update off a suspended account stays suspended when its user is enabled again, and that is told', async () => {
    const who = { ...person(62), department: 'it' };
    await send(topics.scoped, who);
    await waitUntil('the account', async () => (await statusOf(who.username)) === 'ACTIVE');
    await send(topics.scoped, { ...who, enabled: 'false' });
    await waitUntil('the suspension', async () => (await statusOf(who.username)) === 'SUSPENDED');
    await send(topics.scoped, { ...who, enabled: 'true' });
    await waitUntil('the finding', () => Promise.resolve(outcomeOf('in-sync', 'user-not-updated')));
    expect(await statusOf(who.username)).toBe('SUSPENDED');
  });
});
