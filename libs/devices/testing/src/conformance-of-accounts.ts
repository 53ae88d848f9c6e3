import { describe, expect, it } from '@jest/globals';
import { type ConformanceBench, faultOf, home, mobile, profile, valueOf } from './conformance-bench.ts';

const nobody = 'nobody';

/** Part of `mfaDirectoryConformance`: an account, its profile and its states. */
export function conformanceOfAccounts(bench: ConformanceBench): void {
  describe('accounts', () => {
    it('an account that nobody created is observed as absent, which is no fault', async () => {
      expect(await bench.directory.observe(nobody)).toEqual({ ok: true, value: { kind: 'absent' } });
    });

    it('a created account waits for its first device and has the profile that was given', async () => {
      await bench.account('ada');
      expect(await bench.observed('ada')).toEqual({ kind: 'present', status: 'pending-activation', profile, devices: [] });
    });

    it('an account created as disabled is not activated (P25)', async () => {
      valueOf(await bench.directory.createUser('ada', profile, false));
      expect(await bench.observed('ada')).toEqual({ kind: 'present', status: 'not-active', profile, devices: [] });
    });

    it('profile fields that were not given are absent, not empty', async () => {
      valueOf(await bench.directory.createUser('ada', { lastName: 'Lovelace' }, true));
      expect((await bench.observed('ada')).profile).toStrictEqual({ lastName: 'Lovelace' });
      valueOf(await bench.directory.createUser('bob', {}, true));
      expect((await bench.observed('bob')).profile).toStrictEqual({});
    });

    it('a username may have blanks, a plus, an @, quotes and letters of any script', async () => {
      const username = 'Ada "Łovelace" +1@例え.example';
      const [id] = await bench.account(username, home);
      valueOf(await bench.directory.nameDevice(username, id!, 'Email 1'));
      expect((await bench.devicesOf(username)).map((it) => it.nickname)).toEqual(['Email 1']);
    });

    it('a second creation of the same username is already-exists and changes nothing', async () => {
      await bench.account('ada', home);
      const before = await bench.observed('ada');
      expect(await bench.directory.createUser('ada', {}, true)).toMatchObject({ ok: false, error: { kind: 'already-exists' } });
      expect(await bench.observed('ada')).toEqual(before);
    });

    it('a username of more than 250 characters is refused with a code', async () => {
      const result = await bench.directory.createUser('a'.repeat(251), {}, true);
      expect(result).toMatchObject({ ok: false, error: { kind: 'refused', code: expect.any(String) } });
    });

    it('editing replaces the whole profile: what is left out becomes empty (P28)', async () => {
      await bench.account('ada', home);
      const before = await bench.observed('ada');
      valueOf(await bench.directory.editUser('ada', { firstName: 'Augusta' }));
      expect(await bench.observed('ada')).toStrictEqual({ ...before, profile: { firstName: 'Augusta' } });
    });

    it('editing one account leaves the others alone', async () => {
      await bench.account('ada');
      await bench.account('bob');
      valueOf(await bench.directory.editUser('ada', {}));
      expect((await bench.observed('bob')).profile).toEqual(profile);
    });

    it('an active account can be suspended and activated again, and keeps its devices', async () => {
      await bench.account('ada', home);
      const before = await bench.observed('ada');
      expect(before.status).toBe('active');
      valueOf(await bench.directory.suspendUser('ada'));
      expect(await bench.observed('ada')).toEqual({ ...before, status: 'suspended' });
      valueOf(await bench.directory.activateUser('ada'));
      expect(await bench.observed('ada')).toEqual(before);
    });

    it('suspending an account that is not active is status-conflict (10561)', async () => {
      await bench.account('ada');
      expect(await bench.directory.suspendUser('ada')).toMatchObject({ ok: false, error: { kind: 'status-conflict' } });
      valueOf(await bench.directory.pair('ada', home));
      valueOf(await bench.directory.suspendUser('ada'));
      expect(await bench.directory.suspendUser('ada')).toMatchObject({ ok: false, error: { kind: 'status-conflict' } });
    });

    it('activating an active account is status-conflict (10562)', async () => {
      await bench.account('ada', home);
      expect(await bench.directory.activateUser('ada')).toMatchObject({ ok: false, error: { kind: 'status-conflict' } });
    });

    it('a deleted account is absent, its devices are gone, and the username is free', async () => {
      await bench.account('ada', home, mobile);
      valueOf(await bench.directory.deleteUser('ada'));
      expect(valueOf(await bench.directory.observe('ada'))).toEqual({ kind: 'absent' });
      await bench.account('ada');
      expect(await bench.devicesOf('ada')).toEqual([]);
    });

    it('every write to an account that does not exist is not-found', async () => {
      const results = [
        await bench.directory.editUser(nobody, profile),
        await bench.directory.activateUser(nobody),
        await bench.directory.suspendUser(nobody),
        await bench.directory.deleteUser(nobody),
        await bench.directory.pair(nobody, home),
        await bench.directory.nameDevice(nobody, bench.unknownDevice, 'Email 1'),
        await bench.directory.unpair(nobody, bench.unknownDevice),
        await bench.directory.setPrimary(nobody, bench.unknownDevice),
      ];
      expect(results.map(faultOf)).toEqual(results.map(() => 'not-found'));
      expect(valueOf(await bench.directory.observe(nobody))).toEqual({ kind: 'absent' });
    });
  });
}
