import { describe, expect, it } from '@jest/globals';
import type { DirectoryOperation, MfaDirectory } from '@tallystick/devices-domain';
import { device, emailDevice, refusedBody, type Reply, ScriptedPingId, userBody } from './scripted-pingid.fixture.ts';

const scripted = new ScriptedPingId();

describe('the connection check (P30)', () => {
  const passed = { result: 'passed' };
  const notTried = { result: 'not-tried' };
  const failed = (kind: string, code?: string): object => ({ result: 'failed', fault: { kind, ...(code && { code }) } });

  it.each<[string, Reply, object[]]>([
    ['passes for a user that is there', { sign: userBody('{"userName":"id"}') }, [passed, passed, passed]],
    ['passes for a user that is not there', { raw: refusedBody(10564), status: 400 }, [passed, passed, passed]],
    ['names refused credentials', { raw: '', status: 403 }, [passed, failed('credentials-refused'), notTried]],
    ['names a read that is refused', { raw: refusedBody(10599), status: 400 }, [passed, passed, failed('refused', '10599')]],
    ['names an outage', { raw: '', status: 503 }, [failed('unavailable'), notTried, notTried]],
    ['names a broken connection', 'reset', [failed('refused', 'broken'), notTried, notTried]],
  ])('%s', async (_, reply, [reach, credentials, read]) => {
    expect(await scripted.given(reply, reply).check()).toEqual([
      { part: 'reach', ...reach },
      { part: 'credentials', ...credentials },
      { part: 'read', ...read },
      { part: 'device-limit', ...notTried },
    ]);
    expect(new Set(scripted.calls.map((it) => it.operation))).toEqual(new Set(['getuserdetails']));
  });
});

describe('what this provider can not do', () => {
  it('is refused or unknown without a call (P20, P53)', async () => {
    expect(await scripted.make().renameUser('ada', 'eve')).toEqual({
      ok: false,
      error: { kind: 'refused', code: 'not-supported' },
    });
    expect(await scripted.make().deviceLimit()).toEqual({ ok: true, value: undefined });
    expect(scripted.calls).toEqual([]);
  });

  it('a method that the tenant has switched off is a fault of the connection where its id is known (P55)', async () => {
    const refused: Reply = { sign: refusedBody(99004), status: 400 };
    const directory = scripted.make(true, 5_000, { methodDisabledIds: ['99004'] });
    scripted.replyWith(refused);
    const paired = await directory.pair('ada', { kind: 'sms', number: '+12025550123' }, 'SMS Number 1');
    expect(paired).toEqual({ ok: false, error: { kind: 'method-disabled' } });
  });
});

describe('calls of one method', () => {
  const refused: Reply = { sign: refusedBody(99001), status: 400 };
  const there: Reply = { sign: userBody(`{"userName":"ada","role":"REGULAR","devicesDetails":[${emailDevice}]}`) };
  const email = { kind: 'email', address: 'a@b.example' } as const;

  it.each<[DirectoryOperation, (it: MfaDirectory) => Promise<unknown>, Reply[]]>([
    ['observe', (it) => it.observe('ada'), [there]],
    ['createUser', (it) => it.createUser('ada', {}, true), [refused]],
    ['editUser', (it) => it.editUser('ada', {}), [there, refused]],
    ['renameUser', (it) => it.renameUser('ada', 'eve'), []],
    ['activateUser', (it) => it.activateUser('ada'), [refused]],
    ['suspendUser', (it) => it.suspendUser('ada'), [refused]],
    ['deleteUser', (it) => it.deleteUser('ada'), [refused]],
    ['pair', (it) => it.pair('ada', email, 'Email 1'), [refused]],
    ['nameDevice', (it) => it.nameDevice('ada', device, 'Email 1'), [refused, there]],
    ['unpair', (it) => it.unpair('ada', device), [refused, there]],
    ['setPrimary', (it) => it.setPrimary('ada', device), [refused, there]],
    ['deviceLimit', (it) => it.deviceLimit(), []],
    ['check', (it) => it.check(), [refused]],
  ])('%s makes at its worst as many as its capabilities say (I10)', async (operation, method, worst) => {
    await method(scripted.given(...worst, 'reset', 'reset'));
    expect(scripted.calls).toHaveLength(scripted.make().capabilities.calls[operation]);
  });
});
