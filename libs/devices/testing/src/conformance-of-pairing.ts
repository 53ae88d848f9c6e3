import { describe, expect, it } from '@jest/globals';
import { type DeviceId, type FactorAddress, sameAddress } from '@tallystick/devices-domain';
import { type ConformanceBench, desk, home, mobile, primariesOf, valueOf, work } from './conformance-bench.ts';

/** Part of `mfaDirectoryConformance`: what a pairing makes, and when it is refused. */
export function conformanceOfPairing(bench: ConformanceBench): void {
  describe('pairing', () => {
    it.each([
      ['Email', home],
      ['SMS', mobile],
      ['Voice', desk],
    ] as const)(
      'a paired %s device is observed with its id, type and address, and makes the account active',
      async (type, address) => {
        const [id] = await bench.account('ada', address);
        const user = await bench.observed('ada');
        expect(user.status).toBe('active');
        expect(user.devices).toHaveLength(1);
        expect(user.devices[0]).toMatchObject({ id, address, primary: true });
        expect(user.devices[0]?.type.toLowerCase()).toBe(type.toLowerCase()); // each provider has its own spelling
        expect(user.devices[0]).not.toHaveProperty('unusable');
      },
    );

    if (bench.capabilities.namesWhilePairing) {
      it('a device carries the nickname of its slot from the first moment on', async () => {
        await bench.account('ada');
        const paired = valueOf(await bench.directory.pair('ada', mobile, 'SMS Number 2'));
        expect(paired.named).toBe(true);
        const nickname = bench.capabilities.nicknames['SMS Number 2'];
        expect(await bench.devicesOf('ada')).toMatchObject([{ id: paired.device, nickname, slot: 'SMS Number 2' }]);
      });
    } else {
      it('an e-mail device is named "Email 1" by the directory itself, the next one "Email 2" (P46)', async () => {
        const [first, second] = await bench.account('ada', home, work);
        const devices = await bench.devicesOf('ada');
        expect(devices.find((it) => it.id === first)).toMatchObject({ nickname: 'Email 1', slot: 'Email 1' });
        expect(devices.find((it) => it.id === second)).toMatchObject({ nickname: 'Email 2', slot: 'Email 2' });
      });

      it('every other device gets some automatic nickname too, and is not said to be named (P54)', async () => {
        await bench.account('ada', desk);
        expect(valueOf(await bench.directory.pair('ada', mobile, 'SMS Number 1')).named).toBe(false);
        expect((await bench.devicesOf('ada')).every((it) => it.nickname !== '')).toBe(true);
      });
    }

    it('the first device is primary, later ones are not (PR6)', async () => {
      const [first] = await bench.account('ada', home, mobile, desk);
      expect(primariesOf(await bench.devicesOf('ada'))).toEqual([first]);
    });

    it('devices can be sorted by age', async () => {
      const [first, second] = await bench.account('ada', home, mobile);
      const devices = await bench.devicesOf('ada');
      const enrolled = (id: DeviceId | undefined): string => devices.find((it) => it.id === id)?.enrolledAt ?? '';
      expect(enrolled(first)).not.toBe('');
      expect(enrolled(first) <= enrolled(second)).toBe(true);
    });

    it('e-mail addresses come back as the same address whatever their case (P59)', async () => {
      const address: FactorAddress = { kind: 'email', address: 'Ada.Lovelace@Work.Example' };
      const [id] = await bench.account('ada', address);
      expect(sameAddress((await bench.addressOf('ada', id!))!, address)).toBe(true);
    });

    it.each(['2992', '#2992,,,#2991', ',,12#3'])('a voice extension survives the round trip: %s', async (extension) => {
      const address: FactorAddress = { kind: 'voice', number: '+12025550123', extension };
      const [id, plain] = await bench.account('ada', address, { kind: 'voice', number: '+12025550123' });
      expect(await bench.addressOf('ada', id!)).toEqual(address);
      expect(await bench.addressOf('ada', plain!)).toEqual({ kind: 'voice', number: '+12025550123' });
    });

    it.each(['+12025550123', '+442079460123', '+972521234567', '+390669812345'])(
      'a number keeps its country: %s',
      async (number) => {
        const [id] = await bench.account('ada', { kind: 'sms', number });
        expect(await bench.addressOf('ada', id!)).toEqual({ kind: 'sms', number });
      },
    );

    it('a number that can not be reached is address-refused and pairs nothing (20559)', async () => {
      await bench.account('ada');
      expect(await bench.faultOfPair('ada', { kind: 'sms', number: '+12' })).toBe('address-refused');
      expect(await bench.devicesOf('ada')).toEqual([]);
    });

    it('one device more than the tenant allows is device-limit and changes nothing (20562, P53)', async () => {
      await bench.tested.reset({ deviceLimit: 2 });
      await bench.account('ada', home, mobile);
      const before = await bench.observed('ada');
      expect(await bench.faultOfPair('ada', desk)).toBe('device-limit');
      expect(await bench.observed('ada')).toEqual(before);
    });

    it('foreign devices count for the limit', async () => {
      await bench.tested.reset({ deviceLimit: 2 });
      await bench.account('ada', home);
      await bench.tested.addForeignDevice('ada', { type: 'iPhone', nickname: "Ada's iPhone" });
      expect(await bench.faultOfPair('ada', mobile)).toBe('device-limit');
    });

    it('unpairing makes room under the limit', async () => {
      await bench.tested.reset({ deviceLimit: 1 });
      const [id] = await bench.account('ada', home);
      valueOf(await bench.directory.unpair('ada', id!));
      await bench.pair('ada', mobile);
      expect((await bench.devicesOf('ada')).map((it) => it.address)).toEqual([mobile]);
    });

    it('the limit is told, or is not: never another one (P53)', async () => {
      await bench.tested.reset({ deviceLimit: 3 });
      const told = valueOf(await bench.directory.deviceLimit());
      expect(bench.capabilities.kind === 'pingone' ? [3] : [3, undefined]).toContain(told);
    });

    it('pairing touches no other account', async () => {
      await bench.account('ada', home);
      await bench.account('bob');
      expect(await bench.devicesOf('bob')).toEqual([]);
    });
  });
}
