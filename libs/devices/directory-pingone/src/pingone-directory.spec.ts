import { describe, expect, it } from '@jest/globals';
import type { DeviceId, MfaDirectory } from '@tallystick/devices-domain';
import type { OutboundAnswer } from '@tallystick/platform-outbound';
import {
  answer,
  devices,
  mail,
  mailId,
  phone,
  phoneId,
  ScriptedPingOne,
  token,
  user,
  userId,
  users,
} from './scripted-pingone.fixture.ts';

const given = (...answers: OutboundAnswer[]): ScriptedPingOne => new ScriptedPingOne([token(), ...answers]);
const lookUp = `GET /users?filter=${encodeURIComponent('username eq "ada"')}`;
const done = { ok: true, value: undefined };
const device = phoneId as DeviceId;

describe('requests on the wire (c.2)', () => {
  it.each<[string, (it: MfaDirectory) => Promise<unknown>, OutboundAnswer[], [string, unknown][]]>([
    [
      'createUser, enabled for MFA at once',
      (it) => it.createUser('ada', { email: 'a@b.example', lastName: 'King' }, false),
      [answer(201, user())],
      [['POST /users', { username: 'ada', email: 'a@b.example', name: { family: 'King' }, enabled: false, mfaEnabled: true }]],
    ],
    [
      'editUser, which keeps the rest of the name and touches nothing else',
      (it) => it.editUser('ada', { firstName: 'Augusta', lastName: 'King' }),
      [users(user()), answer(200, user())],
      [
        [lookUp, undefined],
        [`PATCH /users/${userId}`, { name: { given: 'Augusta', family: 'King', middle: 'K', formatted: 'Lady Lovelace' } }],
      ],
    ],
    ['editUser with nothing to say', (it) => it.editUser('ada', {}), [users(user())], [[lookUp, undefined]]],
    [
      'renameUser',
      (it) => it.renameUser('ada', 'eve'),
      [users(user()), answer(200, user())],
      [
        [lookUp, undefined],
        [`PATCH /users/${userId}`, { username: 'eve' }],
      ],
    ],
    [
      'activateUser, with MFA before it where that is off',
      (it) => it.activateUser('ada'),
      [users(user({ enabled: false, mfaEnabled: false })), answer(200, {}), answer(200, {})],
      [
        [lookUp, undefined],
        [`PUT /users/${userId}/mfaEnabled`, { mfaEnabled: true }],
        [`PUT /users/${userId}/enabled`, { enabled: true }],
      ],
    ],
    [
      'suspendUser, which leaves MFA as it is',
      (it) => it.suspendUser('ada'),
      [users(user({ mfaEnabled: false })), answer(200, {})],
      [
        [lookUp, undefined],
        [`PUT /users/${userId}/enabled`, { enabled: false }],
      ],
    ],
    [
      'deleteUser',
      (it) => it.deleteUser('ada'),
      [users(user()), answer(204, '')],
      [
        [lookUp, undefined],
        [`DELETE /users/${userId}`, undefined],
      ],
    ],
    [
      'nameDevice, by the names of this provider (P60)',
      (it) => it.nameDevice('ada', device, 'SMS Number 2'),
      [users(user()), answer(200, {})],
      [
        [lookUp, undefined],
        [`PUT /users/${userId}/devices/${phoneId}/nickname`, { nickname: 'SMS 2' }],
      ],
    ],
    [
      'unpair',
      (it) => it.unpair('ada', device),
      [users(user()), answer(204, '')],
      [
        [lookUp, undefined],
        [`DELETE /users/${userId}/devices/${phoneId}`, undefined],
      ],
    ],
    [
      'setPrimary, an order of every active device',
      (it) => it.setPrimary('ada', device),
      [users(user()), devices([mail, phone, { ...mail, id: userId, status: 'ACTIVATION_REQUIRED' }], [mailId]), answer(200, {})],
      [
        [lookUp, undefined],
        [`GET /users/${userId}/devices?expand=order`, undefined],
        [`POST /users/${userId}/devices`, { order: [{ id: phoneId }, { id: mailId }] }],
      ],
    ],
    [
      'setPrimary of the primary one',
      (it) => it.setPrimary('ada', device),
      [users(user()), devices([mail, phone], [phoneId, mailId])],
      [
        [lookUp, undefined],
        [`GET /users/${userId}/devices?expand=order`, undefined],
      ],
    ],
  ])('%s', async (_, method, answers, calls) => {
    const scripted = given(...answers);
    expect(await method(scripted.directory)).toEqual(done);
    expect(scripted.calls).toEqual(calls);
  });

  it('pair makes an active device that carries its name, by a bearer token and JSON', async () => {
    const scripted = given(users(user()), answer(201, { ...phone, type: 'VOICE', nickname: 'Voice 2' }));
    const address = { kind: 'voice', number: '+12025550123', extension: ',,12#3' } as const;
    expect(await scripted.directory.pair('ada', address, 'Voice Number 2')).toEqual({
      ok: true,
      value: { device: phoneId, named: true },
    });
    expect(scripted.calls[1]).toEqual([
      `POST /users/${userId}/devices`,
      { type: 'VOICE', phone: '+12025550123', extension: ',,12#3', nickname: 'Voice 2', status: 'ACTIVE' },
    ]);
    expect(scripted.requests[2]?.headers).toEqual({
      accept: 'application/json',
      authorization: 'Bearer token-1',
      'content-type': 'application/json',
    });
  });

  it('a pairing whose answer has no id may have happened, and one without the name is not named', async () => {
    const home = { kind: 'email', address: 'ada@home.example' } as const;
    const without = given(users(user()), answer(201, {}));
    expect(await without.directory.pair('ada', home, 'Email 1')).toEqual({ ok: false, error: { kind: 'unavailable' } });
    const nameless = given(users(user()), answer(201, { ...mail, nickname: undefined }));
    expect(await nameless.directory.pair('ada', home, 'Email 1')).toMatchObject({ value: { named: false } });
  });

  it.each(['', ' ', 'null', '0', '285234913243546570', '../..', phoneId.slice(1), `${phoneId}/nickname`, undefined, null, {}])(
    'nothing is sent for a device without a real id: %j (P56)',
    async (id) => {
      const scripted = given();
      const refused = { ok: false, error: { kind: 'refused', code: 'invalid-device-id' } };
      expect(await scripted.directory.unpair('ada', id as DeviceId)).toEqual(refused);
      expect(await scripted.directory.nameDevice('ada', id as DeviceId, 'Email 1')).toEqual(refused);
      expect(await scripted.directory.setPrimary('ada', id as DeviceId)).toEqual(refused);
      expect(scripted.requests).toEqual([]);
    },
  );

  it('a quote or a backslash in a name ends no filter', async () => {
    const username = 'a" or username sw "\\';
    const scripted = given(users());
    await scripted.directory.observe(username);
    const filter = new URL(scripted.requests[1]?.url ?? '').searchParams.get('filter');
    expect(filter).toBe('username eq "a\\" or username sw \\"\\\\"');
  });

  it.each(['', '/', '..', 'a0000000', 'x0000000-0000-4000-8000-000000000001'])(
    'an environment that is no UUID is refused at once: %j',
    (environmentId) => {
      expect(() => new ScriptedPingOne([], { environmentId })).toThrow(/^environmentId of a PingOne connection must be a UUID$/);
    },
  );
});

