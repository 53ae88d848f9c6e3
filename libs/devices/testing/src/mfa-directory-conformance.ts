import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type DeviceId,
  type DirectoryFault,
  type FactorAddress,
  type MfaDirectory,
  type ObservedDevice,
  type ObservedUser,
  sameAddress,
} from '@tallystick/devices-domain';
import type { Result } from '@tallystick/kernel-core';

/** A way to make the next call fail. All but `answer-lost` keep it from happening; that one lets it happen, and its answer never arrives. */
export type Breakage = 'outage' | 'answer-lost' | 'throttled' | 'credentials-refused';

/** One implementation of the port with an empty tenant behind it. */
export interface DirectoryUnderTest {
  readonly directory: MfaDirectory;
  /** Removes every account, ends every breakage and sets the number of devices that a user may have. */
  reset(options: { readonly deviceLimit: number }): void | Promise<void>;
  /** Adds a device of a type that this product does not pair (`iPhone`, `YubiKey`), as its user would. */
  addForeignDevice(username: string, device: { readonly type: string; readonly nickname: string }): void | Promise<void>;
  /** Makes exactly the next call of any method fail. Needed when `breakages` is not empty. */
  breakNext?(how: Breakage): void | Promise<void>;
  close(): void | Promise<void>;
}

/**
 * @property breakages  what `breakNext` can do; the tests of the others are left out
 * @property deviceIds  the form of the ids: 64-bit numbers of the classic API, or UUIDs
 */
export interface MfaDirectoryConformance {
  readonly make: () => DirectoryUnderTest | Promise<DirectoryUnderTest>;
  readonly breakages: readonly Breakage[];
  readonly deviceIds: 'int64' | 'uuid';
}

const home: FactorAddress = { kind: 'email', address: 'ada@home.example' };
const work: FactorAddress = { kind: 'email', address: 'ada@work.example' };
const mobile: FactorAddress = { kind: 'sms', number: '+12025550123' };
const desk: FactorAddress = { kind: 'voice', number: '+442079460123' };
const profile = { email: 'ada@work.example', firstName: 'Ada', lastName: 'Lovelace' };
const nobody = 'nobody';
const noDevice = { int64: '285234913243546570', uuid: '0f0eaf16-bc75-4440-8f0e-af16bc75b440' } as const;

