import type { DesiredUser, OpenWork, UserRef } from '@tallystick/devices-domain';
import { type Former, formerIn } from './plan-user.ts';
import type { DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';
import { settle, type Settled, type Settling } from './settle.ts';

/** Undefined also when the account has another owner by now: two users that swapped their names never write one account. */
export async function formerOf(
  { accountOf, store }: DeviceActivityNeeds,
  connection: ReconcileConnection,
  user: UserRef,
  desired: DesiredUser,
  { intent }: OpenWork,
): Promise<Former | undefined> {
  const former = formerIn(accountOf, connection, desired, intent);
  return former && (await store.claimAccount(user, former.account, 'only-ours')) === 'owned' ? former : undefined;
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
  const { desired } = settling;
  const isLeaver = desired.kind === 'present' && !desired.enabled; // need not have a new account first: nobody is to sign in
  if ((!settled.present && !isLeaver) || (kind !== 'changed' && kind !== 'in-sync')) return { ...settled, formerLeft: true };
  const closing = await settle({ ...settling, account, desired: { kind: 'gone', username }, work: settled.work }, writing);
  const { result } = closing;
  const findings = [...settled.result.findings, ...result.findings];
  if (closing.vacant) await settling.needs.store.releaseAccount(settling.user, account);
  return {
    ...settled,
    work: closing.work,
    result: { ...result, kind: result.kind === 'in-sync' ? kind : result.kind, findings },
    // Of somebody who may come back it is known still, to get its new name then.
    formerLeft: result.kind === 'held' || result.kind === 'partial' || (isLeaver && !settled.present && !closing.vacant),
  };
}
