import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { environmentId, type Instant, instant } from '@tallystick/kernel-core';
import {
  ringShardOf,
  type RotationRequest,
  type RotationState,
  rotationStatus,
  segmentName,
  type SlotState,
  startRotation,
  takeCommand,
  type TokenId,
} from '@tallystick/tokens-domain';
import { rotationScheduleId, type RotationTimes, rotationWorkflowId } from '@tallystick/tokens-workflow-api';
import { memoryHttp } from '../test-support/memory-http.ts';
import { type RotationEngine, RotationsAway } from './rotations.port.ts';

const base = '/v1/environments/acme';
const now = instant(1_800_000_000_000);
const plan = { label: 'winter', slots: [{ id: 'jamf', mdm: 'Jamf', platform: 'ios', kind: 'file' }], reason: 'yearly' };
const ios = { ...plan, segment: { platform: 'ios' } };

/** Knows the state machine, and does none of its steps. */
function memoryEngine() {
  const states = new Map<string, RotationState>();
  const schedules = new Map<string, { request: RotationRequest; times: RotationTimes }>();
  const commands: object[] = [];
  const started = new Map<string, { key: string | undefined; sent: string; at: Instant }>();
  const engine: RotationEngine = {
    start: (request, { at, key }) => {
      const id = rotationWorkflowId(request.environment, request.segment);
      const sent = JSON.stringify(request);
      const last = started.get(id);
      if (key !== undefined && last?.key === key)
        return Promise.resolve(last.sent === sent ? { kind: 'started', rotation: 'run-1', at: last.at } : { kind: 'key-reused' });
      if (states.has(id)) return Promise.resolve({ kind: 'already-rotating' });
      states.set(id, startRotation(request, 'run-1', at));
      started.set(id, { key, sent, at });
      return Promise.resolve({ kind: 'started', rotation: 'run-1', at });
    },
    status: (...of) => {
      const state = states.get(rotationWorkflowId(...of));
      return Promise.resolve(state && rotationStatus(state, now));
    },
    list: (environment, { cursor }) => {
      if (cursor === 'wrong') return Promise.reject(new RangeError('no cursor of a page before'));
      const mine = [...states.values()].filter(({ request }) => request.environment === environment);
      const items = mine.map(({ request, stage, startedAt }) => ({
        ...{ segmentName: segmentName(request.segment), stage, startedAt },
        state: 'running' as const,
      }));
      return Promise.resolve({ items, next: 'more' });
    },
    command: (environment, segment, command, key) => {
      commands.push({ ...command, key });
      const id = rotationWorkflowId(environment, segment);
      const state = states.get(id);
      if (!state) return Promise.resolve({ kind: 'no-rotation' });
      const decision = takeCommand(state, command, now);
      if (decision.kind === 'refused') return Promise.resolve({ kind: 'refused', sentence: decision.refusal });
      states.set(id, decision.state);
      return Promise.resolve({ kind: 'done', status: rotationStatus(decision.state, now) });
    },
    listSchedules: () =>
      Promise.resolve({
        items: [...schedules.values()].map(({ request }) => ({ segmentName: segmentName(request.segment), next: [] })),
      }),
    readSchedule: (...of) => {
      const found = schedules.get(rotationScheduleId(...of));
      return Promise.resolve(found && { ...found, next: [now], started: [] });
    },
    putSchedule: (request, times) => {
      if (times.cron.includes('99 * * * *')) return Promise.resolve('times-refused');
      schedules.set(rotationScheduleId(request.environment, request.segment), { request, times });
      return Promise.resolve('put');
    },
    removeSchedule: (...of) => Promise.resolve(schedules.delete(rotationScheduleId(...of))),
    triggerSchedule: (...of) => Promise.resolve(schedules.has(rotationScheduleId(...of))),
  };
  const slotIs = (state: SlotState) => {
    const [[id, of] = []] = states;
    states.set(id!, { ...of!, slots: of!.slots.map((one) => ({ ...one, state })) });
  };
  return { engine, states, commands, slotIs };
}

let memory: ReturnType<typeof memoryEngine>;
let http: Awaited<ReturnType<typeof memoryHttp>>;
beforeEach(async () => {
  memory = memoryEngine();
  http = await memoryHttp(undefined, memory.engine);
});
afterEach(() => http.app.close());
const start = (body: object = ios) => http.call('POST', `${base}/rotations`, { body });