/** Every test of the port `MfaDirectory` that an implementation has to pass; call it at the top of a spec file. */
export function mfaDirectoryConformance({ make, breakages, deviceIds }: MfaDirectoryConformance): void {
  const unknownDevice = noDevice[deviceIds] as DeviceId;
  let tested: DirectoryUnderTest;
  let directory: MfaDirectory;

  beforeAll(async () => {
    tested = await make();
    directory = tested.directory;
  });
  beforeEach(() => tested.reset({ deviceLimit: 5 }));
  afterAll(() => tested.close());

  async function observed(username: string): Promise<Extract<ObservedUser, { kind: 'present' }>> {
    const user = valueOf(await directory.observe(username));
    if (user.kind === 'absent') throw new Error('the account is absent');
    return user;
  }
  const devicesOf = async (username: string): Promise<readonly ObservedDevice[]> => (await observed(username)).devices;
  const addressOf = async (username: string, id: DeviceId): Promise<FactorAddress | undefined> =>
    (await devicesOf(username)).find((it) => it.id === id)?.address;
  async function account(username: string, ...addresses: FactorAddress[]): Promise<DeviceId[]> {
    valueOf(await directory.createUser(username, profile, true));
    const ids: DeviceId[] = [];
    for (const address of addresses) ids.push(valueOf(await directory.pair(username, address)));
    return ids;
  }

  describe('accounts', () => {
    it('an account that nobody created is observed as absent, which is no fault', async () => {
      expect(await directory.observe(nobody)).toEqual({ ok: true, value: { kind: 'absent' } });
    });

    it('a created account waits for its first device and has the profile that was given', async () => {
      await account('ada');
      expect(await observed('ada')).toEqual({ kind: 'present', status: 'pending-activation', profile, devices: [] });
    });

    it('an account created as disabled is not activated (P25)', async () => {
      valueOf(await directory.createUser('ada', profile, false));
      expect(await observed('ada')).toEqual({ kind: 'present', status: 'not-active', profile, devices: [] });
    });

    it('profile fields that were not given are absent, not empty', async () => {
      valueOf(await directory.createUser('ada', { lastName: 'Lovelace' }, true));
      expect((await observed('ada')).profile).toStrictEqual({ lastName: 'Lovelace' });
      valueOf(await directory.createUser('bob', {}, true));
      expect((await observed('bob')).profile).toStrictEqual({});
    });

    it('a username may have blanks, a plus, an @, quotes and letters of any script', async () => {
      const username = 'Ada "Łovelace" +1@例え.example';
      const [id] = await account(username, home);
      valueOf(await directory.nameDevice(username, id!, 'Email 1'));
      expect((await devicesOf(username)).map((it) => it.nickname)).toEqual(['Email 1']);
    });

    it('a second creation of the same username is already-exists and changes nothing', async () => {
      await account('ada', home);
      const before = await observed('ada');
      expect(await directory.createUser('ada', {}, true)).toMatchObject({ ok: false, error: { kind: 'already-exists' } });
      expect(await observed('ada')).toEqual(before);
    });

    it('a username of more than 250 characters is refused with a code', async () => {
      const result = await directory.createUser('a'.repeat(251), {}, true);
      expect(result).toMatchObject({ ok: false, error: { kind: 'refused', code: expect.any(String) } });
    });

    it('editing replaces the whole profile: what is left out becomes empty (P28)', async () => {
      await account('ada', home);
      const before = await observed('ada');
      valueOf(await directory.editUser('ada', { firstName: 'Augusta' }));
      expect(await observed('ada')).toStrictEqual({ ...before, profile: { firstName: 'Augusta' } });
    });

    it('editing one account leaves the others alone', async () => {
      await account('ada');
      await account('bob');
      valueOf(await directory.editUser('ada', {}));
      expect((await observed('bob')).profile).toEqual(profile);
    });

    it('an active account can be suspended and activated again, and keeps its devices', async () => {
      await account('ada', home);
      const before = await observed('ada');
      expect(before.status).toBe('active');
      valueOf(await directory.suspendUser('ada'));
      expect(await observed('ada')).toEqual({ ...before, status: 'suspended' });
      valueOf(await directory.activateUser('ada'));
      expect(await observed('ada')).toEqual(before);
    });

    it('suspending an account that is not active is status-conflict (10561)', async () => {
      await account('ada');
      expect(await directory.suspendUser('ada')).toMatchObject({ ok: false, error: { kind: 'status-conflict' } });
      valueOf(await directory.pair('ada', home));
      valueOf(await directory.suspendUser('ada'));
      expect(await directory.suspendUser('ada')).toMatchObject({ ok: false, error: { kind: 'status-conflict' } });
    });

    it('activating an active account is status-conflict (10562)', async () => {
      await account('ada', home);
      expect(await directory.activateUser('ada')).toMatchObject({ ok: false, error: { kind: 'status-conflict' } });
    });

    it('a deleted account is absent, its devices are gone, and the username is free', async () => {
      await account('ada', home, mobile);
      valueOf(await directory.deleteUser('ada'));
      expect(valueOf(await directory.observe('ada'))).toEqual({ kind: 'absent' });
      await account('ada');
      expect(await devicesOf('ada')).toEqual([]);
    });

    it('every write to an account that does not exist is not-found', async () => {
      const results = [
        await directory.editUser(nobody, profile),
        await directory.activateUser(nobody),
        await directory.suspendUser(nobody),
        await directory.deleteUser(nobody),
        await directory.pair(nobody, home),
        await directory.nameDevice(nobody, unknownDevice, 'Email 1'),
        await directory.unpair(nobody, unknownDevice),
        await directory.setPrimary(nobody, unknownDevice),
      ];
      expect(results.map(faultOf)).toEqual(results.map(() => 'not-found'));
      expect(valueOf(await directory.observe(nobody))).toEqual({ kind: 'absent' });
    });
  });

  describe('pairing', () => {
    it.each([
      ['Email', home],
      ['SMS', mobile],
      ['Voice', desk],
    ] as const)(
      'a paired %s device is observed with its id, type and address, and makes the account active',
      async (type, address) => {
        const [id] = await account('ada', address);
        const user = await observed('ada');
        expect(user.status).toBe('active');
        expect(user.devices).toHaveLength(1);
        expect(user.devices[0]).toMatchObject({ id, type, address, primary: true });
      },
    );

    it('an e-mail device is named "Email 1" by the directory itself, the next one "Email 2" (P46)', async () => {
      const [first, second] = await account('ada', home, work);
      const devices = await devicesOf('ada');
      expect(devices.find((it) => it.id === first)?.nickname).toBe('Email 1');
      expect(devices.find((it) => it.id === second)?.nickname).toBe('Email 2');
    });

    it('every other device gets some automatic nickname too', async () => {
      await account('ada', mobile, desk);
      expect((await devicesOf('ada')).every((it) => it.nickname !== '')).toBe(true);
    });

    it('the first device is primary, later ones are not (PR6)', async () => {
      const [first] = await account('ada', home, mobile, desk);
      expect(primariesOf(await devicesOf('ada'))).toEqual([first]);
    });

    it('devices can be sorted by age', async () => {
      const [first, second] = await account('ada', home, mobile);
      const devices = await devicesOf('ada');
      const enrolled = (id: DeviceId | undefined): string => devices.find((it) => it.id === id)?.enrolledAt ?? '';
      expect(enrolled(first)).not.toBe('');
      expect(enrolled(first) <= enrolled(second)).toBe(true);
    });

    it('e-mail addresses come back as the same address whatever their case (P59)', async () => {
      const address: FactorAddress = { kind: 'email', address: 'Ada.Lovelace@Work.Example' };
      const [id] = await account('ada', address);
      expect(sameAddress((await addressOf('ada', id!))!, address)).toBe(true);
    });

    it.each(['2992', '#2992,,,#2991', ',,12#3'])('a voice extension survives the round trip: %s', async (extension) => {
      const address: FactorAddress = { kind: 'voice', number: '+12025550123', extension };
      const [id, plain] = await account('ada', address, { kind: 'voice', number: '+12025550123' });
      expect(await addressOf('ada', id!)).toEqual(address);
      expect(await addressOf('ada', plain!)).toEqual({ kind: 'voice', number: '+12025550123' });
    });

    it.each(['+12025550123', '+442079460123', '+972521234567', '+3906698'])('a number keeps its country: %s', async (number) => {
      const [id] = await account('ada', { kind: 'sms', number });
      expect(await addressOf('ada', id!)).toEqual({ kind: 'sms', number });
    });

    it('a number that can not be reached is address-refused and pairs nothing (20559)', async () => {
      await account('ada');
      expect(faultOf(await directory.pair('ada', { kind: 'sms', number: '+12' }))).toBe('address-refused');
      expect(await devicesOf('ada')).toEqual([]);
    });

    it('one device more than the tenant allows is device-limit and changes nothing (20562, P53)', async () => {
      await tested.reset({ deviceLimit: 2 });
      await account('ada', home, mobile);
      const before = await observed('ada');
      expect(faultOf(await directory.pair('ada', desk))).toBe('device-limit');
      expect(await observed('ada')).toEqual(before);
    });

    it('foreign devices count for the limit', async () => {
      await tested.reset({ deviceLimit: 2 });
      await account('ada', home);
      await tested.addForeignDevice('ada', { type: 'iPhone', nickname: "Ada's iPhone" });
      expect(faultOf(await directory.pair('ada', mobile))).toBe('device-limit');
    });

    it('unpairing makes room under the limit', async () => {
      await tested.reset({ deviceLimit: 1 });
      const [id] = await account('ada', home);
      valueOf(await directory.unpair('ada', id!));
      valueOf(await directory.pair('ada', mobile));
      expect((await devicesOf('ada')).map((it) => it.type)).toEqual(['SMS']);
    });

    it('pairing touches no other account', async () => {
      await account('ada', home);
      await account('bob');
      expect(await devicesOf('bob')).toEqual([]);
    });
  });

  describe('devices', () => {
    it('naming changes the nickname of that device and nothing else', async () => {
      const [first, second] = await account('ada', home, mobile);
      const before = await observed('ada');
      valueOf(await directory.nameDevice('ada', second!, 'SMS Number 2'));
      const named = before.devices.map((it) => (it.id === second ? { ...it, nickname: 'SMS Number 2' } : it));
      expect(byId((await observed('ada')).devices)).toEqual(byId(named));
      expect(named.map((it) => it.id)).toContain(first);
    });

    it('a device that is already named so may be named again', async () => {
      const [id] = await account('ada', home);
      valueOf(await directory.nameDevice('ada', id!, 'Email 1'));
      valueOf(await directory.nameDevice('ada', id!, 'Email 1'));
      expect((await devicesOf('ada')).map((it) => it.nickname)).toEqual(['Email 1']);
    });

    it('unpairing removes exactly one device', async () => {
      const [first, second, third] = await account('ada', home, mobile, desk);
      const before = await devicesOf('ada');
      valueOf(await directory.unpair('ada', second!));
      expect(byId(await devicesOf('ada'))).toEqual(byId(before.filter((it) => it.id !== second)));
      expect(before.map((it) => it.id)).toEqual(expect.arrayContaining([first, second, third]));
    });

    it('unpairing the primary leaves the other devices paired, and at most one of them primary (PR7)', async () => {
      const [first, second, third] = await account('ada', home, mobile, desk);
      valueOf(await directory.unpair('ada', first!));
      const rest = await devicesOf('ada');
      expect(rest.map((it) => it.id).sort()).toEqual([second, third].sort());
      expect(primariesOf(rest).length).toBeLessThanOrEqual(1);
    });

    it('an account without its last device is waiting for another one, and can have it', async () => {
      const [id] = await account('ada', home);
      valueOf(await directory.unpair('ada', id!));
      expect(await observed('ada')).toMatchObject({ status: 'pending-change-device', devices: [] });
      const again = valueOf(await directory.pair('ada', home));
      expect(again).not.toBe(id);
      expect(await observed('ada')).toMatchObject({ status: 'active', devices: [{ id: again, primary: true }] });
    });

    it('an unpaired device is not-found from then on', async () => {
      const [id] = await account('ada', home, mobile);
      valueOf(await directory.unpair('ada', id!));
      expect(faultOf(await directory.unpair('ada', id!))).toBe('not-found');
      expect(await devicesOf('ada')).toHaveLength(1);
    });

    it("a device that the account does not have is not-found, also when it is somebody else's", async () => {
      await account('ada', home);
      const [other] = await account('bob', work);
      for (const device of [unknownDevice, other!]) {
        expect(faultOf(await directory.nameDevice('ada', device, 'Email 1'))).toBe('not-found');
        expect(faultOf(await directory.unpair('ada', device))).toBe('not-found');
        expect(faultOf(await directory.setPrimary('ada', device))).toBe('not-found');
      }
      expect(await devicesOf('ada')).toHaveLength(1);
      expect(await devicesOf('bob')).toHaveLength(1);
    });

    it.each(['', ' ', 'null', 'undefined', '0'])('unpairing without a real id (%j) removes nothing (P56)', async (id) => {
      await account('ada', home, mobile);
      const before = await devicesOf('ada');
      const unpaired = await directory.unpair('ada', id as DeviceId).then(
        (result) => result.ok,
        () => false, // a programming error may be thrown
      );
      expect(unpaired).toBe(false);
      expect(await devicesOf('ada')).toEqual(before);
    });

    it('the primary role moves to the device that gets it, and only the role', async () => {
      const [, second] = await account('ada', home, mobile, desk);
      const before = await devicesOf('ada');
      valueOf(await directory.setPrimary('ada', second!));
      expect(byId(await devicesOf('ada'))).toEqual(byId(before.map((it) => ({ ...it, primary: it.id === second }))));
    });

    it('the primary device may be made primary again', async () => {
      const [first] = await account('ada', home, mobile);
      valueOf(await directory.setPrimary('ada', first!));
      expect(primariesOf(await devicesOf('ada'))).toEqual([first]);
    });

    it('foreign devices are observed with type and nickname, without an address, and can be unpaired', async () => {
      const [id] = await account('ada', home);
      await tested.addForeignDevice('ada', { type: 'iPhone', nickname: "Ada's iPhone" });
      await tested.addForeignDevice('ada', { type: 'YubiKey', nickname: 'YubiKey' });
      const foreign = (await devicesOf('ada')).filter((it) => it.id !== id);
      expect(foreign.map((it) => [it.type, it.nickname]).sort()).toEqual([
        ['YubiKey', 'YubiKey'],
        ['iPhone', "Ada's iPhone"],
      ]);
      expect(foreign.every((it) => it.address === undefined)).toBe(true);
      for (const device of foreign) valueOf(await directory.unpair('ada', device.id));
      expect((await devicesOf('ada')).map((it) => it.id)).toEqual([id]);
    });

    it('ids are texts that lose no digit (P57)', async () => {
      const ids = await account('ada', home, work, mobile, desk);
      expect(new Set(ids).size).toBe(4);
      expect((await devicesOf('ada')).map((it) => it.id).sort()).toEqual([...ids].sort());
      for (const id of ids) expect(id).toMatch(deviceIds === 'int64' ? /^[1-9]\d{0,18}$/ : /^[0-9a-f-]{36}$/i);
      // Ids of one user may differ in their last digit only: each must name its own device.
      for (const id of [...ids].reverse()) valueOf(await directory.unpair('ada', id));
      expect(await devicesOf('ada')).toEqual([]);
    });

    if (deviceIds === 'int64') {
      it('ids beyond 2^53 are among them, so the test above means something (A10)', async () => {
        const ids = await account('ada', home, mobile);
        expect(ids.some((id) => BigInt(id) > BigInt(Number.MAX_SAFE_INTEGER))).toBe(true);
      });
    }
  });

  const faults: Record<Breakage, DirectoryFault['kind']> = {
    outage: 'unavailable',
    'answer-lost': 'unavailable',
    throttled: 'unavailable',
    'credentials-refused': 'credentials-refused',
  };
  for (const how of breakages) {
    describe(`a call that meets ${how}`, () => {
      const breakNext = async (): Promise<void> => {
        if (!tested.breakNext) throw new Error('breakages are listed, and breakNext is missing');
        await tested.breakNext(how);
      };

      it(`is answered as ${faults[how]}, read or write, and the call after it is answered as ever`, async () => {
        await account('ada', home);
        await breakNext();
        expect(faultOf(await directory.observe('ada'))).toBe(faults[how]);
        await breakNext();
        expect(faultOf(await directory.editUser('ada', profile))).toBe(faults[how]);
        expect((await observed('ada')).devices).toHaveLength(1);
      });

      it(how === 'answer-lost' ? 'did pair the device (P54)' : 'paired no device', async () => {
        await account('ada');
        await breakNext();
        expect(faultOf(await directory.pair('ada', home))).toBe(faults[how]);
        expect(await devicesOf('ada')).toHaveLength(how === 'answer-lost' ? 1 : 0);
      });

      if (how === 'throttled') {
        it('is told how long to wait', async () => {
          await breakNext();
          const result = await directory.observe('ada');
          expect(!result.ok && result.error.kind === 'unavailable' && result.error.retryAfterMs).toBeGreaterThan(0);
        });
      }
    });
  }
}

function valueOf<T>(result: Result<T, DirectoryFault>): T {
  if (!result.ok) throw new Error(`the directory answered ${result.error.kind}`);
  return result.value;
}

const faultOf = (result: Result<unknown, DirectoryFault>): DirectoryFault['kind'] | 'no fault' =>
  result.ok ? 'no fault' : result.error.kind;

const primariesOf = (devices: readonly ObservedDevice[]): DeviceId[] => devices.filter((it) => it.primary).map((it) => it.id);

const byId = (devices: readonly ObservedDevice[]): ObservedDevice[] => [...devices].sort((a, b) => (a.id < b.id ? -1 : 1));
