import {
  type AccountHash,
  type DesiredUser,
  type DirectoryFault,
  type Finding,
  type OpenWork,
  type Outcome,
  type Plan,
  planReconciliation,
  type UserRef,
} from '@tallystick/devices-domain';
import { PlanApplier } from './apply-plan.ts';
import { TryAgain, verdictOf } from './directory-failure.ts';
import type { AttemptContext, DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';
import { forgetSeen } from './work-memory.ts';

/** Looks in one attempt: an account that still differs from what was just observed is left to the next attempt. */
const maxLooks = 3;

/** An attempt that owns its account and knows what its user should be. */
export interface Settling {
  readonly needs: DeviceActivityNeeds;
  readonly connection: ReconcileConnection;
  readonly user: UserRef;
  readonly context: AttemptContext;
  readonly fence: number;
  readonly account: AccountHash;
  readonly desired: DesiredUser;
  readonly work: OpenWork;
  readonly firstSight: boolean;
}

export interface Settled {
  /** The user is to be closed and there is no account (any more): it is nobody's now. */
  readonly vacant: boolean;
  readonly work: OpenWork;
  readonly result: Pick<Outcome, 'kind' | 'steps' | 'findings'>;
}

/** Observes, plans and applies until a plan is done, at most {@link maxLooks} times. `writing` is called before the first write. */
export async function settle(settling: Settling, writing: () => void): Promise<Settled> {
  const { needs, connection, user, context, fence, account, desired, firstSight } = settling;
  const { directory, options, visibilityWindowMs, callTimeoutMs } = connection;
  const { username } = desired;
  let { work } = settling;
  const findings = new Map<string, Finding>();
  for (let look = 1; look <= maxLooks; look += 1) {
    const observed = await directory.observe(username);
    context.heartbeat({ calls: 0 });
    if (!observed.ok) throw tryAgainAfter(observed.error);
    if (observed.value.kind === 'present') work = forgetSeen(work, new Set(observed.value.devices.map(({ id }) => id)));
    const plan = planReconciliation({
      desired,
      observed: observed.value,
      options,
      intent: work.intent,
      firstSight,
      visibilityWindowMs: visibilityWindowMs + callTimeoutMs, // the window begins when the call ends, and the intent knows when it began
      now: needs.now(),
    });
    for (const finding of plan.findings) findings.set(JSON.stringify(finding), finding);
    if (plan.steps.length > 0) writing();
    const applier = new PlanApplier(
      { user, fence, account, username, directory, store: needs.store, context, now: needs.now },
      work,
      observed.value,
      options,
    );
    const applied = await applier.apply(plan);
    work = applied.work;
    if (applied.kind === 'look-again') continue;
    if (plan.steps.length > 0) await needs.store.saveWork(user, fence, work); // the outcome must survive a crash before it is published
    if (plan.replanAt !== undefined)
      throw new TryAgain('waiting-for-visibility', 'a paired device is not listed yet', plan.replanAt - needs.now());
    const steps = work.done;
    const closed = desired.kind === 'gone' || !desired.enabled;
    const deleted = plan.steps.some(({ kind }) => kind === 'delete-user') && steps.some(isDeletion);
    return {
      vacant: closed && (deleted || (observed.value.kind === 'absent' && plan.steps.length === 0)),
      work,
      result: { kind: kindOf(plan, steps, desired), steps, findings: [...findings.values()] },
    };
  }
  throw new TryAgain('directory-changed', `the account changed under ${maxLooks} looks in a row`);
}

const isDeletion = ({ kind, result }: Outcome['steps'][number]): boolean => kind === 'delete-user' && result === 'done';

/** A leaver whose account could not be closed is never "in sync". */
function kindOf(plan: Plan, steps: Outcome['steps'], desired: DesiredUser): Outcome['kind'] {
  const wanted = desired.kind === 'present' && desired.enabled;
  const left = !wanted && plan.findings.some(({ kind }) => kind === 'status-left');
  if (left || steps.some(({ result }) => result !== 'done')) return 'partial';
  return steps.length > 0 ? 'changed' : 'in-sync';
}

/** What a look that failed means: always to look again. */
export function tryAgainAfter(fault: DirectoryFault): TryAgain {
  const verdict = verdictOf(fault);
  if (verdict.kind === 'try-again') return new TryAgain(verdict.reason, verdict.message, verdict.retryAfterMs);
  // Reading an account can't conflict; a refusal of a read says that this connection may not read.
  return new TryAgain('directory-unavailable', 'the directory refuses to show the account', 60_000);
}
