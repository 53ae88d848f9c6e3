import {
  type ChangeCounts,
  countsOf,
  type DesiredUser,
  type DirectoryFault,
  type Intent,
  type NotPlanned,
  type ObservedUser,
  type OpenWork,
  type Plan,
  type PlanHash,
  planReconciliation,
  planText,
  type SourceRecord,
  type UserRef,
} from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import type { DirectoryCalls } from '../directory-calls.ts';
import type { ReconcileConnection } from '../reconcile-connection.ts';
import { forgetSeen } from '../work-memory.ts';
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
  const [record, memory] = await Promise.all([looks.record(user), looks.memory(user)]);
  const notPlanned = (because: NotPlanned, detail?: string): LookVerdict => ({
    kind: 'not-planned',
    because,
    ...(detail !== undefined && { detail }),
  });
  if (!record) return { memory, verdict: notPlanned('no-record') };
  const inScope = record.deleted ? ok(false) : (connection.scope?.(record.attributes) ?? ok(true));
  const scope: UserLook['scope'] = inScope.ok ? (inScope.value ? 'in' : 'out') : 'unreadable';
  const seen = { memory, record, ...(!record.deleted && { scope }) } as const;
  if (!inScope.ok) return { ...seen, desired: inScope, verdict: notPlanned('record-unmappable', inScope.error) };
  const gone = !inScope.value;
  const mapped = connection.map(record.attributes, gone);
  if (!mapped.ok) return { ...seen, desired: mapped, verdict: notPlanned('record-unmappable', mapped.error) };
  const username = (gone ? memory.work?.intent.managed?.username : undefined) ?? mapped.value.username;
  const wanted: DesiredUser = gone ? { kind: 'gone', username } : mapped.value;
  const desired = ok(wanted);
  const account = needs.accountOf(connection.directoryId, username);
  if (await movedOn(needs, connection, user, record, username)) return { ...seen, desired, verdict: notPlanned('moved') };
  const owner = await looks.ownerOf(user, account);
  const known = { ...seen, desired, owner };
  if (owner === 'another-user') return { ...known, verdict: notPlanned('account-owned-by-another') };
  const observed = await observe(needs, connection, calls, wanted);
  if (!observed.ok) return { ...known, observed, verdict: { kind: 'unobservable', fault: observed.error } };
  const all = { ...known, observed };
  if (gone && owner === 'nobody')
    return { ...all, verdict: observed.value.kind === 'absent' ? { kind: 'nothing-left' } : notPlanned('account-not-managed') };
  const work = workFor(memory.work, account);
  const formerUsername = await formerOf(needs, connection, user, wanted, work);
  const plan = planOf(needs, connection, wanted, observed.value, work, memory.firstSight, formerUsername);
  const facts = { connectionVersion: connection.version, recordVersion: record.version, observed: observed.value };
  return { ...all, verdict: { kind: 'planned', plan, planHash: needs.hashPlan(planText(facts, plan)), counts: countsOf(plan) } };
}

/** R23: the person goes on under another key, which names the same account, or will. */
async function movedOn(
  needs: LookNeeds,
  { map, directoryId }: ReconcileConnection,
  user: UserRef,
  record: SourceRecord,
  username: string,
): Promise<boolean> {
  if (!record.deleted || record.movedTo === undefined) return false;
  const successor = await needs.looks.record({ ...user, user: record.movedTo });
  if (!successor || successor.deleted) return true;
  const mapped = map(successor.attributes, true);
  return !mapped.ok || needs.accountOf(directoryId, mapped.value.username) === needs.accountOf(directoryId, username);
}

/** The limit first, as a run asks for it: whoever adds first has to know it before. */
async function observe(
  { limits, now }: LookNeeds,
  { options, directoryName }: ReconcileConnection,
  calls: DirectoryCalls,
  desired: DesiredUser,
): Promise<Result<ObservedUser, DirectoryFault>> {
  if (options.order === 'add-first' && desired.kind !== 'gone' && !limits.has(directoryName, now())) {
    const told = await calls.make('deviceLimit', (directory) => directory.deviceLimit());
    if (told.ok) limits.told(directoryName, told.value, now());
    else if (told.error.kind === 'unavailable') return err(told.error);
  }
  return calls.make('observe', (directory) => directory.observe(desired.username));
}

/** An intent about another account is void. */
function workFor(work: OpenWork | undefined, account: OpenWork['account']): OpenWork {
  const none: Intent = { createdByUs: false };
  if (!work) return { intent: none, done: [] };
  const { managed } = work.intent;
  const same = work.account === undefined || work.account === account;
  return same ? work : { intent: { ...none, ...(managed && { managed }) }, done: [] };
}

/** P20: the account that a finished run has left under another name, as far as it is still this user's. */
async function formerOf(
  { accountOf, looks }: LookNeeds,
  { directoryId }: ReconcileConnection,
  user: UserRef,
  { username }: DesiredUser,
  { intent }: OpenWork,
): Promise<string | undefined> {
  const former = intent.managed?.username;
  if (former === undefined || accountOf(directoryId, former) === accountOf(directoryId, username)) return undefined;
  return (await looks.ownerOf(user, accountOf(directoryId, former))) === 'this-user' ? former : undefined;
}

function planOf(
  { limits, now }: LookNeeds,
  { directory, directoryName, options, visibilityWindowMs, callTimeoutMs }: ReconcileConnection,
  desired: DesiredUser,
  observed: ObservedUser,
  work: OpenWork,
  firstSight: boolean,
  formerUsername: string | undefined,
): Plan {
  const seen = observed.kind === 'present' ? forgetSeen(work, new Set(observed.devices.map(({ id }) => id))) : work;
  return planReconciliation({
    desired,
    observed,
    options,
    capabilities: directory.capabilities,
    deviceLimit: limits.of(directoryName, now()),
    intent: seen.intent,
    firstSight,
    managedBefore: seen.intent.managed?.username === desired.username,
    ...(formerUsername !== undefined && { formerUsername }),
    visibilityWindowMs: visibilityWindowMs + callTimeoutMs,
    now: now(),
  });
}
