import { describe, expect, it } from '@jest/globals';
import { type ConformanceBench, faultOf, home, mobile, profile, valueOf } from './conformance-bench.ts';

const nobody = 'nobody';

/** Part of `mfaDirectoryConformance`: an account, its profile and its states. */
export function conformanceOfAccounts(bench: ConformanceBench): void {
  const known = () => ({
    kind: 'present',
    ...(bench.capabilities.renamesUsers && { id: expect.stringMatching(/./) }),
  });
  describe('accounts', () => {
    it('an account that nobody created is observed as absent, which is no fault', async () => {
      expect(await bench.directory.observe(nobody)).toEqual({ ok: true, value: { kind: 'absent' } });
    });

    it('a created account has the profile that was given and no device', async () => {
      await bench.account('ada');
      expect(await bench.observed('ada')).toEqual({ ...known(), status: bench.manners.created, profile, devices: [] });
    });

    it('an account created as disabled is not activated (P25)', async () => {
      valueOf(await bench.directory.createUser('ada', profile, false));
      expect(await bench.observed('ada')).toEqual({
        ...known(),
        status: bench.manners.createdDisabled,
        profile,
        devices: [],
      });
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
      valueOf(await bench.directory.nameDevice(username, id!, 'Email 3'));
      expect((await bench.devicesOf(username)).map((it) => it.slot)).toEqual(['Email 3']);
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

    it('editing changes what is given; what is left out becomes empty where the provider works so (P28)', async () => {
      await bench.account('ada', home);
      const before = await bench.observed('ada');
      valueOf(await bench.directory.editUser('ada', { firstName: 'Augusta' }));
      const after = await bench.observed('ada');
      expect({ ...after, profile }).toStrictEqual({ ...before, profile });
      expect(after.profile.firstName).toBe('Augusta');
      if (bench.manners.editReplaces) expect(after.profile).toStrictEqual({ firstName: 'Augusta' });
      valueOf(await bench.directory.editUser('ada', { ...profile, lastName: 'King' }));
      expect((await bench.observed('ada')).profile).toStrictEqual({ ...profile, lastName: 'King' });
    });

    it('editing one account leaves the others alone', async () => {
      await bench.account('ada');
      await bench.account('bob');
      valueOf(await bench.directory.editUser('ada', { firstName: 'Augusta' }));
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

    it('suspending who is suspended and activating who is active is status-conflict (10561, 10562), or changes nothing', async () => {
      const expected = bench.manners.refusesSameStatus ? 'status-conflict' : 'no fault';
      await bench.account('ada', home);
      expect(faultOf(await bench.directory.activateUser('ada'))).toBe(expected);
      expect((await bench.observed('ada')).status).toBe('active');
      valueOf(await bench.directory.suspendUser('ada'));
      expect(faultOf(await bench.directory.suspendUser('ada'))).toBe(expected);
      expect((await bench.observed('ada')).status).toBe('suspended');
    });

    if (bench.manners.refusesSameStatus) {
      it('suspending an account that waits for its first device is status-conflict (10561)', async () => {
        await bench.account('ada');
        expect(faultOf(await bench.directory.suspendUser('ada'))).toBe('status-conflict');
      });
    }

    if (bench.capabilities.renamesUsers) {
      it('a renamed account keeps everything but its name, and a taken name is already-exists', async () => {
        await bench.account('ada', home);
        await bench.account('bob');
        const before = await bench.observed('ada');
        expect(faultOf(await bench.directory.renameUser('ada', 'bob'))).toBe('already-exists');
        valueOf(await bench.directory.renameUser('ada', 'ada.king'));
        expect(await bench.observed('ada.king')).toEqual(before);
        expect(valueOf(await bench.directory.observe('ada'))).toEqual({ kind: 'absent' });
        expect(faultOf(await bench.directory.renameUser('ada', 'eve'))).toBe('not-found');
      });

      it('a renamed account is told by its id, and whoever gets its name has another one', async () => {
        await bench.account('ada', home);
        const { id } = await bench.observed('ada');
        expect(id).toMatch(/./);
        valueOf(await bench.directory.renameUser('ada', 'ada.king'));
        await bench.account('ada', home);
        expect((await bench.observed('ada.king')).id).toBe(id);
        expect((await bench.observed('ada')).id).not.toBe(id);
      });
    } else {
      it('renaming is not supported (P20), and says so', async () => {
        await bench.account('ada');
        const renamed = await bench.directory.renameUser('ada', 'eve');
        expect(renamed).toEqual({ ok: false, error: { kind: 'refused', code: 'not-supported' } });
      });
    }

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
        await bench.directory.pair(nobody, home, 'Email 1'),
        await bench.directory.nameDevice(nobody, bench.unknownDevice, 'Email 1'),
        await bench.directory.unpair(nobody, bench.unknownDevice),
        await bench.directory.setPrimary(nobody, bench.unknownDevice),
      ];
      expect(results.map(faultOf)).toEqual(results.map(() => 'not-found'));
      expect(valueOf(await bench.directory.observe(nobody))).toEqual({ kind: 'absent' });
    });
  });
}
