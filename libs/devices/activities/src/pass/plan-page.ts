import {
  type DesiredUser,
  type DeviceSlot,
  deviceSlots,
  type PassEntry,
  type PassSums,
  redactPlan,
  type UserHash,
} from '@tallystick/devices-domain';
import { type PassPage, type PassRequest, sampleShard } from '@tallystick/devices-workflow-api';
import { DirectoryCalls } from '../directory-calls.ts';
import { TryAgain } from '../directory-failure.ts';
import { lookAtUser, type UserLook } from '../inspect/look-at-user.ts';
import type { AttemptContext, ReconcileConnection } from '../reconcile-connection.ts';
import { connectionOfPass, readPass } from './connection-of-pass.ts';
import { type PassNeeds, PassOver } from './pass-needs.ts';
import { sideBySide } from './side-by-side.ts';

/** In one activity: 70–100 times cheaper for the engine than one each (temporal.md). */
const pageSize = 100;

/** Looks at one user whom the directory does not show, before the page goes on without them. */
const looksAtOne = 3;

/** Attempts at a page of which the directory shows nobody, before that is taken for the answer. */
const patience = 6;

/**
 * Waits for the directory's budget, at ten seconds at most, after which a page of which nobody was looked at meanwhile gives its place to
 * another one. It begins anew later, so it waits long before that.
 */
const idleWaits = 6;

/** Observes and plans the users of a page; writes nothing but the pass's own results, once for each page. @throws PassOver, TryAgain, Quarantined */
export async function planPage(
  needs: PassNeeds,
  request: PassRequest,
  page: PassPage,
  context: AttemptContext,
): Promise<{ readonly next?: string; readonly users: number }> {
  const connection = await connectionOfPass(needs, request, await readPass(needs, request), context);
  const { users, next } = await usersOf(needs, request, page);
  const isCandidate = connection.version === 0;
  const calls = new DirectoryCalls(needs, connection, context, isCandidate ? 'candidate' : 'saved');
  // As many as may call at once keep the directory's budget used; more would only wait.
  const progress: Progress = { looked: 0 };
  const looks = await sideBySide(users, connection.budget.inFlight, async (user) => {
    const look = await planOne(needs, request, connection, calls, user, context, progress);
    progress.looked += 1;
    return look;
  });
  if (showsNobody(looks) && context.attempt < patience)
    throw new TryAgain('directory-unavailable', 'the directory shows nobody of this page');
  const { shard, number } = page;
  const entries = looks.map((look, at) => entryOf(users[at]!, look));
  await needs.passes.addPage(request, request.pass, { shard, number, entries, filled: filledOf(looks) });
  return { users: users.length, ...(next !== undefined && { next }) };
}

type Users = { readonly users: readonly UserHash[]; readonly next?: string };

async function usersOf({ users, sampleSize }: PassNeeds, request: PassRequest, { shard, cursor }: PassPage): Promise<Users> {
  return shard === sampleShard
    ? { users: await users.random(request, sampleSize) }
    : users.page(request, shard, cursor, pageSize);
}

/** How many users of the page were looked at, by all that look side by side. */
interface Progress {
  looked: number;
}

async function planOne(
  needs: PassNeeds,
  { environment, connection: id }: PassRequest,
  connection: ReconcileConnection,
  calls: DirectoryCalls,
  user: UserHash,
  context: AttemptContext,
  progress: Progress,
): Promise<UserLook> {
  let idle = { waits: 0, since: progress.looked };
  for (let look = 1; ;) {
    if (context.cancelled()) throw new TryAgain('attempt-cancelled', 'the worker is shutting down, or the pass was cancelled');
    try {
      const seen = await lookAtUser(needs, connection, calls, { environment, connection: id, user });
      const fault = seen.verdict.kind === 'unobservable' ? seen.verdict.fault : undefined;
      // Only of a candidate: of a saved document it is the directory's quarantine, and waited for.
      if (fault?.kind === 'credentials-refused' || fault?.kind === 'method-disabled')
        throw new PassOver(fault.kind, 'the directory refuses the credentials of this document, or the calls that it needs');
      if (fault?.kind !== 'unavailable' || look >= looksAtOne) return seen;
      // "Everybody wait" says nothing of this user, and the budget makes everybody wait.
      if (!fault.rateLimited) look += 1;
      await context.pause(Math.min(fault.retryAfterMs ?? 500 * look, 10_000));
    } catch (error) {
      // A single user's attempt leaves its place to somebody else then; a page goes on where it is while any of it goes on.
      if (!(error instanceof TryAgain) || error.reason !== 'directory-busy') throw error;
      if (progress.looked !== idle.since) idle = { waits: 0, since: progress.looked };
      idle.waits += 1;
      if (idle.waits > idleWaits) throw error;
      await context.pause(Math.min(error.retryAfterMs ?? 1_000, 10_000));
    }
  }
}

function showsNobody(looks: readonly UserLook[]): boolean {
  const asked = looks.flatMap(({ observed }) => observed ?? []);
  return asked.length > 0 && asked.every((it) => !it.ok && it.error.kind === 'unavailable');
}

function entryOf(user: UserHash, { verdict }: UserLook): PassEntry {
  switch (verdict.kind) {
    case 'nothing-left':
      return { user, result: 'in-sync' };
    case 'not-planned':
      return { user, result: 'not-planned', because: verdict.because };
    case 'unobservable':
      return { user, result: 'unobservable', because: verdict.fault.kind };
    case 'planned': {
      const { plan, planHash, counts } = verdict;
      if (plan.steps.length > 0) return { user, result: 'differs', planHash, counts, plan: redactPlan(plan) };
      return { user, result: 'in-sync', ...(plan.findings.length > 0 && { plan: redactPlan(plan) }) };
    }
  }
}

/** For how many users each target has a value, by its field code (d.3). Who is gone has none. */
function filledOf(looks: readonly UserLook[]): PassSums['filled'] {
  const filled: Record<string, number> = {};
  for (const { desired } of looks) {
    if (!desired?.ok || desired.value.kind === 'gone') continue;
    for (const target of targetsOf(desired.value)) filled[target] = (filled[target] ?? 0) + 1;
  }
  return filled;
}

/** `filled` of this one are the living users of the connection: each has a username. */
export const livingTarget = 'userName';

function targetsOf({ profile, slots }: Extract<DesiredUser, { kind: 'present' }>): readonly string[] {
  return [
    livingTarget,
    ...(profile.email === undefined ? [] : ['email']),
    ...(profile.firstName === undefined ? [] : ['fName']),
    ...(profile.lastName === undefined ? [] : ['lName']),
    ...deviceSlots.filter((slot) => slots[slot].kind === 'value').map(codeOf),
  ];
}

/** `Email 1` → `mfaEmail1`, `SMS Number 2` → `mfaSms2`, `Voice Number 3` → `mfaVoice3`. */
function codeOf(slot: DeviceSlot): string {
  const [kind = ''] = slot.split(' ');
  return `mfa${kind.charAt(0)}${kind.slice(1).toLowerCase()}${slot.at(-1)}`;
}
