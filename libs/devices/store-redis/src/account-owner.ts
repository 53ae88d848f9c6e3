import { type Claim, longestKeyChain, type SourceRecord, type UserHash, type UserRef } from '@tallystick/devices-domain';
import { connectionId, environmentId } from '@tallystick/kernel-core';

/** The user whom an owner's text names. */
export function ownerOf(text: string): UserRef | undefined {
  const [environment, connection, user] = text.split('/');
  if (!environment || !connection || !user) return undefined;
  return { environment: environmentId(environment), connection: connectionId(connection), user: user as UserHash };
}

export type Succession = Extract<Claim, 'taken-over' | 'left' | 'owned-by-another'>;

/**
 * What a claim of another user finds: the owner moved to them, over however many keys (R23), is gone for good, or is (or may be) there.
 * `owner`: as the account's key names it.
 */
export async function successionOf(
  records: { record(user: UserRef): Promise<SourceRecord | undefined> },
  owner: string,
  user: UserRef,
): Promise<Succession> {
  const ownerRef = ownerOf(owner);
  if (!ownerRef) return 'owned-by-another';
  for (let at = ownerRef.user, moves = 0; moves < longestKeyChain; moves += 1) {
    const record = await records.record({ ...ownerRef, user: at });
    if (record?.deleted !== true) return 'owned-by-another';
    if (record.movedTo === undefined) return 'left';
    if (record.movedTo === user.user) return 'taken-over';
    at = record.movedTo;
  }
  return 'owned-by-another';
}
