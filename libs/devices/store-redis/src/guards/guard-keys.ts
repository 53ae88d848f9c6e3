import type { HoldId, UserRef } from '@tallystick/devices-domain';

type ConnectionRef = Pick<UserRef, 'environment' | 'connection'>;

/** All of a connection is under one hash tag: a script looks at users, window and holds in one step. */
export const guardBase = ({ environment, connection }: ConnectionRef): string => `tally:{guards/${environment}/${connection}}`;

/** Hash: end of a bucket in ms → `deletions,suspensions,removals,replacements,accountChanges` that were let through in it. */
export const windowKey = (ref: ConnectionRef): string => `${guardBase(ref)}:window`;

/**
 * Hash of what is known of a user: `h:<hold>` → hash of the plan that is held, approved or rejected there;
 * `r:<plan hash>` → `<bucket>|<counts>` that it was let through with.
 */
export const guardedUserKey = (ref: UserRef): string => `${guardBase(ref)}:user:${ref.user}`;

/**
 * Hash: because · pass · s open, approved, rejected or cancelled · n users, c counts, x sums of {@link holdHash} · o opened, e expires, a answered at ·
 * an number of the answer · en until when somebody notes its end, or `noted` · slot · q:<digest of a person> sealed name of who asked, ql the last one's digest · by sealed answer.
 */
export const holdKey = (ref: ConnectionRef, hold: HoldId): string => `${guardBase(ref)}:hold:${hold}`;

/** Hash: user → `held|done|changed`, plan hash, counts, sealed plan; parted by `|`. */
export const holdUsersKey = (ref: ConnectionRef, hold: HoldId): string => `${holdKey(ref, hold)}:users`;

/** Sorted set of the same users, all with score 0: in their own order. */
export const holdOrderKey = (ref: ConnectionRef, hold: HoldId): string => `${holdKey(ref, hold)}:order`;

/** Hash: reason, or reason/pass → the open hold of it. */
export const openHoldsKey = (ref: ConnectionRef): string => `${guardBase(ref)}:open`;

/** Sorted set of holds of event-driven changes that nobody has answered, by the moment at which they are over. */
export const expiringKey = (ref: ConnectionRef): string => `${guardBase(ref)}:expiring`;

/** Sorted set of holds by the order in which they were opened. */
export const holdsKey = (ref: ConnectionRef): string => `${guardBase(ref)}:holds`;

/** Counter for holds and answers. Kept for ever, so that no number comes twice. */
export const numbersKey = (ref: ConnectionRef): string => `${guardBase(ref)}:numbers`;
