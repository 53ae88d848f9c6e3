import { type DeviceSlot, deviceSlots } from './device-slot.ts';

/** What a provider can do and how it behaves, as data: the planner asks these and never which vendor it is (P60, c.4). */
export interface DirectoryCapabilities {
  readonly kind: 'pingid' | 'pingone';
  /** The nickname that makes a device the managed one of a slot there: exactly this text (P40, P60). */
  readonly nicknames: Readonly<Record<DeviceSlot, string>>;
  /** A device gets its nickname in the pairing call itself: there is no moment at which it has none (P54 does not apply). */
  readonly namesWhilePairing: boolean;
  /** Who is primary after the primary device was unpaired (PR7). */
  readonly heirOfPrimary: 'nobody' | 'next-in-order';
  /** The username of an account can be changed. */
  readonly renamesUsers: boolean;
  /** Provider calls that each operation makes at most; what the budget is charged. */
  readonly calls: Readonly<Record<DirectoryOperation, number>>;
}

/** The methods of `MfaDirectory` that call the provider. */
export type DirectoryOperation =
  | 'observe'
  | 'createUser'
  | 'editUser'
  | 'renameUser'
  | 'activateUser'
  | 'suspendUser'
  | 'deleteUser'
  | 'pair'
  | 'nameDevice'
  | 'unpair'
  | 'setPrimary'
  | 'deviceLimit'
  | 'check';

/** The slot that a nickname stands for at a provider: exactly its text, or none (P40, P45, P60). */
export function slotNaming({
  nicknames,
}: Pick<DirectoryCapabilities, 'nicknames'>): (nickname: string) => DeviceSlot | undefined {
  const slots = new Map(deviceSlots.map((slot) => [nicknames[slot], slot]));
  return (nickname) => slots.get(nickname);
}
