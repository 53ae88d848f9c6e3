import { type Attributes, type OpenWork, type UserRef, UserUnreadable } from '@tallystick/devices-domain';
import { type KeyRing, open, seal } from '@tallystick/platform-secrets';
import { sealedAs } from './keys.ts';

/** What is kept sealed of a user, with its name in an error. */
const names = { record: 'source record', work: 'open work' } as const;

export const sealAttributes = (ring: KeyRing, attributes: Attributes, user: UserRef): string =>
  seal(ring, JSON.stringify(attributes), sealedAs('record', user));

export const sealWork = (ring: KeyRing, user: UserRef, work: OpenWork): string =>
  seal(ring, JSON.stringify(work), sealedAs('work', user));

/** @throws UserUnreadable naming the user's hash only: what can't be opened needs its key back, not a guess. */
export const openAttributes = (ring: KeyRing, sealed: string, user: UserRef): Attributes =>
  opened(ring, sealed, 'record', user) as Attributes;

/** @throws UserUnreadable as {@link openAttributes} */
export const openWork = (ring: KeyRing, user: UserRef, sealed: string): OpenWork =>
  opened(ring, sealed, 'work', user) as OpenWork;

function opened(ring: KeyRing, sealed: string, what: keyof typeof names, user: UserRef): unknown {
  const text = open(ring, sealed, sealedAs(what, user));
  if (!text.ok)
    throw new UserUnreadable(
      `the ${names[what]} of user ${user.user} can't be opened (${text.error}): is its sealing key still in the key ring?`,
    );
  return JSON.parse(text.value) as unknown;
}
