import {
  type AccountHash,
  type ChangeCounts,
  countsOf,
  type DesiredUser,
  type DirectoryFault,
  type Intent,
  intentAfterLook,
  type NotPlanned,
  type ObservedUser,
  type OpenWork,
  type Plan,
  type PlanHash,
  planText,
  type SourceRecord,
  type UserRef,
  UserUnreadable,
} from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import type { DirectoryCalls } from '../directory-calls.ts';
import { intentAfterHandOver, isSamePerson } from '../hand-over.ts';
import { announcedFrom, inherited, type Inheriting, isUnusedClaim, withPending } from '../claim-account.ts';
import { intentAbout, respelled, withoutHistory } from '../intent-by-account.ts';
import { closedAs, leavesFormers, mayCloseBeside } from '../former-account.ts';
import { isAsked } from '../plan-guard.ts';
import {
  type Former,
  type FormersNeeds,
  activatedBefore,
  closesWith,
  formersOf,
  formerUsernameIn,
  hasMovedOn,
  type Key,
  isClosedWhereTheyAre,
  knownAs,
  learnLimit,
  planOrRename,
  planUser,
  sightOf,
  wantedBy,
} from '../plan-user.ts';
import type { ReconcileConnection } from '../reconcile-connection.ts';
import { lostRename, workAfterRename } from '../renamed-account.ts';
import { kindOf, withoutDeletion } from '../settle.ts';
import { noWork } from '../what-to-do.ts';
import type { AccountOwner, LookNeeds, UserMemory } from './look-needs.ts';

export type LookVerdict =
  | {
      readonly kind: 'planned';
      /** For the wanted account, then for each other one of the user that is closed after it. */
      readonly plan: Plan;
      readonly counts: ChangeCounts;
      /** The part of it that the guards are asked about first, and its hash. */
      readonly asked: Plan;
      readonly planHash: PlanHash;
    }
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
 * guards would be asked about. One provider call, one more where the device limit is not known yet and for each other account of the user, and two
 * where the answer to a rename was lost.
 * @throws Quarantined, TryAgain (the budget, or a cancelled attempt)
 */
export async function lookAtUser(
  needs: LookNeeds,
  connection: ReconcileConnection,
  calls: DirectoryCalls,
  user: UserRef,
): Promise<UserLook> {
  // One user whose key is lost, or another key of theirs, must not stop a pass over all the others.
  const look = await lookAtReadable(needs, connection, calls, user).catch(unlessUnreadable);
  const because = 'record-unreadable';
  return look ?? { memory: { underWay: false, firstSight: false }, verdict: { kind: 'not-planned', because } };
}

