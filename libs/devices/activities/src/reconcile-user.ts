import {
  type Finding,
  type NotPlanned,
  type OpenWork,
  type Outcome,
  planReconciliation,
  type ReconciliationInput,
  type UserRef,
} from '@tallystick/devices-domain';
import { PlanApplier } from './apply-plan.ts';
import { TryAgain, verdictOf } from './directory-failure.ts';
import type { AttemptContext, DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';

/** Looks in one attempt: an account that still differs from what was just observed is left to the next attempt. */
const maxLooks = 3;

/** After so many attempts a user whose account belongs to another is reported; a later event looks again. */
const ownerPatience = 8;

/** Time for a predecessor's last call to end, beyond its call time-out. */
const takeoverMarginMs = 250;

type Result = Omit<Outcome, keyof UserRef | 'at'>;

const noWork: OpenWork = { intent: { createdByUs: false }, done: [] };

/**
 * Observe → plan → apply for one user, once: the whole of an activity attempt. Returns what became of it; throws TryAgain when the
 * directory or the account's owner must be waited for, FencedOut when a newer attempt has taken over.
 */
export async function reconcileUser(needs: DeviceActivityNeeds, user: UserRef, context: AttemptContext): Promise<Outcome> {
  const connection = needs.connectionOf(user);
  const { store } = needs;
  const attempt = await store.begin(user);
  let callMayRun = false;
  try {
    if (attempt.previousMayRun && connection) await context.pause(connection.callTimeoutMs + takeoverMarginMs);
    const work = attempt.work ?? noWork;
    const finish = (result: Result): Promise<Outcome> => conclude(needs, user, attempt.fence, result);
    const notPlanned = (because: NotPlanned, version: string, detail?: string): Promise<Outcome> =>
      finish({
        kind: 'not-planned',
        because,
        version,
        steps: work.done,
        findings: [],
        ...(detail === undefined ? {} : { detail }),
      });

    if (!connection) return await notPlanned('no-connection', '');
    const record = await store.record(user);
    if (!record) return await notPlanned('no-record', '');
    if (record.deleted && record.movedTo !== undefined) return await notPlanned('moved', record.version);
    const mapped = connection.map(record.attributes, record.deleted);
    if (!mapped.ok) return await notPlanned('record-unmappable', record.version, mapped.error);
    const { username } = mapped.value;
    const desired = record.deleted ? ({ kind: 'gone', username } as const) : mapped.value;

    const account = needs.accountOf(connection.directoryId, username);
    const claim = await store.claimAccount(user, account);
    if (claim === 'owned-by-another') {
      // A person who is gone can't lose an account that is somebody else's; one who is there waits for its owner to leave.
      if (record.deleted || context.attempt >= ownerPatience) return await notPlanned('account-owned-by-another', record.version);
      throw new TryAgain(
        'account-owned-by-another',
        'the directory account of this username belongs to another user of the datastore',
      );
    }
    if (claim === 'taken-over') await context.pause(connection.callTimeoutMs + takeoverMarginMs);

    const settled = await settle(
      { needs, connection, user, context, fence: attempt.fence, account, desired, work, firstSight: attempt.firstSight },
      () => {
        callMayRun = true;
      },
    );
    if (settled.deleted) await store.releaseAccount(user, account);
    const outcome = await finish({ ...settled.result, version: record.version });
    return outcome;
  } catch (error) {
    // After a write without an answer a call of ours may still be under way: the next attempt has to wait for it.
    if (!callMayRun) await store.yield(user, attempt.fence).catch(() => undefined);
    throw error;
  }
}

interface SettleNeeds extends Pick<ReconciliationInput, 'desired' | 'firstSight'> {
  readonly needs: DeviceActivityNeeds;
  readonly connection: ReconcileConnection;
  readonly user: UserRef;
  readonly context: AttemptContext;
  readonly fence: number;
  readonly account: Parameters<DeviceActivityNeeds['store']['releaseAccount']>[1];
  readonly work: OpenWork;
}

/** Looks and applies until a plan is done, at most {@link maxLooks} times. */
async function settle(
  { needs, connection, user, context, fence, account, desired, work: before, firstSight }: SettleNeeds,
  writing: () => void,
): Promise<{ readonly deleted: boolean; readonly result: Pick<Outcome, 'kind' | 'steps' | 'findings'> }> {
  const { directory, options, visibilityWindowMs } = connection;
  const { username } = desired;
  let work = before;
  const findings = new Map<string, Finding>();
  for (let look = 1; look <= maxLooks; look += 1) {
    const observed = await directory.observe(username);
    context.heartbeat({ calls: 0 });
    if (!observed.ok) throw tryAgainAfter(verdictOf(observed.error));
    const plan = planReconciliation({
      desired,
      observed: observed.value,
      options,
      intent: work.intent,
      firstSight,
      visibilityWindowMs,
      now: needs.now(),
    });
    for (const finding of plan.findings) findings.set(JSON.stringify(finding), finding);
    if (plan.steps.length > 0) writing();
    const applier = new PlanApplier(
      { user, fence, account, username, directory, store: needs.store, context, now: needs.now },
      work,
      observed.value,
    );
    const applied = await applier.apply(plan);
    work = applied.work;
    if (applied.kind === 'look-again') continue;
    if (plan.steps.length > 0) await needs.store.saveWork(user, fence, work); // the outcome must survive a crash before it is published
    if (plan.replanAt !== undefined && plan.replanAt > needs.now()) {
      throw new TryAgain('waiting-for-visibility', 'a paired device is not listed yet', plan.replanAt - needs.now());
    }
    const steps = work.done;
    const partial = steps.some(({ result }) => result !== 'done');
    return {
      deleted: steps.some(({ kind, result }) => kind === 'delete-user' && result === 'done'),
      result: { kind: partial ? 'partial' : steps.length > 0 ? 'changed' : 'in-sync', steps, findings: [...findings.values()] },
    };
  }
  throw new TryAgain('directory-changed', `the account changed under ${maxLooks} looks in a row`);
}

function tryAgainAfter(verdict: ReturnType<typeof verdictOf>): TryAgain {
  if (verdict.kind === 'try-again') return new TryAgain(verdict.reason, verdict.message, verdict.retryAfterMs);
  // Reading an account can't conflict; a refusal of a read says that this connection may not read.
  return new TryAgain('directory-unavailable', 'the directory refuses to show the account', 60_000);
}

/** Publishes first, then closes: a crash between publishes twice and loses nothing. */
async function conclude(
  { store, publish, now }: DeviceActivityNeeds,
  user: UserRef,
  fence: number,
  result: Result,
): Promise<Outcome> {
  const outcome: Outcome = { ...user, ...result, at: now() };
  await publish(outcome);
  await store.finish(user, fence, outcome);
  return outcome;
}