describe('the routes of rotations', () => {
  it.each([
    ['POST', 'rotations', 'viewer,approver,auditor,operator'],
    ['POST', 'rotations/ios/approve', 'viewer,token-admin,auditor,operator'],
    ['POST', 'rotations/ios/pause', 'viewer,approver,auditor,operator'],
    ['POST', 'rotations/ios/roll-back', 'viewer,approver,auditor,operator'],
    ['POST', 'rotations/ios/confirm-slot', 'viewer,approver,auditor,operator'],
    ['POST', 'rotations/ios/slots/jamf/export', 'viewer,approver,auditor,operator'],
    ['PUT', 'rotation-schedules/ios', 'viewer,approver,auditor,operator'],
    ['DELETE', 'rotation-schedules/ios', 'viewer,approver,auditor,operator'],
    ['GET', 'rotations', 'validator-caller'],
  ] as const)('let nobody in without the role for it (%s %s)', async (method, rest, roles) => {
    const body = method === 'GET' ? {} : { body: {} };
    expect((await http.call(method, `${base}/${rest}`, { ...body, as: `x:${roles}` })).status).toBe(403);
    expect((await http.call(method, `${base}/${rest}`, { ...body, as: 'x:token-admin,approver@elsewhere' })).status).toBe(404);
  });

  it('say 503 where no engine is set, and where it gives no answer; tokens do not need it', async () => {
    const without = await memoryHttp();
    expect((await without.call('POST', `${base}/tokens`, { body: { label: 'a' } })).status).toBe(201);
    const unavailable = 'urn:tallystick:problem:rotations-unavailable';
    expect((await without.call('GET', `${base}/rotations`)).body).toMatchObject({ status: 503, type: unavailable });
    expect((await without.call('POST', `${base}/rotations`, { body: ios })).body).toMatchObject({
      status: 503,
      type: unavailable,
    });
    await without.app.close();
    await start();
    const { status } = memory.engine;
    memory.engine.status = () => Promise.reject(new RotationsAway('not-done', new Error('no server')));
    expect((await http.call('GET', `${base}/rotations/ios`)).body).toMatchObject({ status: 503, type: unavailable });
    memory.engine.status = status;
    memory.engine.command = () => Promise.reject(new RotationsAway('unknown', new Error('too late')));
    const answer = await http.call('POST', `${base}/rotations/ios/pause`, { body: { reason: 'x' } });
    expect(answer.body).toMatchObject({ status: 503, type: 'urn:tallystick:problem:outcome-unknown' });
  });
});

