import type { DesiredUser } from './desired-user.ts';
import { isDeviceSlot } from './device-slot.ts';

type PresentUser = Extract<DesiredUser, { kind: 'present' }>;

/**
 * What the datastore wants of an account that was there before (P14): a create-only field is not written, a create-only slot keeps what it
 * has. `profile`: the slots are still to be filled for the first time.
 */
export function withoutCreateOnly(desired: PresentUser, what: 'all' | 'profile' = 'all'): PresentUser {
  const { createOnly } = desired;
  if (!createOnly || createOnly.length === 0) return desired;
  const profile = { ...desired.profile };
  const slots = { ...desired.slots };
  for (const part of createOnly) {
    if (!isDeviceSlot(part)) delete profile[part];
    else if (what === 'all') slots[part] = { kind: 'create-only' };
  }
  return { ...desired, profile, slots };
}
