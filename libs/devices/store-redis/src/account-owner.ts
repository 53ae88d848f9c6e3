import type { SourceRecord, UserHash, UserRef } from '@tallystick/devices-domain';
import { connectionId, environmentId } from '@tallystick/kernel-core';

/** A key that moved more often than this without a rest is no key change any more. */
const longestChain = 16;

/** The user whom an owner's text names. */
export function ownerOf(text: string): UserRef | undefined {
  const [environment, connection, user] = text.split('/');
  if (!environment || !connection || !user) return undefined;
  return { environment: environmentId(environment), connection: connectionId(connection), user: user as UserHash };
}

/** Whether the owner is gone from the datastore: for good, or over however many keys to this user (R23). `owner`: as the account's key names it. */
export async function hasLeftTo(
  records: { record(user: UserRef): Promise<SourceRecord | undefined> },
  owner: string,
  user: UserRef,
): Promise<boolean> {
  const ownerRef = ownerOf(owner);
  if (!ownerRef) return false;
  for (let at = ownerRef.user, moves = 0; moves < longestChain; moves += 1) {
    const record = await records.record({ ...ownerRef, user: at });
    if (record?.deleted !== true) return false;
    if (record.movedTo === undefined || record.movedTo === user.user) return true;
    at = record.movedTo;
  }
  return false;
}
