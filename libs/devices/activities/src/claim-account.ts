import type { AccountHash, BegunAccount, Claim, OpenWork, ReconciliationStore, UserRef } from '@tallystick/devices-domain';
import { isUnderWayAt, withInherited, withoutHistory } from './intent-by-account.ts';
import type { DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';

/** Who claims: an attempt that may write. */
export interface Claiming {
  readonly accountOf: DeviceActivityNeeds['accountOf'];
  readonly store: Pick<ReconciliationStore, 'claimAccount' | 'ownerOf' | 'releaseAccount' | 'saveWork' | 'workOf'>;
  readonly isOurs: (account: AccountHash) => Promise<boolean>;
  readonly connection: Pick<ReconcileConnection, 'directoryId'>;
  readonly user: UserRef;
  readonly fence: number;
}

export interface Claimed {
  readonly claim: Claim;
  readonly work: OpenWork;
}

/**
 * Claims the account of a username. What is claimed is in the open work before, so that whoever has another username at the next attempt knows of
 * it: an account that was another key's (R23) is closed then, and one that only was free is given up. `gone`: only what is this user's.
 */
export async function claimFor(claiming: Claiming, before: OpenWork, username: string, gone: boolean): Promise<Claimed> {
  const { accountOf, store, isOurs, connection, user, fence } = claiming;
  const of = (name: string): AccountHash => accountOf(connection.directoryId, name);
  const account = of(username);
  const how = gone ? 'only-ours' : 'free-or-ours';
  if (await isOurs(account))
    return { claim: await store.claimAccount(user, account, how), work: await inherited(claiming, before, account, username) };
  let work = withoutHistory(before, account, (name) => of(name) === account);
  const owner = await store.ownerOf(account);
  if (owner || !gone) {
    const begun: BegunAccount = { username, ...(owner ? { from: owner.user } : { how: 'claimed' }) };
    work = { ...work, intent: { ...work.intent, begun: [...(work.intent.begun ?? []), begun] } };
    await store.saveWork(user, fence, work);
  }
  const claim = await store.claimAccount(user, account, how);
  return { claim, work: claim === 'taken-over' ? await inherited(claiming, work, account, username) : work };
}

/** Read after the claim: from then on the other key can't write, and has noted all that it was about to do. */
async function inherited({ store, user }: Claiming, work: OpenWork, account: AccountHash, username: string): Promise<OpenWork> {
  const { begun = [] } = work.intent;
  const { from, ...mine } = begun.find((it) => it.username === username) ?? { username };
  if (from === undefined) return work;
  const others = begun.filter((it) => it.username !== username);
  const taken = { ...work, intent: { ...work.intent, begun: [...others, mine] } };
  const theirs = await store.workOf({ ...user, user: from });
  return theirs ? withInherited(taken, account, theirs) : taken;
}

/** Gives up what was claimed under other usernames and never used: its next owner would pass for somebody who takes another one's account. */
export async function withoutUnusedClaims(claiming: Claiming, work: OpenWork, wanted: string): Promise<OpenWork> {
  const { accountOf, store, connection, user } = claiming;
  const { begun = [] } = work.intent;
  const of = (name: string): AccountHash => accountOf(connection.directoryId, name);
  const isUnused = (it: BegunAccount): boolean =>
    it.how === 'claimed' && of(it.username) !== of(wanted) && !isUnderWayAt(work, of(it.username));
  const unused = begun.filter(isUnused);
  if (unused.length === 0) return work;
  for (const { username } of unused) await store.releaseAccount(user, of(username));
  const { begun: _all, ...intent } = work.intent;
  const others = begun.filter((it) => !isUnused(it));
  return { ...work, intent: { ...intent, ...(others.length > 0 && { begun: others }) } };
}