describe('what is observed', () => {
  const observed = async (found: object, ...rest: OutboundAnswer[]): Promise<unknown> => {
    const user = await given(users(found), ...rest).directory.observe('ADA');
    return user.ok ? user.value : user.error;
  };

  it('a user with devices, in the order that says who is primary', async () => {
    expect(await observed(user(), devices([phone, mail], [mailId, phoneId]))).toEqual({
      kind: 'present',
      id: userId,
      status: 'active',
      profile: { email: 'ada@work.example', firstName: 'Ada', lastName: 'Lovelace' },
      devices: [
        {
          id: phoneId,
          nickname: 'SMS 1',
          slot: 'SMS Number 1',
          type: 'SMS',
          address: { kind: 'sms', number: '+12025550123' },
          primary: false,
          enrolledAt: '2026-01-02T03:04:05.678000000Z',
        },
        {
          id: mailId,
          nickname: 'Email 1',
          slot: 'Email 1',
          type: 'EMAIL',
          address: { kind: 'email', address: 'ada@home.example' },
          primary: true,
          enrolledAt: '2026-01-02T03:04:05.000000000Z',
        },
      ],
    });
  });

  it.each([
    [{ enabled: false }, 'suspended'],
    [{ enabled: false, account: { status: 'LOCKED' } }, 'suspended'],
    // These must not keep a leaver from being disabled, which the planner does to active accounts only.
    [{ account: { status: 'LOCKED' } }, 'active'],
    [{ lifecycle: { status: 'VERIFICATION_REQUIRED' } }, 'active'],
    [{ mfaEnabled: false }, 'active'],
    [{ enabled: undefined }, 'other'],
  ])('status: %j is %s', async (more, status) => {
    expect(await observed(user(more), devices([]))).toMatchObject({ status });
  });

  it.each<[string, object]>([
    ['of another name', { users: [user({ username: 'ada2' })] }],
    ['two of them', { users: [user(), user()] }],
    ['without an id', { users: [user({ id: undefined })] }],
    ['with an id that is a path', { users: [user({ id: '../..' })] }],
    ['none, and no list', {}],
  ])('a look-up that finds users %s is unreadable, never absent', async (_, embedded) => {
    const scripted = given(answer(200, { _embedded: embedded }));
    expect(await scripted.directory.observe('ada')).toEqual({ ok: false, error: { kind: 'refused', code: 'unreadable-user' } });
    expect(scripted.calls).toHaveLength(1);
  });

  it.each<[string, OutboundAnswer]>([
    ['lists a device without an id', devices([phone, { ...mail, id: null }])],
    ['has more pages', answer(200, { _links: { next: { href: 'https://api.pingone.eu/…' } }, _embedded: { devices: [phone] } })],
    ['has no list', answer(200, { count: 2 })],
  ])('an answer that %s is no list of devices', async (_, listed) => {
    expect(await given(users(user()), listed).directory.observe('ada')).toEqual({
      ok: false,
      error: { kind: 'refused', code: 'unreadable-devices' },
    });
  });

  it('a user who is gone when the devices are asked for is looked at again: absence is proven by the look-up alone (I3)', async () => {
    const scripted = given(users(user()), answer(404, { code: 'NOT_FOUND', message: 'x' }));
    expect(await scripted.directory.observe('ada')).toEqual({ ok: false, error: { kind: 'unavailable' } });
  });

  it('a page that a proxy sends with 200 is no answer, for a write as little as for a read', async () => {
    const page = answer(200, '<html>sign in to the network</html>');
    expect(await given(page).directory.observe('ada')).toEqual({ ok: false, error: { kind: 'unavailable' } });
    expect(await given(users(user()), page).directory.unpair('ada', device)).toEqual({
      ok: false,
      error: { kind: 'unavailable' },
    });
  });
});

