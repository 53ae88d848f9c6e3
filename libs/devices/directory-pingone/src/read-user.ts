import type { AccountStatus, Profile } from '@tallystick/devices-domain';
import { z } from 'zod';
import { isObject, type JsonObject } from './pingone-call.ts';
import { isUuid } from './pingone-settings.ts';

const text = z.string().catch('');
const user = z.object({
  id: z.string().refine(isUuid),
  username: z.string(),
  email: text,
  name: z.record(z.string(), z.unknown()).catch({}),
  enabled: z.boolean().optional().catch(undefined),
  mfaEnabled: z.boolean().optional().catch(undefined),
});

/** A user of PingOne, in its own words. */
export type PingOneUser = z.infer<typeof user>;

export type FoundUser =
  { readonly kind: 'found'; readonly user: PingOneUser } | { readonly kind: 'absent' } | { readonly kind: 'unreadable' };

/**
 * The one user of a look-up by username. An answer that holds others, several, or more pages was no answer to what was asked: unreadable, never
 * absent, since an absent user would be created and a wrong one changed.
 */
export function readFound(body: JsonObject, username: string): FoundUser {
  const listed = embedded(body, 'users');
  if (!listed) return { kind: 'unreadable' };
  if (listed.length === 0) return { kind: 'absent' };
  const read = user.safeParse(listed[0]);
  return listed.length === 1 && read.success && folded(read.data.username) === folded(username)
    ? { kind: 'found', user: read.data }
    : { kind: 'unreadable' };
}

/** The whole list under `_embedded`; undefined when it is not there or is not the whole. An empty one may be left out where the count says so. */
export function embedded(body: JsonObject, name: string): readonly unknown[] | undefined {
  const links = body['_links'];
  if (isObject(links) && links['next'] !== undefined) return undefined;
  const inner = body['_embedded'];
  const listed = isObject(inner) ? inner[name] : undefined;
  if (Array.isArray(listed)) return listed as readonly unknown[];
  return inner === undefined && body['count'] === 0 ? [] : undefined;
}

/** PingOne tells usernames apart without their case. */
const folded = (username: string): string => username.normalize('NFKC').trim().toLowerCase();

/**
 * Only `enabled` decides. A lock after wrong passwords and a pending verification end by themselves and keep nobody from being disabled, which
 * the planner's `locked` and `pending` would; and without MFA the account is a working one all the same: its devices are unusable instead.
 */
export function statusOf({ enabled }: PingOneUser): AccountStatus {
  if (enabled === undefined) return 'other';
  return enabled ? 'active' : 'suspended';
}

export function profileOf({ email, name }: PingOneUser): Profile {
  const { given, family } = name;
  return {
    ...(email && { email }),
    ...(typeof given === 'string' && given && { firstName: given }),
    ...(typeof family === 'string' && family && { lastName: family }),
  };
}
