import {
  type AccountHash,
  type DesiredUser,
  type DirectoryFault,
  type Finding,
  type Intent,
  intentAfterLook,
  type ObservedUser,
  type OpenWork,
  type Outcome,
  type Plan,
  type ReconciliationStore,
  type ReplacedDevice,
  type UserRef,
} from '@tallystick/devices-domain';
import { type Applied, PlanApplier } from './apply-plan.ts';
import type { DirectoryCalls } from './directory-calls.ts';
import { TryAgain, verdictOf } from './directory-failure.ts';
import { notePlan } from './note-plan.ts';
import { PlanGuard } from './plan-guard.ts';
import { learnLimit, planOrRename, sightOf } from './plan-user.ts';
import type { AttemptContext, DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';
import { renamed } from './renamed-account.ts';

/** Looks in one attempt: an account that still differs from what was just observed is left to the next attempt. */
const maxLooks = 3;

/** An attempt that owns its account and knows what its user should be. */
export interface Settling {
  readonly needs: DeviceActivityNeeds;
  readonly connection: ReconcileConnection;
  readonly calls: DirectoryCalls;
  readonly user: UserRef;
  readonly context: AttemptContext;
  readonly fence: number;
  readonly store: Pick<ReconciliationStore, 'saveWork' | 'assertMayWrite'>;
  readonly account: AccountHash;
  readonly desired: DesiredUser;
  readonly recordVersion: string;
  readonly work: OpenWork;
  readonly firstSight: boolean;
  /** The user's account under another username, as far as it is still this user's (P20). */
  readonly formerUsername?: string | undefined;
}

export interface Settled {
  /** The user is to be closed and there is no account (any more): it is nobody's now. */
  readonly vacant: boolean;
  /** There is an account, and it is as wanted or as near as it can be. */
  readonly present: boolean;
  /** Its last plan has paired a device. */
  readonly paired: boolean;
  readonly work: OpenWork;
  readonly result: Pick<Outcome, 'kind' | 'because' | 'hold' | 'steps' | 'findings'>;
}

/** Observes, plans, asks the guards and applies until a plan is done, at most {@link maxLooks} times. `writing` is called before each write. */
export async function settle(settling: Settling, writing: () => void): Promise<Settled> {
  const { needs, connection, calls, user, fence, account, desired, recordVersion, firstSight } = settling;
  let { work, formerUsername } = settling;
  work = { ...work, intent: withoutCleared(work.intent, desired, connection.options) };
  const findings = new Map<string, Finding>();
  const guard = new PlanGuard(needs, connection, user, recordVersion, account);
  const away = await learnLimit(needs, connection, calls, desired);
  if (away) throw tryAgainAfter(away);
  for (let look = 1; look <= maxLooks; look += 1) {
    const sight = sightOf(needs, connection);
    const observed = await observe(calls, desired.username);
    // What is seen of an account that a changed username left behind says nothing of what is under way at the new one.
    if (work.account === account) work = { ...work, intent: intentAfterLook(work.intent, observed, sight) };
    if (observed.kind === 'present') work = { ...work, intent: withoutDeletion(work.intent, desired) };
    const about = { desired, observed, intent: work.intent, sight, firstSight, formerUsername };
    const { plan, rename } = await planOrRename(needs, connection, about, (username) => observe(calls, username));
    for (const finding of plan.findings) findings.set(JSON.stringify(finding), finding);
    const permission = await guard.ask(plan, observed, work.intent);
    if (permission.kind === 'held') {
      const { because, hold, noted } = permission;
      work = { ...work, intent: { ...work.intent, held: true, ...(noted && { noted }) } };
      return {
        vacant: false,
        present: true,
        paired: false,
        work,
        result: { kind: 'held', because, hold, steps: work.done, findings: [...findings.values()] },
      };
    }
    if (permission.granted) {
      // Of two accounts in one run, one that a person approved is told as that, whichever comes last.
      const granted = { ...permission.granted, ...(work.intent.granted?.approved && { approved: true as const }) };
      work = { ...work, intent: { ...work.intent, granted } };
    }
    if (plan.steps.length > 0) {
      const about = { hash: guard.hashOf(plan, observed), steps: plan.steps, because: 'the datastore differs' };
      work = { ...work, intent: { ...work.intent, noted: await notePlan(needs, user, 'applied', about, work.intent.noted) } };
    }
    if (rename) work = renamingTo(work, rename.from, desired.username, rename.account);
    // From here on the place in the window is never given back: the grant is durable before the first write, and whoever finds it uses it.
    const applied = await apply(settling, plan, observed, work, writing);
    work = applied.work;
    if (rename) {
      formerUsername = undefined; // once: whether it went or was not there, the next look says what is left to do
      const { renaming: _answered, ...intent } = work.intent;
      work = { ...work, intent };
      if (isDone(work, 'rename-user')) work = await renamed(settling, work, { from: rename.from, to: desired.username });
    }
    if (applied.kind === 'look-again' || (rename && isDone(work, 'rename-user'))) continue;
    if (plan.steps.length > 0) await settling.store.saveWork(user, fence, work); // the outcome must survive a crash before it is published
    if (plan.replanAt !== undefined)
      throw new TryAgain('waiting-for-visibility', 'a paired device is not listed yet', plan.replanAt - needs.now());
    return end(settling, plan, observed, work, [...findings.values()]);
  }
  throw new TryAgain('directory-changed', `the account changed under ${maxLooks} looks in a row`);
}

/** Durable before the call, as everything that a write needs; what an earlier rename came to says nothing of this one. */
function renamingTo({ intent, done, ...about }: OpenWork, from: string, to: string, account: ObservedUser): OpenWork {
  const id = account.kind === 'present' ? account.id : undefined;
  const renaming = { from, to, ...(id !== undefined && { id }) };
  return { ...about, intent: { ...intent, renaming }, done: done.filter(({ kind }) => kind !== 'rename-user') };
}

/** It was not done, or somebody has made the account anew: if it is missing later, that is not our doing. */
export function withoutDeletion(intent: Intent, { username }: DesiredUser): Intent {
  const { deleting, ...rest } = intent;
  if (!deleting?.includes(username)) return intent;
  const others = deleting.filter((it) => it !== username);
  return { ...rest, ...(others.length > 0 && { deleting: others }) };
}

/** A value that the datastore has cleared since is not given back when the one that took its place is refused. */
function withoutCleared(intent: Intent, desired: DesiredUser, { onCleared }: ReconcileConnection['options']): Intent {
  const { replacedDevices } = intent;
  if (!replacedDevices || desired.kind === 'gone' || onCleared === 'keep') return intent;
  const isCleared = ({ slot, until }: ReplacedDevice): boolean => until === undefined && desired.slots[slot].kind === 'absent';
  return { ...intent, replacedDevices: replacedDevices.filter((it) => !isCleared(it)) };
}

function apply(settling: Settling, plan: Plan, observed: ObservedUser, work: OpenWork, writing: () => void): Promise<Applied> {
  const { needs, connection, calls, user, fence, account, desired, context, store } = settling;
  const { directoryName, options } = connection;
  const limitMet = (what: 'refused' | 'allowed', devices: number): void => {
    if (what === 'refused') needs.limits.refusedAt(directoryName, devices, needs.now());
    else needs.limits.allowed(directoryName, devices);
  };
  const { now } = needs;
  const { username } = desired;
  const applier = new PlanApplier(
    { user, fence, account, username, calls, store, context, now, limitMet, writing },
    work,
    observed,
    options,
  );
  return applier.apply(plan);
}

function end({ desired }: Settling, plan: Plan, observed: ObservedUser, work: OpenWork, findings: readonly Finding[]): Settled {
  const closed = desired.kind === 'gone' || !desired.enabled;
  const deleted = plan.steps.some(({ kind }) => kind === 'delete-user') && isDone(work, 'delete-user');
  const created = plan.steps.some(({ kind }) => kind === 'create-user') && isDone(work, 'create-user');
  const slots = plan.steps.flatMap((it) => (it.kind === 'pair' ? [it.slot] : []));
  return {
    vacant: closed && (deleted || (observed.kind === 'absent' && plan.steps.length === 0)),
    // An account that is reported as missing is still one that we managed.
    present: created || (observed.kind === 'present' && !deleted) || plan.findings.some(({ kind }) => kind === 'account-missing'),
    paired: work.done.some(
      (it) => it.kind === 'pair' && it.result === 'done' && it.slot !== undefined && slots.includes(it.slot),
    ),
    work,
    result: { kind: kindOf(plan, work.done, desired), steps: work.done, findings },
  };
}

const isDone = ({ done }: OpenWork, step: Outcome['steps'][number]['kind']): boolean =>
  done.some(({ kind, result }) => kind === step && result === 'done');

/** What the datastore wants and this run could not give. */
const wanting: ReadonlySet<Finding['kind']> = new Set(['refused-before', 'over-device-limit', 'account-missing']);

/** A leaver whose account could not be closed is never "in sync". */
export function kindOf({ findings }: Pick<Plan, 'findings'>, steps: Outcome['steps'], desired: DesiredUser): Outcome['kind'] {
  const wanted = desired.kind === 'present' && desired.enabled;
  const left = findings.some(({ kind }) => wanting.has(kind) || (!wanted && kind === 'status-left'));
  if (left || steps.some(({ result }) => result !== 'done')) return 'partial';
  return steps.length > 0 ? 'changed' : 'in-sync';
}

/** @throws TryAgain, Quarantined */
export async function observe(calls: DirectoryCalls, username: string): Promise<ObservedUser> {
  const observed = await calls.make('observe', (directory) => directory.observe(username));
  if (!observed.ok) throw tryAgainAfter(observed.error);
  return observed.value;
}

/** What a look that failed means: always to look again. */
function tryAgainAfter(fault: DirectoryFault): TryAgain {
  const verdict = verdictOf(fault);
  if (verdict.kind === 'try-again') return new TryAgain(verdict.reason, verdict.message, verdict.retryAfterMs);
  // Reading an account can't conflict; a refusal of a read says that this connection may not read.
  return new TryAgain('directory-unavailable', 'the directory refuses to show the account', 60_000);
}
