import { describe, expect, it } from '@jest/globals';
import { type DeviceId, deviceSlots } from '@tallystick/devices-domain';
import { byId, type ConformanceBench, desk, faultOf, home, mobile, primariesOf, valueOf, work } from './conformance-bench.ts';

/** Part of `mfaDirectoryConformance`: nicknames, unpairing, the primary role, ids. */
export function conformanceOfDevices(bench: ConformanceBench): void {
  describe('devices', () => {
    it('naming changes the nickname of that device and nothing else', async () => {
      const [first, second] = await bench.account('ada', home, mobile);
      const before = await bench.observed('ada');
      valueOf(await bench.directory.nameDevice('ada', second!, 'SMS Number 2'));
      const nickname = bench.capabilities.nicknames['SMS Number 2'];
      const named = before.devices.map((it) => (it.id === second ? { ...it, nickname, slot: 'SMS Number 2' as const } : it));
      expect(byId((await bench.observed('ada')).devices)).toEqual(byId(named));
      expect(named.map((it) => it.id)).toContain(first);
    });

    it('a device that is already named so may be named again', async () => {
      const [id] = await bench.account('ada', home);
      valueOf(await bench.directory.nameDevice('ada', id!, 'Email 1'));
      valueOf(await bench.directory.nameDevice('ada', id!, 'Email 1'));
      expect((await bench.devicesOf('ada')).map((it) => it.nickname)).toEqual([bench.capabilities.nicknames['Email 1']]);
    });

    it('each of the nine slots has a nickname, and a device that carries it is the one of that slot (P40, P60)', async () => {
      const [id] = await bench.account('ada', home);
      for (const slot of deviceSlots) {
        valueOf(await bench.directory.nameDevice('ada', id!, slot));
        expect(await bench.devicesOf('ada')).toMatchObject([{ id, slot, nickname: bench.capabilities.nicknames[slot] }]);
      }
    });

    it('a nickname that is almost one of the nine, or one of another provider, is that of no slot (P45, P60)', async () => {
      await bench.account('ada');
      const known = new Set<string>(Object.values(bench.capabilities.nicknames));
      const others = ['email1', 'Email 1 ', 'SMS Number 1', 'SMS 1', 'Voice 4'].filter((it) => !known.has(it)).slice(0, 5);
      for (const nickname of others) await bench.tested.addForeignDevice('ada', { type: 'iPhone', nickname });
      const devices = await bench.devicesOf('ada');
      expect(devices.map((it) => it.slot)).toEqual(others.map(() => undefined));
    });

    it('unpairing removes exactly one device', async () => {
      const [first, second, third] = await bench.account('ada', home, mobile, desk);
      const before = await bench.devicesOf('ada');
      valueOf(await bench.directory.unpair('ada', second!));
      expect(byId(await bench.devicesOf('ada'))).toEqual(byId(before.filter((it) => it.id !== second)));
      expect(before.map((it) => it.id)).toEqual(expect.arrayContaining([first, second, third]));
    });

    it('unpairing the primary leaves the other devices paired, and at most one of them primary (PR7)', async () => {
      const [first, second, third] = await bench.account('ada', home, mobile, desk);
      valueOf(await bench.directory.unpair('ada', first!));
      const rest = await bench.devicesOf('ada');
      expect(rest.map((it) => it.id).sort()).toEqual([second, third].sort());
      if (bench.capabilities.heirOfPrimary === 'next-in-order') expect(primariesOf(rest)).toEqual([second]);
      expect(primariesOf(rest).length).toBeLessThanOrEqual(1);
    });

    it('an account without its last device can have another one', async () => {
      const [id] = await bench.account('ada', home);
      valueOf(await bench.directory.unpair('ada', id!));
      expect(await bench.observed('ada')).toMatchObject({ status: bench.manners.withoutLastDevice, devices: [] });
      const again = await bench.pair('ada', home);
      expect(again).not.toBe(id);
      expect(await bench.observed('ada')).toMatchObject({ status: 'active', devices: [{ id: again, primary: true }] });
    });

    it('an unpaired device is not-found from then on', async () => {
      const [id] = await bench.account('ada', home, mobile);
      valueOf(await bench.directory.unpair('ada', id!));
      expect(faultOf(await bench.directory.unpair('ada', id!))).toBe('not-found');
      expect(await bench.devicesOf('ada')).toHaveLength(1);
    });

    it("a device that the account does not have is not-found, also when it is somebody else's", async () => {
      await bench.account('ada', home);
      const [other] = await bench.account('bob', work);
      for (const device of [bench.unknownDevice, other!]) {
        expect(faultOf(await bench.directory.nameDevice('ada', device, 'Email 1'))).toBe('not-found');
        expect(faultOf(await bench.directory.unpair('ada', device))).toBe('not-found');
        expect(faultOf(await bench.directory.setPrimary('ada', device))).toBe('not-found');
      }
      expect(await bench.devicesOf('ada')).toHaveLength(1);
      expect(await bench.devicesOf('bob')).toHaveLength(1);
    });

    it.each(['', ' ', 'null', 'undefined', '0'])('unpairing without a real id (%j) removes nothing (P56)', async (id) => {
      await bench.account('ada', home, mobile);
      const before = await bench.devicesOf('ada');
      const unpaired = await bench.directory.unpair('ada', id as DeviceId).then(
        (result) => result.ok,
        () => false, // a programming error may be thrown
      );
      expect(unpaired).toBe(false);
      expect(await bench.devicesOf('ada')).toEqual(before);
    });

    it('the primary role moves to the device that gets it, and only the role', async () => {
      const [, second] = await bench.account('ada', home, mobile, desk);
      const before = await bench.devicesOf('ada');
      valueOf(await bench.directory.setPrimary('ada', second!));
      expect(byId(await bench.devicesOf('ada'))).toEqual(byId(before.map((it) => ({ ...it, primary: it.id === second }))));
    });

    it('the primary device may be made primary again', async () => {
      const [first] = await bench.account('ada', home, mobile);
      valueOf(await bench.directory.setPrimary('ada', first!));
      expect(primariesOf(await bench.devicesOf('ada'))).toEqual([first]);
    });

    it('foreign devices are observed with type and nickname, without an address, and can be unpaired', async () => {
      const [id] = await bench.account('ada', home);
      await bench.tested.addForeignDevice('ada', { type: 'iPhone', nickname: "Ada's iPhone" });
      await bench.tested.addForeignDevice('ada', { type: 'YubiKey', nickname: 'YubiKey' });
      const foreign = (await bench.devicesOf('ada')).filter((it) => it.id !== id);
      expect(foreign.map((it) => it.nickname).sort()).toEqual(["Ada's iPhone", 'YubiKey']);
      for (const { type } of foreign) expect(type).toMatch(/^(?!email$|sms$|voice$)./i);
      expect(foreign.every((it) => it.address === undefined)).toBe(true);
      for (const device of foreign) valueOf(await bench.directory.unpair('ada', device.id));
      expect((await bench.devicesOf('ada')).map((it) => it.id)).toEqual([id]);
    });

    it('ids are texts that lose no digit (P57)', async () => {
      const ids = await bench.account('ada', home, work, mobile, desk);
      expect(new Set(ids).size).toBe(4);
      expect((await bench.devicesOf('ada')).map((it) => it.id).sort()).toEqual([...ids].sort());
      for (const id of ids) expect(id).toMatch(bench.manners.deviceId);
      // Ids of one user may differ in their last digit only: each must name its own device.
      for (const id of [...ids].reverse()) valueOf(await bench.directory.unpair('ada', id));
      expect(await bench.devicesOf('ada')).toEqual([]);
    });

    if (bench.capabilities.kind === 'pingid') {
      it('ids beyond 2^53 are among them, so the test above means something (A10)', async () => {
        const ids = await bench.account('ada', home, mobile);
        expect(ids.some((id) => BigInt(id) > BigInt(Number.MAX_SAFE_INTEGER))).toBe(true);
      });
    }
  });
}