describe('the device limit (c.2)', () => {
  it.each<[OutboundAnswer, number | undefined]>([
    [answer(200, { pairing: { maxAllowedDevices: 7 } }), 7],
    [answer(200, { pairing: { maxAllowedDevices: '7' } }), undefined],
    [answer(200, { pairing: null }), undefined],
    [answer(403, { code: 'ACCESS_FAILED', message: 'x' }), undefined], // the role for it is another one
  ])('%j tells %s', async (settings, limit) => {
    expect(await given(settings).directory.deviceLimit()).toEqual({ ok: true, value: limit });
  });
});

describe('the connection check (P30)', () => {
  const parts = async (...answers: OutboundAnswer[]): Promise<string> =>
    (await new ScriptedPingOne(answers).directory.check())
      .map((it) =>
        it.fault ? `${it.result} ${it.fault.kind}${it.fault.kind === 'refused' ? ` ${it.fault.code}` : ''}` : it.result,
      )
      .join(', ');
  const settings = answer(200, { pairing: { maxAllowedDevices: 5 } });

  it('says which part failed, and why there was no answer', async () => {
    expect(await parts(token(), users(), settings)).toBe('passed, passed, passed, passed');
    expect(await parts({ kind: 'none', because: 'not-trusted' })).toBe(
      'failed refused not-trusted, not-tried, not-tried, not-tried',
    );
    expect(await parts(answer(401, { error: 'invalid_client' }))).toBe(
      'passed, failed credentials-refused, not-tried, not-tried',
    );
    expect(await parts(token(), answer(403, { code: 'ACCESS_FAILED' }))).toBe(
      'passed, passed, failed credentials-refused, not-tried',
    );
    expect(await parts(token(), users(), answer(403, { code: 'ACCESS_FAILED' }))).toBe(
      'passed, passed, passed, failed refused ACCESS_FAILED',
    );
  });
});
