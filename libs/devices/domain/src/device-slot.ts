/**
 * The nine managed devices of a user, in the order in which they are paired (P52). A device is managed exactly when its nickname is
 * one of these (P40): the text is the identity, not the value behind it.
 */
export const deviceSlots = [
  'Email 1',
  'Email 2',
  'Email 3',
  'SMS Number 1',
  'SMS Number 2',
  'SMS Number 3',
  'Voice Number 1',
  'Voice Number 2',
  'Voice Number 3',
] as const;

export type DeviceSlot = (typeof deviceSlots)[number];

export type FactorKind = 'email' | 'sms' | 'voice';

/** The kind of factor that a slot holds: the word before its number decides. */
export function factorKindOf(slot: DeviceSlot): FactorKind {
  if (slot.startsWith('Email')) return 'email';
  return slot.startsWith('SMS') ? 'sms' : 'voice';
}

/** Exact match only; near misses (`email1`) are no slot, they are a finding (P45). */
export const isDeviceSlot = (nickname: string): nickname is DeviceSlot => (deviceSlots as readonly string[]).includes(nickname);
