import type { AccountStatus, DeviceId, FactorAddress, ObservedDevice, Profile } from '@tallystick/devices-domain';

export interface ModelDevice extends ObservedDevice {
  readonly visibleFrom: number;
}

export interface ModelUser {
  readonly id?: string;
  readonly status: AccountStatus;
  readonly profile: Profile;
  readonly devices: readonly ModelDevice[];
}

/** Beyond 2^53 and odd, so that an id that passed through a JavaScript number is found out (P57). */
export const firstId = 1_216_975_380_183_657_001n;

export const automaticName = { email: 'Email', sms: 'Mobile', voice: 'Phone' } as const;
export const deviceType = { email: 'Email', sms: 'SMS', voice: 'Voice' } as const;
export const beforeFirstDevice: readonly AccountStatus[] = [
  'not-active',
  'pending',
  'pending-activation',
  'pending-change-device',
];

/** Not in the order of their making, as little as real ones. */
export const uuid = (number: bigint): string => {
  const hex = ((number * 0x9e37_79b9n) % 0x1_0000_0000n).toString(16).padStart(8, '0');
  return `${hex}-bc75-4440-8f0e-${number.toString(16).padStart(12, '0')}`;
};

/** The role moves; where the order of the devices decides it, so does the device, to the front. */
export function inOrder(devices: readonly ModelDevice[], primary: DeviceId, byOrder: boolean): readonly ModelDevice[] {
  const ranked = devices.map((it) => ({ ...it, primary: it.id === primary }));
  return byOrder ? [...ranked.filter((it) => it.primary), ...ranked.filter((it) => !it.primary)] : ranked;
}

export const hasDevice = (user: ModelUser, device: DeviceId): boolean => user.devices.some((it) => it.id === device);

/** `Email 1`, or the next number that no device of the user carries: also the names that the product manages (P46). */
export function nextName(user: ModelUser, word: string): string {
  for (let n = 1; ; n++) if (!user.devices.some((it) => it.nickname === `${word} ${n}`)) return `${word} ${n}`;
}

export const isReachable = (address: FactorAddress): boolean =>
  address.kind === 'email' ? /^[^@\s]+@[^@\s]+$/.test(address.address) : /^\+\d{7,15}$/.test(address.number);
