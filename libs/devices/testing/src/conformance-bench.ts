import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import {
  type DeviceId,
  type DeviceSlot,
  deviceSlots,
  type DirectoryCapabilities,
  type DirectoryFault,
  factorKindOf,
  type FactorAddress,
  type MfaDirectory,
  type ObservedDevice,
  type ObservedUser,
} from '@tallystick/devices-domain';
import type { Result } from '@tallystick/kernel-core';
import { type ConformanceManners, conformanceManners } from './conformance-manners.ts';
import type { DirectoryUnderTest, MfaDirectoryConformance } from './mfa-directory-conformance.ts';

export const home: FactorAddress = { kind: 'email', address: 'ada@home.example' };
export const work: FactorAddress = { kind: 'email', address: 'ada@work.example' };
export const mobile: FactorAddress = { kind: 'sms', number: '+12025550123' };
export const desk: FactorAddress = { kind: 'voice', number: '+442079460123' };
export const profile = { email: 'ada@work.example', firstName: 'Ada', lastName: 'Lovelace' };

/** The directory under test as the tests of the suite use it: made before them all, empty before each. */
export class ConformanceBench {
  readonly capabilities: DirectoryCapabilities;
  readonly manners: ConformanceManners;
  readonly unknownDevice: DeviceId;
  #tested: DirectoryUnderTest | undefined;

  constructor({ make, capabilities }: MfaDirectoryConformance) {
    this.capabilities = capabilities;
    this.manners = conformanceManners[capabilities.kind];
    this.unknownDevice = this.manners.unknownDevice as DeviceId;
    beforeAll(async () => {
      this.#tested = await make();
    });
    beforeEach(() => this.tested.reset({ deviceLimit: 5 }));
    afterAll(() => this.#tested?.close());
  }

  get tested(): DirectoryUnderTest {
    if (!this.#tested) throw new Error('the directory under test could not be made');
    return this.#tested;
  }

  get directory(): MfaDirectory {
    return this.tested.directory;
  }

  async observed(username: string): Promise<Extract<ObservedUser, { kind: 'present' }>> {
    const user = valueOf(await this.directory.observe(username));
    if (user.kind === 'absent') throw new Error('the account is absent');
    return user;
  }

  async devicesOf(username: string): Promise<readonly ObservedDevice[]> {
    return (await this.observed(username)).devices;
  }

  async addressOf(username: string, id: DeviceId): Promise<FactorAddress | undefined> {
    return (await this.devicesOf(username)).find((it) => it.id === id)?.address;
  }

  /** Creates an account and pairs its devices, in their order, each for the next slot of its kind. */
  async account(username: string, ...addresses: FactorAddress[]): Promise<DeviceId[]> {
    valueOf(await this.directory.createUser(username, profile, true));
    const ids: DeviceId[] = [];
    for (const [n, address] of addresses.entries()) {
      const earlier = addresses.slice(0, n).filter((it) => it.kind === address.kind).length;
      ids.push(await this.pair(username, address, slotOf(address, earlier)));
    }
    return ids;
  }

  async pair(username: string, address: FactorAddress, slot = slotOf(address, 0)): Promise<DeviceId> {
    return valueOf(await this.directory.pair(username, address, slot)).device;
  }

  async faultOfPair(username: string, address: FactorAddress): Promise<ReturnType<typeof faultOf>> {
    return faultOf(await this.directory.pair(username, address, slotOf(address, 2)));
  }
}

const slotOf = (address: FactorAddress, number: number): DeviceSlot => {
  const slot = deviceSlots.filter((it) => factorKindOf(it) === address.kind)[number];
  if (!slot) throw new RangeError('there are three slots of a kind');
  return slot;
};

export function valueOf<T>(result: Result<T, DirectoryFault>): T {
  if (!result.ok) throw new Error(`the directory answered ${result.error.kind}`);
  return result.value;
}

export const faultOf = (result: Result<unknown, DirectoryFault>): DirectoryFault['kind'] | 'no fault' =>
  result.ok ? 'no fault' : result.error.kind;

export const primariesOf = (devices: readonly ObservedDevice[]): DeviceId[] =>
  devices.filter((it) => it.primary).map((it) => it.id);

export const byId = (devices: readonly ObservedDevice[]): ObservedDevice[] => [...devices].sort((a, b) => (a.id < b.id ? -1 : 1));