describe('a rotation', () => {
  it('is started in the name of who asks, answered with its first status, and locks its segment', async () => {
    const { status, body } = await start();
    expect(status).toBe(201);
    expect(body).toMatchObject({ rotation: 'run-1', path: 'ios', stage: 'minting', startedAt: '2027-01-15T08:00:00.000Z' });
    const [state] = memory.states.values();
    expect(state!.request).toMatchObject({ environment: 'acme', requestedBy: 'admin', origin: 'generated', adoptionShare: 0.95 });
    expect((await start()).body).toMatchObject({ status: 409, type: 'urn:tallystick:problem:already-rotating' });
    expect((await start({ ...plan, segment: { platform: 'ios', site: 'berlin' } })).status).toBe(201);
    const { body: list } = await http.call('GET', `${base}/rotations?limit=5`);
    expect(list).toMatchObject({ items: [{ path: 'ios' }, { path: 'ios~berlin', segmentName: 'ios/berlin' }], next: 'more' });
    expect((await http.call('GET', `${base}/rotations?cursor=wrong`)).status).toBe(400);
  });

  it('is started once for a key: the same request is answered as before, another one with its key is refused', async () => {
    await http.call('POST', `${base}/tokens`, { body: { label: 'a' } });
    const with1 = (body: object, as = 'admin:token-admin') =>
      http.call('POST', `${base}/rotations`, { body, as, headers: { 'idempotency-key': 'one' } });
    const first = await with1(ios);
    http.wall.nowMs += 60_000;
    expect([first.status, await with1(ios)]).toMatchObject([201, { status: 201, body: first.body }]);
    expect(memory.states.size).toBe(1);
    const reused = { status: 422, type: 'urn:tallystick:problem:idempotency-key-reused' };
    const slots = [{ ...plan.slots[0]!, id: 'intune' }];
    const others = [
      { ...ios, slots },
      { ...ios, label: 'other' },
      { ...plan, segment: { platform: 'android' } },
    ];
    for (const body of [...others, { ...ios, reason: 'another one' }]) expect((await with1(body)).body).toMatchObject(reused);
    expect((await with1(ios, 'ben:token-admin')).body).toMatchObject(reused);
    const notes = http.memory.outbox(ringShardOf(environmentId('acme'))).filter((entry) => entry.includes('start-rotation'));
    expect(notes).toHaveLength(1);
  });

  it('shows of each slot what was found at its target, in the words of the check', async () => {
    await start();
    const [[id, of] = []] = memory.states;
    const finding = { severity: 'error', what: 'permission-missing', detail: 'it may not write policies' } as const;
    const kept = { ...finding, other: 'not shown' };
    memory.states.set(id!, { ...of!, slots: of!.slots.map((one) => ({ ...one, findings: [kept] })) });
    const { slots } = (await http.call('GET', `${base}/rotations/ios`)).body as { slots?: { findings?: unknown }[] };
    expect(slots?.map(({ findings }) => findings)).toEqual([[finding]]);
  });

  it('with half a surrogate pair in a text is refused, and so is a command', async () => {
    const texts = [{ label: 'x \ud800' }, { reason: '\udc00' }, { slots: [{ ...plan.slots[0]!, mdm: 'Jamf\ud83d' }] }];
    for (const more of texts) expect((await start({ ...ios, ...more })).status).toBe(400);
    expect(memory.states.size).toBe(0);
    const said = { slot: 'jamf', token: 'tok_\ud800', result: 'done' };
    expect((await http.call('POST', `${base}/rotations/ios/confirm-slot`, { body: said })).status).toBe(400);
  });

  it('is not approved by who asked for it, where the environment asks for two people', async () => {
    await http.call('POST', `${base}/tokens`, { body: { label: 'a' } });
    await http.call('POST', `${base}/rotations`, { body: ios, as: 'ann:token-admin,approver' });
    const approve = (as: string) => http.call('POST', `${base}/rotations/ios/approve`, { body: { reason: 'x' }, as });
    const notWaiting = { status: 409, type: 'urn:tallystick:problem:rotation-refused' }; // it got as far as the rotation
    expect((await approve('ann:approver')).body).toMatchObject(notWaiting);
    const before = await http.call('GET', `${base}/settings`);
    const { version: _, ...settings } = before.body;
    const headers = { 'if-match': String(before.headers['etag']), 'idempotency-key': 'settings' };
    await http.call('PUT', `${base}/settings`, { body: { ...settings, twoPeople: true }, headers });
    expect((await approve('ann:approver')).body).toMatchObject({ status: 403, type: 'urn:tallystick:problem:own-rotation' });
    expect((await approve('ben:approver')).body).toMatchObject(notWaiting);
    http.memory.reachable = false;
    expect((await approve('ann:approver')).status).toBe(503);
  });

  it('that makes no sense is refused with every sentence, before anything is begun', async () => {
    const twice = { ...ios, slots: [plan.slots[0], plan.slots[0]], expiresAfterDays: 1 };
    expect((await start(twice)).body).toMatchObject({
      status: 422,
      problems: ['two slots have the same id', 'the new token would expire before the old ones are revoked'],
    });
    expect((await start({ ...ios, watchEveryMinutes: 0.0001 })).status).toBe(400);
    const nowhere = { id: 'a', mdm: 'intune', platform: 'ios', kind: 'target', target: 'elsewhere' };
    expect((await start({ ...ios, slots: [nowhere] })).body).toMatchObject({
      status: 422,
      problems: ['a: there is no delivery target elsewhere'],
    });
    expect(memory.states.size).toBe(0);
  });

  it.each(['*', 'all~x', 'ios~', 'ios~*', 'windows', 'ios~a~b~c', '*~*~*', 'ios~-a'])('has no other path: %s', async (path) => {
    expect((await http.call('GET', `${base}/rotations/${path}`)).status).toBe(400);
  });

  it.each([
    ['all', {}],
    ['*~berlin', { site: 'berlin' }],
    ['*~*~intune', { mdm: 'intune' }],
    ['android~*~intune', { platform: 'android', mdm: 'intune' }],
  ])('is found by the path of its segment: %s', async (path, segment) => {
    expect((await http.call('GET', `${base}/rotations/${path}`)).status).toBe(404);
    await start({ ...plan, segment });
    expect((await http.call('GET', `${base}/rotations/${path}`)).body).toMatchObject({ path, segment });
  });

  it('takes commands of whoever calls, each in the audit first; what it does not take is one sentence', async () => {
    await http.call('POST', `${base}/tokens`, { body: { label: 'a' } });
    await start();
    const pause = (as: string) => http.call('POST', `${base}/rotations/ios/pause`, { body: { reason: 'holidays' }, as });
    expect((await pause('ann:token-admin')).body).toMatchObject({ paused: true, waitsFor: { what: 'resume' } });
    expect(memory.commands).toEqual([
      { kind: 'pause', by: 'ann', reason: 'holidays', rotation: 'run-1', key: expect.any(String) },
    ]);
    expect((await pause('ann:token-admin')).body).toMatchObject({ status: 409, detail: 'the rotation is paused already' });
    expect((await http.call('POST', `${base}/rotations/android/pause`, { body: { reason: 'x' } })).status).toBe(404);
    memory.engine.command = () => Promise.reject(new Error('must not be asked'));
    http.memory.change = () => Promise.reject(new Error('no store'));
    expect((await pause('ann:token-admin')).body).toMatchObject({
      status: 503,
      type: 'urn:tallystick:problem:store-unavailable',
    });
  });

  it('M38: takes a command once for a key, with its reason in the audit once; another one with the key is refused', async () => {
    await http.call('POST', `${base}/tokens`, { body: { label: 'a' } });
    await start();
    const pause = (reason: string) =>
      http.call('POST', `${base}/rotations/ios/pause`, { body: { reason }, headers: { 'idempotency-key': 'p' } });
    expect((await pause('holidays')).body).toMatchObject({ paused: true });
    await pause('holidays');
    expect(memory.commands).toMatchObject([{ key: 'p' }, { key: 'p' }]); // the engine takes it once
    const asked = memory.commands.length;
    expect((await pause('other')).body).toMatchObject({ status: 422, type: 'urn:tallystick:problem:idempotency-key-reused' });
    expect(memory.commands).toHaveLength(asked);
    const told = http.memory.outbox(ringShardOf(environmentId('acme'))).map((entry) => JSON.parse(entry) as { action: string });
    expect(told.filter(({ action }) => action === 'pause-rotation')).toMatchObject([
      { actor: 'admin', reason: 'holidays', segment: 'ios' },
    ]);
  });

  it('M38: takes no command, repeated or late, that was said of another rotation of its segment', async () => {
    await http.call('POST', `${base}/tokens`, { body: { label: 'a' } });
    await start();
    const [[id, first] = []] = memory.states;
    const pause = (more: object = {}, key = 'p') =>
      http.call('POST', `${base}/rotations/ios/pause`, {
        ...{ body: { reason: 'holidays', ...more }, headers: { 'idempotency-key': key } },
      });
    expect((await pause()).body).toMatchObject({ paused: true });
    const next = startRotation(first!.request, 'run-2', now);
    memory.states.set(id!, next);
    expect((await pause()).body).toMatchObject({ status: 422, type: 'urn:tallystick:problem:idempotency-key-reused' });
    const notTaken = { status: 409, type: 'urn:tallystick:problem:rotation-refused' };
    expect((await pause({ rotation: 'run-1' }, 'q')).body).toMatchObject(notTaken);
    // It became another one after it was looked at.
    memory.engine.status = () => Promise.resolve(rotationStatus(first!, now));
    expect((await pause({}, 'r')).body).toMatchObject({ ...notTaken, detail: expect.stringContaining('another rotation') });
    expect(memory.states.get(id!)).toBe(next);
    memory.engine.status = () => Promise.resolve(rotationStatus(next, now));
    expect((await pause({ rotation: 'run-2' }, 's')).body).toMatchObject({ paused: true });
  });

  it('M38: what is said of a slot stands in the audit beside the result that every entry has', async () => {
    const made = await http.call('POST', `${base}/tokens`, { body: { label: 'a' } });
    await start();
    const token = made.body.token.id as TokenId;
    memory.slotIs({ kind: 'awaiting', token, at: now });
    const body = { slot: 'jamf', token, result: 'refused', reason: 'too long', rotation: 'run-1' };
    expect((await http.call('POST', `${base}/rotations/ios/confirm-slot`, { body })).status).toBe(200);
    const told = http.memory.outbox(ringShardOf(environmentId('acme'))).map((entry) => JSON.parse(entry) as { action: string });
    expect(told.filter(({ action }) => action === 'confirm-slot-rotation')).toMatchObject([
      { result: 'noted', said: 'refused', slot: 'jamf', token, rotation: 'run-1', segment: 'ios', reason: 'too long' },
    ]);
  });

  it('gives the file for a slot when the slot has a token, and no earlier', async () => {
    const made = await http.call('POST', `${base}/tokens`, { body: { label: 'a', keepValue: true } });
    await start();
    const file = (slot: string, query = 'format=json') =>
      http.call('POST', `${base}/rotations/ios/slots/${slot}/export?${query}`);
    expect((await file('jamf')).body).toMatchObject({ status: 409, type: 'urn:tallystick:problem:slot-not-open' });
    expect((await file('intune')).status).toBe(404);
    memory.slotIs({ kind: 'awaiting', token: made.body.token.id as TokenId, at: now });
    expect((await file('jamf')).body).toMatchObject({ value: made.body.value });
    expect((await file('jamf', 'format=ios-plist&key=token')).text).toContain('<key>token</key>');
    const list = await file('jamf', 'format=keyvalue-csv');
    expect(list.text).toBe(
      `platform,app,key,type,value\nios,com.pingidentity.pingid.prod,PINGID_MDM_TOKEN,STRING,${made.body.value}\n`,
    );
    const command = await file('jamf', 'format=mdm-command&iosBundleId=com.example.app');
    expect(command.text).toContain('<string>com.example.app</string>');
    expect((await file('jamf', 'format=exe')).status).toBe(400);
  });
});

