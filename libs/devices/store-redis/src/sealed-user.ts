import type { Attributes, OpenWork, UserRef } from '@tallystick/devices-domain';
import { type KeyRing, open, seal } from '@tallystick/platform-secrets';
import { sealedAs } from './keys.ts';

export const sealAttributes = (ring: KeyRing, attributes: Attributes, user: UserRef): string =>
  seal(ring, JSON.stringify(attributes), sealedAs('record', user));

/** @throws Error naming the user's hash only: a record that can't be opened needs its key back, not a guess. */
export function openAttributes(ring: KeyRing, sealed: string, user: UserRef): Attributes {
  const opened = open(ring, sealed, sealedAs('record', user));
  if (!opened.ok)
    throw new Error(
      `the source record of user ${user.user} can't be opened (${opened.error}): is its sealing key still in the key ring?`,
    );
  return JSON.parse(opened.value) as Attributes;
}

export const sealWork = (ring: KeyRing, user: UserRef, work: OpenWork): string =>
  seal(ring, JSON.stringify(work), sealedAs('work', user));

/** @throws Error as {@link openAttributes} */
export function openWork(ring: KeyRing, user: UserRef, sealed: string): OpenWork {
  const opened = open(ring, sealed, sealedAs('work', user));
  if (!opened.ok)
    throw new Error(
      `the open work of user ${user.user} can't be opened (${opened.error}): is its sealing key still in the key ring?`,
    );
  return JSON.parse(opened.value) as OpenWork;
}
