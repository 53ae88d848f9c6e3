import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { DeviceId, MfaDirectory } from '@tallystick/devices-domain';
import { createPingIdDirectory } from './pingid-directory.ts';
import {
  device,
  emailDevice,
  jws,
  now,
  okBody,
  refusedBody,
  type Reply,
  ScriptedPingId,
  userBody,
} from './scripted-pingid.fixture.ts';

const scripted = new ScriptedPingId();

describe('requests on the wire (b.4)', () => {
  it.each<[string, (it: MfaDirectory) => Promise<unknown>, string, string]>([
    ['observe', (it) => it.observe('ada'), 'getuserdetails', '{"userName":"ada","getSameDeviceUsers":false}'],
    [
      'createUser',
      (it) => it.createUser('ada', { email: 'a@b.example', firstName: 'A', lastName: 'L' }, true),
      'adduser',
      '{"username":"ada","activateUser":true,"role":"REGULAR","email":"a@b.example","fname":"A","lname":"L"}',
    ],
    [
      'createUser, disabled and without a profile (P25)',
      (it) => it.createUser('ada', {}, false),
      'adduser',
      '{"username":"ada","activateUser":false,"role":"REGULAR"}',
    ],
    ['activateUser', (it) => it.activateUser('ada'), 'activateuser', '{"userName":"ada"}'],
    ['suspendUser', (it) => it.suspendUser('ada'), 'suspenduser', '{"userName":"ada"}'],
    ['deleteUser', (it) => it.deleteUser('ada'), 'deleteuser', '{"userName":"ada"}'],
    [
      'pair by e-mail',
      (it) => it.pair('ada', { kind: 'email', address: 'a@b.example' }, 'Email 1'),
      'offlinepairing',
      '{"username":"ada","type":"EMAIL","pairingData":"a@b.example","validateUniqueDevice":false}',
    ],
    [
      'pair by SMS',
      (it) => it.pair('ada', { kind: 'sms', number: '+12025550123' }, 'SMS Number 1'),
      'offlinepairing',
      '{"username":"ada","type":"SMS","pairingData":"+12025550123","validateUniqueDevice":false}',
    ],
    [
      'pair by voice with an extension',
      (it) => it.pair('ada', { kind: 'voice', number: '+442079460958', extension: ',,12#3' }, 'Voice Number 1'),
      'offlinepairing',
      '{"username":"ada","type":"VOICE","pairingData":"+442079460958,,,12#3","validateUniqueDevice":false}',
    ],
    [
      'nameDevice',
      (it) => it.nameDevice('ada', device, 'SMS Number 1'),
      'updatedeviceattr',
      '{"userName":"ada","deviceId":285234913243546570,"attributeName":"NICKNAME","attributeValue":"SMS Number 1"}',
    ],
    ['unpair', (it) => it.unpair('ada', device), 'unpairdevice', '{"userName":"ada","deviceId":285234913243546570}'],
    [
      'setPrimary',
      (it) => it.setPrimary('ada', device),
      'updatedeviceattr',
      '{"userName":"ada","deviceId":285234913243546570,"attributeName":"SET_PRIMARY","attributeValue":"true"}',
    ],
  ])('%s is one call', async (_, method, operation, body) => {
    await method(scripted.given({ sign: okBody }));
    expect(scripted.calls).toEqual([{ operation, body }]);
  });

  it('editUser keeps the role that the account has, and does not activate it (P28)', async () => {
    const directory = scripted.given({ sign: userBody('{"userName":"ada","role":"ADMIN","status":"ACTIVE"}') }, { sign: okBody });
    expect(await directory.editUser('ada', { firstName: 'Augusta' })).toEqual({ ok: true, value: undefined });
    expect(scripted.calls.map((it) => it.operation)).toEqual(['getuserdetails', 'edituser']);
    expect(scripted.calls[1]?.body).toBe('{"userName":"ada","activateUser":false,"role":"ADMIN","fname":"Augusta"}');
  });

  it('editUser writes nothing when the account can not be read', async () => {
    const directory = scripted.given({ sign: refusedBody(10551), status: 400 });
    expect(await directory.editUser('ada', {})).toEqual({ ok: false, error: { kind: 'unavailable' } });
    expect(scripted.calls.map((it) => it.operation)).toEqual(['getuserdetails']);
  });

  it('connections are kept for the next call', async () => {
    scripted.sockets.clear();
    const directory = scripted.given(...Array.from({ length: 12 }, () => ({ sign: okBody })));
    for (let n = 0; n < 12; n++) await directory.activateUser('ada');
    expect(scripted.calls).toHaveLength(12);
    expect(scripted.sockets.size).toBeLessThan(12);
  });

  it.each(['', ' ', 'null', 'undefined', '0', '-1', '1.5', '1e3', 'NaN', '12345678901234567890', undefined, null, 17, {}])(
    'nothing is sent for a device without a real id: %j (P56)',
    async (id) => {
      const directory = scripted.given({ sign: okBody }, { sign: okBody }, { sign: okBody });
      const refused = { ok: false, error: { kind: 'refused', code: 'invalid-device-id' } };
      expect(await directory.unpair('ada', id as DeviceId)).toEqual(refused);
      expect(await directory.nameDevice('ada', id as DeviceId, 'Email 1')).toEqual(refused);
      expect(await directory.setPrimary('ada', id as DeviceId)).toEqual(refused);
      expect(scripted.calls).toEqual([]);
    },
  );
});