async function lookAtReadable(
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
  const [record, memory] = await Promise.all([looks.record(user), looks.memory(user)]);
  if (!record) return { memory, verdict: notPlanned('no-record') };
  const formersNeeds: FormersNeeds = {
    accountOf: needs.accountOf,
    record: (one) => looks.record(one),
    isOurs: async (one) => (await looks.ownerOf(user, one)) === 'this-user',
  };
  const of = (username: string): AccountHash => needs.accountOf(connection.directoryId, username);
  const faults: DirectoryFault[] = [];
  const observeOr = async (username: string): Promise<ObservedUser> => {
    const seen = await calls.make('observe', (directory) => directory.observe(username));
    if (!seen.ok) faults.push(seen.error);
    return seen.ok ? seen.value : { kind: 'absent' };
  };
  const rename = await lostRename(formersNeeds, connection, memory.work, observeOr);
  if (faults[0]) return { memory, record, verdict: { kind: 'unobservable', fault: faults[0] } };
  const found = memory.work && rename ? workAfterRename(of, memory.work, rename) : memory.work;
  const wanted = wantedBy(connection, record, found);
  const scope: UserLook['scope'] = wanted.ok ? (wanted.value.gone ? 'out' : 'in') : wanted.error.scope;
  const seen = { memory, record, ...(!record.deleted && { scope }) } as const;
  if (!wanted.ok) {
    const { because } = wanted.error;
    return { ...seen, desired: err(because), verdict: notPlanned('record-unmappable', because) };
  }
  const { desired, gone } = wanted.value;
  const mapped = { ...seen, desired: ok(desired) } as const;
  const account = of(desired.username);
  const reading: Inheriting = {
    ...{ of, user, isOurs: formersNeeds.isOurs, save: () => Promise.resolve() },
    store: { workOf: async (one) => (await looks.memory(one)).work },
  };
  const spelled = found && respelled(found, (name) => of(name) === account, desired.username);
  const known = spelled && (await withPending(reading, spelled));
  const knowing = (known ?? noWork).intent;
  const key: Key = { accountOf: needs.accountOf, records: looks, connection, user, record };
  const moved = await hasMovedOn(key, desired.username, knowing);
  const isProtected = connection.protects(desired.username);
  const holds = moved || isProtected ? undefined : await holdsIt(needs, user, record, account);
  const work = await onceClaimed(reading, needs, known, holds, desired.username);
  const owner = await unlessUnused(reading, needs, {
    owner: holds,
    username: desired.username,
    gone,
    intent: (work ?? noWork).intent,
  });
  const plannedAt = async (wanted: DesiredUser, at: AccountHash, owner: Holder, as = connection): Promise<UserLook> => {
    const known = { ...mapped, owner: toldOf(owner) };
    const away = await learnLimit(needs, connection, calls, wanted);
    const sight = sightOf(needs, connection);
    const observed = away ? err(away) : await calls.make('observe', (directory) => directory.observe(wanted.username));
    if (!observed.ok) return { ...known, observed, verdict: { kind: 'unobservable', fault: observed.error } };
    const all = { ...known, observed };
    if (gone && owner === 'nobody')
      return { ...all, verdict: observed.value.kind === 'absent' ? { kind: 'nothing-left' } : notPlanned('account-not-managed') };
    const kept =
      work && owner !== 'this-user' && owner !== 'left-to-this-user'
        ? withoutHistory(work, at, (username) => of(username) === at)
        : work;
    const found = kept ? intentAbout(kept, at) : noWork.intent;
    const before = isHandedOver(owner)
      ? intentAfterHandOver(found, wanted.username, owner === 'left' ? needs.now() : undefined)
      : found;
    const looked = intentAfterLook(before, observed.value, sight);
    const intent = observed.value.kind === 'present' ? withoutDeletion(looked, wanted) : looked;
    const others = await formersOf(formersNeeds, connection, user, record, wanted, intent);
    const about = { desired: wanted, observed: observed.value, intent, sight, firstSight: memory.firstSight };
    const formerUsername = formerUsernameIn(others, connection.options);
    const { plan } = await planOrRename(needs, as, { ...about, formerUsername }, observeOr);
    if (faults[0]) return { ...all, verdict: { kind: 'unobservable', fault: faults[0] } };
    const closing = leavesFormers(before, wanted) ? [] : formersClosedBy(connection, others, wanted, observed.value, plan);
    const plans = [{ plan, account: at, observed: observed.value }];
    for (const former of closing) {
      const there = await observeOr(former.username);
      if (faults[0]) return { ...all, verdict: { kind: 'unobservable', fault: faults[0] } };
      const closed = { ...about, desired: closedAs(former, wanted), observed: there };
      plans.push({ plan: planUser(needs, closesWith(connection, former), closed), account: former.account, observed: there });
    }
    const asked = plans.find((it) => isAsked(it.plan)) ?? plans.find((it) => it.plan.steps.length > 0) ?? plans[0]!;
    const planHash = needs.hashPlan(
      planText({ connectionVersion: connection.version, recordVersion: record.version, ...asked }, asked.plan),
    );
    const whole = inOne(plans.map((it) => it.plan));
    return { ...all, verdict: { kind: 'planned', plan: whole, counts: countsOf(whole), asked: asked.plan, planHash } };
  };
  const isForAPerson = owner === 'left' && (gone || connection.options.manageDevices === 'do-not-manage');
  const isTheirs = owner !== undefined && owner !== 'another-user' && !isForAPerson && !(gone && owner === 'nobody');
  if (!isTheirs && isClosedWhereTheyAre(desired, connection.options)) {
    const formers = await formersOf(formersNeeds, connection, user, record, desired, (work ?? noWork).intent);
    const former = formers.find(({ goesOn }) => !goesOn);
    if (former)
      return plannedAt({ kind: 'gone', username: former.username }, former.account, 'this-user', closesWith(connection, former));
  }
  if (owner === undefined) return { ...mapped, verdict: notPlanned(moved ? 'moved' : 'protected-username') };
  if (owner === 'another-user' || isForAPerson)
    return { ...mapped, owner: toldOf(owner), verdict: notPlanned('account-owned-by-another') };
  const intent = (work ?? noWork).intent;
  const former = await activatedBefore(key, desired.username, intent);
  return plannedAt(desired, account, owner, former && closesWith(connection, former));
}

