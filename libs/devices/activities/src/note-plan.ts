import type { AuditNote, NotedPlan, Plan, PlanHash, Step, UserRef } from '@tallystick/devices-domain';
import { TryAgain } from './directory-failure.ts';
import type { DeviceActivityNeeds } from './reconcile-connection.ts';

/** Who an entry names for what no person asked for. */
const actor = 'temporal-worker';

type Needs = Pick<DeviceActivityNeeds, 'audit'>;
type About = Pick<AuditNote, 'class' | 'action' | 'reason' | 'planId' | 'result' | 'facts'>;

/** @throws TryAgain when it can't be written: then it must not be done (R43) */
async function note({ audit }: Needs, user: UserRef, about: About): Promise<void> {
  const { environment, connection } = user;
  const noted = await audit.note({ ...about, environment, connection, actor, person: user });
  if (!noted.ok) throw new TryAgain('audit-not-writable', 'the audit can not be written, so nothing is done', 10_000);
}

const takes: ReadonlySet<Step['kind']> = new Set<Step['kind']>(['suspend-user', 'delete-user', 'unpair']);

/**
 * Before the plan's first write, or before it is held. Once for a plan: an attempt that goes on with one that is noted does not note it again,
 * or a directory that refuses every write would fill the audit. What only takes away has room when others have none any more.
 */
export async function notePlan(
  needs: Needs,
  user: UserRef,
  as: NotedPlan['as'],
  { hash, steps, because }: { readonly hash: PlanHash; readonly steps: Plan['steps']; readonly because: string },
  before: NotedPlan | undefined,
): Promise<NotedPlan> {
  if (before?.as === as && before.plan === hash) return before;
  const urgent = as === 'applied' && steps.every(({ kind }) => takes.has(kind));
  await note(needs, user, {
    class: urgent ? 'urgent' : 'intent',
    action: as === 'applied' ? 'apply-plan' : 'hold-plan',
    reason: because,
    planId: hash,
    // One that was begun has no result of its own then: this entry says what it went over into.
    facts: { steps: steps.map(({ kind }) => kind).join(' '), ...(before?.as === 'applied' && { follows: before.plan }) },
  });
  return { as, plan: hash };
}

/** What became of a plan that was noted. @throws TryAgain: what was done is kept, and told by the next attempt */
export async function noteResult(needs: Needs, user: UserRef, noted: NotedPlan | undefined, result: string): Promise<void> {
  if (noted?.as !== 'applied') return;
  const reason = 'the plan was carried out';
  await note(needs, user, { class: 'result', action: 'apply-plan', reason, planId: noted.plan, result });
}

/** Before an account gets another owner. @throws TryAgain */
export const noteHandOver = (needs: Needs, user: UserRef, because: string): Promise<void> =>
  note(needs, user, { class: 'intent', action: 'hand-over-account', reason: because });