describe('answers on the wire (b.3)', () => {
  const present = { ok: true, value: { kind: 'present', status: 'active', devices: [{ id: device }] } };
  const details = userBody(`{"userName":"ada","status":"ACTIVE","devicesDetails":[${emailDevice}]}`);

  it.each<[string, Reply]>([
    ['a wrapped JWS', { sign: details }],
    ['a bare JWS', { raw: jws(details) }],
    ['a JWS that calls itself HTML', { raw: jws(details), headers: { 'content-type': 'text/html' } }],
  ])('a success is %s', async (_, reply) => {
    expect(await scripted.given(reply).observe('ada')).toMatchObject(present);
  });

  it('a success that is not signed counts only where the properties ask for no signature', async () => {
    const unsigned = { raw: details, headers: { 'content-type': 'application/json' } };
    expect(await scripted.given(unsigned).observe('ada')).toEqual({
      ok: false,
      error: { kind: 'credentials-refused', mayBeDone: true },
    });
    scripted.replyWith(unsigned);
    expect(await scripted.make(false).observe('ada')).toMatchObject(present);
  });

  it.each<[string, Reply]>([
    ['a JWS', { sign: refusedBody(10564), status: 400 }],
    ['raw JSON, wrapped', { raw: `{"responseBody":${refusedBody(10564)}}`, status: 400 }],
    ['raw JSON, bare, under 500', { raw: refusedBody('"10564"'), status: 500 }],
    ['a JWS under 200', { sign: refusedBody(10564) }],
  ])('an error is %s', async (_, reply) => {
    expect(await scripted.given(reply).observe('ada')).toEqual({ ok: true, value: { kind: 'absent' } });
  });

  it('an id of 64 bits comes back with all its digits, as number or text (A10)', async () => {
    for (const id of [device, `"${device}"`]) {
      const directory = scripted.given({ sign: `{"errorId":200,"deviceId":${id}}` });
      const paired = await directory.pair('ada', { kind: 'email', address: 'a@b.example' }, 'Email 1');
      expect(paired).toEqual({ ok: true, value: { device, named: false } });
    }
  });

  it('a pairing without an id in its answer may have happened', async () => {
    const paired = await scripted.given({ sign: okBody }).pair('ada', { kind: 'email', address: 'a@b.example' }, 'Email 1');
    expect(paired).toEqual({ ok: false, error: { kind: 'unavailable' } });
  });

  it.each(['null', '[]', '{"userName":"ada","devicesDetails":[{"deviceId":null}]}', '{"userName":"bob","status":"ACTIVE"}'])(
    'details that can not be this user with all devices are never an absent or empty account: %s',
    async (it) => {
      const observed = await scripted.given({ sign: userBody(it) }).observe('ada');
      expect(observed).toEqual({ ok: false, error: { kind: 'refused', code: 'unreadable-user' } });
    },
  );
});

