import { describe, expect, it } from '@jest/globals';
import type { DirectoryCapabilities, DirectoryFault, MfaDirectory } from '@tallystick/devices-domain';
import { ConformanceBench, faultOf, home, profile, valueOf } from './conformance-bench.ts';
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
  /** Makes exactly the next call fail, of any method or the next pairing call itself. Needed when `breakages` is not empty. */
  breakNext?(how: Breakage, options?: { readonly pairing: boolean }): void | Promise<void>;
  close(): void | Promise<void>;
}

/**
 * @property breakages  what `breakNext` can do; the tests of the others are left out
 * @property capabilities  those that the directory has to have: they decide what is asserted where providers differ
 */
export interface MfaDirectoryConformance {
  readonly make: () => DirectoryUnderTest | Promise<DirectoryUnderTest>;
  readonly breakages: readonly Breakage[];
  readonly capabilities: DirectoryCapabilities;
}

/** Every test of the port `MfaDirectory` that an implementation has to pass; call it at the top of a spec file. */
export function mfaDirectoryConformance({ make, breakages, capabilities }: MfaDirectoryConformance): void {
  const bench = new ConformanceBench({ make, breakages, capabilities });
  conformanceOfAccounts(bench);
  conformanceOfPairing(bench);
  conformanceOfDevices(bench);

  it('has the capabilities that the suite was told of, and a connection check without a failed part (P30)', async () => {
    expect(bench.directory.capabilities).toEqual(capabilities);
    expect((await bench.directory.check()).filter((it) => it.result === 'failed')).toEqual([]);
  });

  const faults: Record<Breakage, DirectoryFault['kind']> = {
    outage: 'unavailable',
    'answer-lost': 'unavailable',
    throttled: 'unavailable',
    'credentials-refused': 'credentials-refused',
  };
  for (const how of breakages) {
    describe(`a call that meets ${how}`, () => {
      const faultsOfWrite = how === 'credentials-refused' ? bench.manners.forbiddenWrite : [faults[how]];
      const breakNext = async (options?: { pairing: boolean }): Promise<void> => {
        if (!bench.tested.breakNext) throw new Error('breakages are listed, and breakNext is missing');
        await bench.tested.breakNext(how, options);
      };

      it(`is answered as ${faults[how]}, and the call after it is answered as ever`, async () => {
        await bench.account('ada', home);
        await breakNext();
        // A read may be sent again by itself when its connection breaks, a write never (R29).
        const observed = faultOf(await bench.directory.observe('ada'));
        expect(how === 'answer-lost' ? [faults[how], 'no fault'] : [faults[how]]).toContain(observed);
        await breakNext();
        expect(faultsOfWrite).toContain(faultOf(await bench.directory.createUser('bob', profile, true)));
        expect((await bench.observed('ada')).devices).toHaveLength(1);
        const bob = valueOf(await bench.directory.observe('bob'));
        expect(bob.kind).toBe(how === 'answer-lost' ? 'present' : 'absent');
      });

      it(how === 'answer-lost' ? 'did pair the device, once (R29, P54)' : 'paired no device', async () => {
        await bench.account('ada');
        await breakNext({ pairing: true });
        expect(faultsOfWrite).toContain(await bench.faultOfPair('ada', home));
        expect(await bench.devicesOf('ada')).toHaveLength(how === 'answer-lost' ? 1 : 0);
      });

      if (how === 'throttled') {
        it('is told how long to wait, and that it is meant for everybody (R28)', async () => {
          await breakNext();
          const result = await bench.directory.observe('ada');
          expect(result).toEqual({ ok: false, error: { kind: 'unavailable', retryAfterMs: 1_000, rateLimited: true } });
        });
      }
    });
  }
}
