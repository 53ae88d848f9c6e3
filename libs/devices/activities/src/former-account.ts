import type { AccountHash, DesiredUser, OpenWork, UserRef } from '@tallystick/devices-domain';
import type { DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';
import { settle, type Settled, type Settling } from './settle.ts';

/** The account that a finished run has left under another username (P20, L4), still owned by this user. */
export interface Former {
  readonly username: string;
  readonly account: AccountHash;
}

/** Undefined also when the account has another owner by now: two users that swapped their names never write one account. */
export async function formerOf(
  { accountOf, store }: DeviceActivityNeeds,
  { directoryId }: ReconcileConnection,
  user: UserRef,
  { username }: DesiredUser,
  { intent }: OpenWork,
): Promise<Former | undefined> {
  const former = intent.managed?.username;
  if (former === undefined) return undefined;
  const account = accountOf(directoryId, former);
  if (account === accountOf(directoryId, username)) return undefined;
  return (await store.claimAccount(user, account, 'only-ours')) === 'owned' ? { username: former, account } : undefined;
}

/**
 * `usernameChange: follow`: the new account is there and as wanted, so the former one is closed as if its user were gone (P24), guards
 * included. In this order nobody is without an account in between. One that was renamed is not there any more, and costs one look.
 */
export async function closeFormer(
  { username, account }: Former,
  settling: Settling,
  settled: Settled,
  writing: () => void,
): Promise<Settled & { readonly formerLeft: boolean }> {
  const { kind } = settled.result;
  if (!settled.present || (kind !== 'changed' && kind !== 'in-sync')) return { ...settled, formerLeft: true };
  const closing = await settle({ ...settling, account, desired: { kind: 'gone', username }, work: settled.work }, writing);
  const { result } = closing;
  const findings = [...settled.result.findings, ...result.findings];
  if (closing.vacant) await settling.needs.store.releaseAccount(settling.user, account);
  return {
    ...settled,
    work: closing.work,
    result: { ...result, kind: result.kind === 'in-sync' ? kind : result.kind, findings },
    formerLeft: result.kind === 'held' || result.kind === 'partial',
  };
}
