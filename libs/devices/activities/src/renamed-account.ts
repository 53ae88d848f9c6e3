import type { ObservedUser, OpenWork, UserRef } from '@tallystick/devices-domain';
import type { DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';

/** Who renames: an attempt that may write. */
export interface Renaming {
  readonly needs: Pick<DeviceActivityNeeds, 'accountOf'> & {
    readonly store: Pick<DeviceActivityNeeds['store'], 'claimAccount' | 'releaseAccount'>;
  };
  readonly connection: Pick<ReconcileConnection, 'directoryId'>;
  readonly store: Pick<DeviceActivityNeeds['store'], 'saveWork'>;
  readonly user: UserRef;
  readonly fence: number;
}

/**
 * The account has its new name, and all of its devices: what was under way at it goes on (P20), and another change of name begins there. Nobody has
 * the old name any more; it is given up first, for what is not saved yet is found out again ({@link afterLostRename}).
 */
export async function renamed(
  { needs, connection, store, user, fence }: Renaming,
  work: OpenWork,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<OpenWork> {
  const left = needs.accountOf(connection.directoryId, from);
  const account = needs.accountOf(connection.directoryId, to);
  const { renaming: _done, former, begun = [], ...own } = work.intent;
  const others = begun.filter((username) => username !== to);
  const intent = { ...own, managed: { username: to }, ...(others.length > 0 && { begun: others }) };
  const createdByUs = intent.createdByUs || former?.createdByUs === true;
  // What is about a third account, which the name means by now, does not mix with what came along.
  const isAboutIt = work.account === account || work.account === left;
  const after: OpenWork = isAboutIt
    ? { ...work, account, intent: { ...former, ...intent, createdByUs } }
    : { ...work, intent: { ...intent, ...(former && { former }) } };
  await needs.store.releaseAccount(user, left);
  await store.saveWork(user, fence, after);
  return after;
}

/**
 * The answer to a rename was lost. Looked into before anything else is decided, whatever the datastore says by now: where somebody is who was renamed
 * is where they are disabled, deleted or renamed again. It was done when the name that it gave is taken, is this user's, and nobody has the one before.
 */
export async function afterLostRename(
  renaming: Renaming,
  work: OpenWork | undefined,
  observe: (username: string) => Promise<ObservedUser>,
): Promise<OpenWork | undefined> {
  const { needs, connection, user } = renaming;
  const { renaming: asked, managed } = work?.intent ?? {};
  if (!work || !asked || !managed || asked.to === managed.username) return work;
  const account = needs.accountOf(connection.directoryId, asked.to);
  if ((await needs.store.claimAccount(user, account, 'only-ours')) !== 'owned') return work;
  if ((await observe(asked.to)).kind === 'absent' || (await observe(managed.username)).kind === 'present') return work;
  return renamed(renaming, work, { from: managed.username, to: asked.to });
}