/** Who has an account. `this-person`: by the records it is this user, of a connection that was removed. */
type Holder = AccountOwner | 'this-person';

const isHandedOver = (holder: Holder): holder is 'left' | 'this-person' => holder === 'left' || holder === 'this-person';
const toldOf = (holder: Holder): AccountOwner => (holder === 'this-person' ? 'left-to-this-user' : holder);

/** As a run finds it: of a connection that was removed nobody has an account any more. */
async function holdsIt(
  { looks, isRemoved }: Pick<LookNeeds, 'looks' | 'isRemoved'>,
  user: UserRef,
  mine: SourceRecord,
  account: AccountHash,
): Promise<Holder> {
  const holds = await looks.ownerOf(user, account);
  const holder = holds === 'another-user' ? await looks.holderOf(account) : undefined;
  if (!holder || holder.environment !== user.environment || holder.connection === user.connection) return holds;
  const theirs = await looks.record(holder);
  if (!theirs || !(await isRemoved(holder))) return holds;
  return isSamePerson(theirs, mine) ? 'this-person' : 'left';
}

/** What a run knows when the account is its: with what other keys of this person had under way at it. */
async function onceClaimed(
  reading: Inheriting,
  { looks }: Pick<LookNeeds, 'looks'>,
  work: OpenWork | undefined,
  owner: Holder | undefined,
  username: string,
): Promise<OpenWork | undefined> {
  const holder = owner === 'left-to-this-user' ? await looks.holderOf(reading.of(username)) : undefined;
  if (!holder) return work;
  const announced = announcedFrom(holder, work ?? noWork, username);
  return inherited(reading, announced, username);
}

/** A claim of which nothing came is given up by who is gone, and waited for by whoever comes after them. */
async function unlessUnused(
  { of, store, user }: Inheriting,
  { looks }: Pick<LookNeeds, 'looks'>,
  { owner, username, gone, intent }: { owner: Holder | undefined; username: string; gone: boolean; intent: Intent },
): Promise<Holder | undefined> {
  const account = of(username);
  const isTheirs = owner === 'this-user' || owner === 'left-to-this-user';
  if (isTheirs) return gone && knownAs(of, intent, account) === 'claimed' ? 'nobody' : owner;
  const holder = owner !== undefined && isHandedOver(owner) ? await looks.holderOf(account) : undefined;
  if (!holder || !(await isUnusedClaim(of, store, holder, username))) return owner;
  if (owner === 'this-person') return 'nobody';
  return gone || holder.connection === user.connection ? 'another-user' : 'nobody';
}

/** As `closeFormers` does when the wanted account has become what the plan says. */
function formersClosedBy(
  { options }: ReconcileConnection,
  formers: readonly Former[],
  wanted: DesiredUser,
  observed: ObservedUser,
  { steps, findings }: Plan,
): readonly Former[] {
  if (options.usernameChange === 'report' && wanted.kind === 'present') return [];
  const isStep = (kind: Plan['steps'][number]['kind']): boolean => steps.some((step) => step.kind === kind);
  const present = observed.kind === 'present' || isStep('create-user') || isStep('rename-user');
  const result = { kind: kindOf({ findings }, [], wanted), findings };
  if (!mayCloseBeside({ present, paired: isStep('pair'), result }, wanted)) return [];
  return formers.filter(({ goesOn, mayGetName }) => !goesOn && !(mayGetName && isStep('rename-user')));
}

function inOne([first, ...others]: readonly Plan[]): Plan {
  return {
    ...first,
    steps: [first, ...others].flatMap((it) => it?.steps ?? []),
    findings: [first, ...others].flatMap((it) => it?.findings ?? []),
  };
}

function unlessUnreadable(error: unknown): undefined {
  if (!(error instanceof UserUnreadable)) throw error;
}
