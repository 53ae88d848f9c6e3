import {
  type ChangeCounts,
  countsOf,
  type DesiredUser,
  type DirectoryFault,
  intentAfterLook,
  type NotPlanned,
  type ObservedUser,
  type Plan,
  type PlanHash,
  planText,
  type SourceRecord,
  type UserRef,
  UserUnreadable,
} from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import type { DirectoryCalls } from '../directory-calls.ts';
import { intentAfterHandOver } from '../hand-over.ts';
import { formerIn, goesOnAs, intentAbout, learnLimit, planUser, sightOf, wantedBy } from '../plan-user.ts';
import type { ReconcileConnection } from '../reconcile-connection.ts';
import type { AccountOwner, LookNeeds, UserMemory } from './look-needs.ts';

export type LookVerdict =
  | { readonly kind: 'planned'; readonly plan: Plan; readonly planHash: PlanHash; readonly counts: ChangeCounts }
  /** Nothing is left of somebody who is gone. */
  | { readonly kind: 'nothing-left' }
  | { readonly kind: 'not-planned'; readonly because: NotPlanned; readonly detail?: string }
  | { readonly kind: 'unobservable'; readonly fault: DirectoryFault };

/** What was seen on the way to the verdict, as far as the way led. */
export interface UserLook {
  readonly verdict: LookVerdict;
  readonly memory: UserMemory;
  readonly record?: SourceRecord;
  readonly scope?: 'in' | 'out' | 'unreadable';
  readonly desired?: Result<DesiredUser, string>;
  readonly owner?: AccountOwner;
  readonly observed?: Result<ObservedUser, DirectoryFault>;
}

/**
 * What `reconcileUser` would do if it ran now, found by the same way and without a write of any kind: its plan has the hash that the
 * guards would be asked about. One provider call, or two where the device limit is not known yet.
 * @throws Quarantined, TryAgain (the budget, or a cancelled attempt)
 */
export async function lookAtUser(
  needs: LookNeeds,
  connection: ReconcileConnection,
  calls: DirectoryCalls,
  user: UserRef,
): Promise<UserLook> {
  const { looks } = needs;
  const notPlanned = (because: NotPlanned, detail?: string): LookVerdict => ({
    kind: 'not-planned',
    because,
    ...(detail !== undefined && { detail }),
  });
  const kept = await Promise.all([looks.record(user), looks.memory(user)]).catch(unlessUnreadable);
  // One user whose key is lost must not stop a pass over all the others.
  if (!kept) return { memory: { underWay: false, firstSight: false }, verdict: notPlanned('record-unreadable') };
  const [record, memory] = kept;
  if (!record) return { memory, verdict: notPlanned('no-record') };
  const wanted = wantedBy(connection, record, memory.work);
  const scope: UserLook['scope'] = wanted.ok ? (wanted.value.gone ? 'out' : 'in') : wanted.error.scope;
  const seen = { memory, record, ...(!record.deleted && { scope }) } as const;
  if (!wanted.ok) {
    const { because } = wanted.error;
    return { ...seen, desired: err(because), verdict: notPlanned('record-unmappable', because) };
  }
  const { desired, gone } = wanted.value;
  const { username } = desired;
  const account = needs.accountOf(connection.directoryId, username);
  const mapped = { ...seen, desired: ok(desired) };
  if (await goesOnAs(needs.accountOf, looks, connection, user, record, username))
    return { ...mapped, verdict: notPlanned('moved') };
  if (connection.protects(username)) return { ...mapped, verdict: notPlanned('protected-username') };
  const owner = await looks.ownerOf(user, account);
  const known = { ...mapped, owner };
  const isForAPerson = owner === 'left' && (gone || connection.options.manageDevices === 'do-not-manage');
  if (owner === 'another-user' || isForAPerson) return { ...known, verdict: notPlanned('account-owned-by-another') };
  const away = await learnLimit(needs, connection, calls, desired);
  const sight = sightOf(needs, connection);
  const observed = away ? err(away) : await calls.make('observe', (directory) => directory.observe(username));
  if (!observed.ok) return { ...known, observed, verdict: { kind: 'unobservable', fault: observed.error } };
  const all = { ...known, observed };
  if (gone && owner === 'nobody')
    return { ...all, verdict: observed.value.kind === 'absent' ? { kind: 'nothing-left' } : notPlanned('account-not-managed') };
  const found = memory.work ? intentAbout(memory.work, account, needs.accountOf, connection) : { createdByUs: false };
  const before = owner === 'left' ? intentAfterHandOver(found, needs.now()) : found;
  const intent = intentAfterLook(before, observed.value, sight);
  const former = formerIn(needs.accountOf, connection, desired, intent);
  const isOurs = former !== undefined && (await looks.ownerOf(user, former.account)) === 'this-user';
  const plan = planUser(needs, connection, {
    ...{ desired, observed: observed.value, intent, sight, firstSight: memory.firstSight },
    formerUsername: isOurs ? former.username : undefined,
  });
  const facts = { connectionVersion: connection.version, recordVersion: record.version, observed: observed.value };
  return { ...all, verdict: { kind: 'planned', plan, planHash: needs.hashPlan(planText(facts, plan)), counts: countsOf(plan) } };
}

function unlessUnreadable(error: unknown): undefined {
  if (!(error instanceof UserUnreadable)) throw error;
}