describe('a schedule of rotations', () => {
  const times = { cron: ['0 7 1 * *'], jitterMinutes: 30 };
  const put = (more: object = {}) => http.call('PUT', `${base}/rotation-schedules/ios`, { body: { ...plan, ...times, ...more } });

  it('is put, read, listed, triggered and taken away', async () => {
    expect((await put()).body).toMatchObject({ path: 'ios', requestedBy: 'admin', plan: { ...times, label: 'winter' } });
    const path = `${base}/rotation-schedules`;
    expect((await http.call('GET', `${path}/ios`)).body).toMatchObject({ next: ['2027-01-15T08:00:00.000Z'] });
    expect((await http.call('GET', path)).body.items).toEqual([{ segmentName: 'ios', path: 'ios', next: [] }]);
    expect((await http.call('POST', `${path}/ios/trigger`)).status).toBe(202);
    expect((await http.call('DELETE', `${path}/ios?reason=over`)).status).toBe(204);
    expect((await http.call('DELETE', `${path}/ios?reason=over`)).status).toBe(404);
    expect((await http.call('POST', `${path}/ios/trigger`)).status).toBe(404);
  });

  it('M38: is changed for a reason, in the audit once for a key; what is repeated is answered as it was', async () => {
    await http.call('POST', `${base}/tokens`, { body: { label: 'a' } });
    const path = `${base}/rotation-schedules/ios`;
    const keyed = (key: string) => ({ headers: { 'idempotency-key': key } });
    const acts = [
      () => http.call('PUT', path, { body: { ...plan, ...times }, ...keyed('put') }),
      () => http.call('POST', `${path}/trigger`, { body: { reason: 'at once' }, ...keyed('trigger') }),
      () => http.call('DELETE', `${path}?reason=over`, keyed('delete')),
    ];
    for (const [at, act] of acts.entries()) {
      const [first, again] = [await act(), await act()];
      expect([at, again.status, again.body]).toEqual([at, [200, 202, 204][at], first.body]);
    }
    expect((await http.call('DELETE', `${path}?reason=other`, keyed('delete'))).status).toBe(422);
    const told = http.memory.outbox(ringShardOf(environmentId('acme'))).map((entry) => JSON.parse(entry) as object);
    expect(told.slice(1)).toMatchObject([
      { action: 'schedule-rotation', actor: 'admin', reason: 'yearly', segment: 'ios' },
      { action: 'trigger-rotation', reason: 'at once' },
      { action: 'unschedule-rotation', reason: 'over' },
    ]);
  });

  it('needs times that can be read', async () => {
    expect((await put({ cron: ['every day'] })).status).toBe(400);
    expect((await put({ cron: ['99 * * * *'] })).body).toMatchObject({
      status: 422,
      type: 'urn:tallystick:problem:times-refused',
    });
    expect((await put({ slots: [] })).status).toBe(400);
  });
});