describe('faults (b.5)', () => {
  const pair = (it: MfaDirectory): Promise<unknown> => it.pair('ada', { kind: 'sms', number: '+12025550123' }, 'SMS Number 1');
  const forged = jws(okBody).replace(/.{6}$/, 'AAAAAA');

  it.each<[string, Reply, object]>([
    ['10551', { sign: refusedBody(10551), status: 400 }, { kind: 'unavailable' }],
    ['10556', { sign: refusedBody(10556), status: 400 }, { kind: 'already-exists' }],
    ['10561', { sign: refusedBody(10561), status: 400 }, { kind: 'status-conflict' }],
    ['10562', { sign: refusedBody(10562), status: 400 }, { kind: 'status-conflict' }],
    ['10564', { raw: refusedBody(10564), status: 400 }, { kind: 'not-found' }],
    ['20559', { sign: refusedBody(20559), status: 400 }, { kind: 'address-refused' }],
    ['20562', { sign: refusedBody(20562), status: 400 }, { kind: 'device-limit' }],
    ['an id nobody documents', { sign: refusedBody(10599), status: 400 }, { kind: 'refused', code: '10599' }],
    ['an id that is a text', { sign: refusedBody('"ada@example.com"'), status: 400 }, { kind: 'refused', code: 'unknown' }],
    ['an id that every object knows', { sign: refusedBody('"constructor"'), status: 400 }, { kind: 'refused', code: 'unknown' }],
    ['400 without an id', { raw: '', status: 400 }, { kind: 'refused', code: 'http-400' }],
    ['400 that calls itself a success', { sign: okBody, status: 400 }, { kind: 'refused', code: 'http-400' }],
    ['401', { raw: '', status: 401 }, { kind: 'credentials-refused' }],
    ['403 with an id', { raw: refusedBody(99401), status: 403 }, { kind: 'credentials-refused' }],
    ['401 with the id of an absent user', { raw: refusedBody(10564), status: 401 }, { kind: 'credentials-refused' }],
    ['a signature of another key', { raw: forged }, { kind: 'credentials-refused', mayBeDone: true }],
    [
      '429 with seconds',
      { raw: '', status: 429, headers: { 'retry-after': '7' } },
      { kind: 'unavailable', retryAfterMs: 7_000, rateLimited: true },
    ],
    [
      '429 with a date',
      {
        raw: '',
        status: 429,
        headers: { date: 'Sun, 22 Nov 2026 12:00:00 GMT', 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' },
      },
      { kind: 'unavailable', retryAfterMs: 30_000, rateLimited: true },
    ],
    [
      '429 with a date that is over',
      {
        raw: '',
        status: 429,
        headers: { date: 'Sun, 22 Nov 2026 12:00:00 GMT', 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' },
      },
      { kind: 'unavailable', retryAfterMs: 0, rateLimited: true },
    ],
    [
      '429 with ten years',
      { raw: '', status: 429, headers: { 'retry-after': '315360000' } },
      { kind: 'unavailable', retryAfterMs: 3_600_000, rateLimited: true },
    ],
    ['429 with nonsense', { raw: '', status: 429, headers: { 'retry-after': '-1' } }, { kind: 'unavailable', rateLimited: true }],
    ['429 without a wait', { raw: refusedBody(99429), status: 429 }, { kind: 'unavailable', rateLimited: true }],
    [
      '503 with a wait',
      { raw: 'busy', status: 503, headers: { 'retry-after': '2' } },
      { kind: 'unavailable', retryAfterMs: 2_000, rateLimited: true },
    ],
    ['500', { raw: '<html>', status: 500 }, { kind: 'unavailable' }],
    ['200 that is no answer', { raw: '<html>captive portal</html>' }, { kind: 'unavailable' }],
    ['a redirect', { raw: '', status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { kind: 'unavailable' }],
    ['404 of a proxy', { raw: 'not found', status: 404 }, { kind: 'unavailable' }],
    ['a body without end', { raw: ' '.repeat(1_100_000) + okBody }, { kind: 'unavailable' }],
    ['a connection that breaks', 'reset', { kind: 'unavailable' }],
  ])('%s', async (_, reply, error) => {
    expect(await pair(scripted.given(reply, reply))).toEqual({ ok: false, error });
    expect(scripted.calls).toHaveLength(1); // no retry inside
  });

  it('20549 is already-exists for a creation', async () => {
    const created = await scripted.given({ sign: refusedBody(20549), status: 400 }).createUser('ada', {}, true);
    expect(created).toEqual({ ok: false, error: { kind: 'already-exists' } });
  });

  it('nobody listening is unavailable', async () => {
    const key = createSecretKey(Buffer.alloc(32, 5));
    const properties = { baseUrl: 'http://127.0.0.1:9/pingid', orgAlias: 'org', token: 'tok', key, useSignature: true };
    const directory = createPingIdDirectory({ properties, callTimeoutMs: 5_000, now: () => now });
    expect(await directory.observe('ada')).toEqual({ ok: false, error: { kind: 'unavailable' } });
  });

  it('no answer within the call time-out is unavailable (R27)', async () => {
    scripted.replyWith('no answer');
    expect(await scripted.make(true, 50).observe('ada')).toEqual({ ok: false, error: { kind: 'unavailable' } });
  });

  it('two calls of one method share its time-out', async () => {
    scripted.replyWith({ sign: userBody('{"userName":"ada","role":"REGULAR"}') }, 'no answer');
    expect(await scripted.make(true, 200).editUser('ada', {})).toEqual({ ok: false, error: { kind: 'unavailable' } });
    expect(scripted.calls.map((it) => it.operation)).toEqual(['getuserdetails', 'edituser']);
  });
});

describe('a device call that is refused with an unknown id', () => {
  const refused: Reply = { sign: refusedBody(99001), status: 400 };
  const listing = (...devices: string[]): Reply => ({
    sign: userBody(`{"userName":"ada","devicesDetails":[${devices.join()}]}`),
  });

  it('is not-found when the account does not list the device', async () => {
    expect(await scripted.given(refused, listing()).unpair('ada', device)).toEqual({ ok: false, error: { kind: 'not-found' } });
    expect(scripted.calls.map((it) => it.operation)).toEqual(['unpairdevice', 'getuserdetails']);
  });

  it('stays refused when it does, or when it can not be read', async () => {
    const error = { kind: 'refused', code: '99001' };
    expect(await scripted.given(refused, listing(emailDevice)).unpair('ada', device)).toEqual({ ok: false, error });
    expect(await scripted.given(refused, { raw: '', status: 500 }).setPrimary('ada', device)).toEqual({ ok: false, error });
  });
});
