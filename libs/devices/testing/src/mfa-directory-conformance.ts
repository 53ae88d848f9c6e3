import { describe, expect, it } from '@jest/globals';
import type { DirectoryFault, MfaDirectory } from '@tallystick/devices-domain';
import { ConformanceBench, faultOf, home, profile } from './conformance-bench.ts';
import { conformanceOfAccounts } from './conformance-of-accounts.ts';
import { conformanceOfDevices } from './conformance-of-devices.ts';
import { conformanceOfPairing } from './conformance-of-pairing.ts';

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

/** Every test of the port `MfaDirectory` that an implementation has to pass; call it at the top of a spec file. */
export function mfaDirectoryConformance({ make, breakages, deviceIds }: MfaDirectoryConformance): void {
  const bench = new ConformanceBench({ make, breakages, deviceIds });
  conformanceOfAccounts(bench);
  conformanceOfPairing(bench);
  conformanceOfDevices(bench, deviceIds);

  const faults: Record<Breakage, DirectoryFault['kind']> = {
    outage: 'unavailable',
    'answer-lost': 'unavailable',
    throttled: 'unavailable',
    'credentials-refused': 'credentials-refused',
  };
  for (const how of breakages) {
    describe(`a call that meets ${how}`, () => {
      const breakNext = async (): Promise<void> => {
        if (!bench.tested.breakNext) throw new Error('breakages are listed, and breakNext is missing');
        await bench.tested.breakNext(how);
      };

      it(`is answered as ${faults[how]}, read or write, and the call after it is answered as ever`, async () => {
        await bench.account('ada', home);
        await breakNext();
        expect(faultOf(await bench.directory.observe('ada'))).toBe(faults[how]);
        await breakNext();
        expect(faultOf(await bench.directory.editUser('ada', profile))).toBe(faults[how]);
        expect((await bench.observed('ada')).devices).toHaveLength(1);
      });

      it(how === 'answer-lost' ? 'did pair the device (P54)' : 'paired no device', async () => {
        await bench.account('ada');
        await breakNext();
        expect(faultOf(await bench.directory.pair('ada', home))).toBe(faults[how]);
        expect(await bench.devicesOf('ada')).toHaveLength(how === 'answer-lost' ? 1 : 0);
      });

      if (how === 'throttled') {
        it('is told how long to wait', async () => {
          await breakNext();
          const result = await bench.directory.observe('ada');
          expect(!result.ok && result.error.kind === 'unavailable' && result.error.retryAfterMs).toBeGreaterThan(0);
        });
      }
    });
  }
}
