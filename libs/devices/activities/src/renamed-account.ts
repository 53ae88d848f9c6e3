import type { AccountHash, ObservedUser, OpenWork, UserRef } from '@tallystick/devices-domain';
import { workAfterMove } from './intent-by-account.ts';
import type { DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';

/** Who renames: an attempt that may write. */
export interface Renaming {
  readonly needs: Pick<DeviceActivityNeeds, 'accountOf'> & {
    readonly store: Pick<DeviceActivityNeeds['store'], 'releaseAccount'>;
  };
  readonly connection: Pick<ReconcileConnection, 'directoryId'>;
  readonly store: Pick<DeviceActivityNeeds['store'], 'saveWork'>;
  readonly user: UserRef;
  readonly fence: number;
}

export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** The account has its new name, and all of its devices: what was under way at it goes on (P20), and another change of name begins there. */
export function workAfterRename(of: (username: string) => AccountHash, work: OpenWork, { from, to }: Rename): OpenWork {
  const { intent, ...about } = workAfterMove(work, of(from), of(to));
  const { renaming: _done, begun = [], ...rest } = intent;
  const others = begun.filter(({ username }) => username !== to && username !== from);
  return { ...about, intent: { ...rest, managed: { username: to }, ...(others.length > 0 && { begun: others }) } };
}

/** Nobody has the old name any more; it is given up first, for what is not saved yet is found out again ({@link lostRename}). */
export async function renamed(
  { needs, connection, store, user, fence }: Renaming,
  work: OpenWork,
  rename: Rename,
): Promise<OpenWork> {
  const of = (username: string): AccountHash => needs.accountOf(connection.directoryId, username);
  const after = workAfterRename(of, work, rename);
  await needs.store.releaseAccount(user, fence, of(rename.from));
  await store.saveWork(user, fence, after);
  return after;
}

/**
 * The answer to a rename was lost, and it was done: the name that it gave is that account's; or, where accounts have no id of their own, is taken, is this
 * user's, and the one before is not any more. Looked into before anything else is decided, whatever the datastore says by now: where somebody is who was renamed is where they are disabled, deleted or renamed again.
 */
export async function lostRename(
  needs: { readonly accountOf: DeviceActivityNeeds['accountOf']; readonly isOurs: (account: AccountHash) => Promise<boolean> },
  { directoryId }: Pick<ReconcileConnection, 'directoryId'>,
  work: OpenWork | undefined,
  observe: (username: string) => Promise<ObservedUser>,
): Promise<Rename | undefined> {
  const { renaming: asked, managed } = work?.intent ?? {};
  const from = asked?.from ?? managed?.username;
  if (!asked || from === undefined || asked.to === from) return undefined;
  // Whoever owns it by now, as another key of this person may: its id says what it is. Nor does it say anything who has the old name by then.
  if (asked.id === undefined && !(await needs.isOurs(needs.accountOf(directoryId, asked.to)))) return undefined;
  const there = await observe(asked.to);
  if (there.kind === 'absent') return undefined;
  if (asked.id !== undefined) return there.id === asked.id ? { from, to: asked.to } : undefined;
  // Whoever has the name by now has another account under it.
  const isThereStill = (await observe(from)).kind === 'present' && (await needs.isOurs(needs.accountOf(directoryId, from)));
  return isThereStill ? undefined : { from, to: asked.to };
}
