import type { Pass } from '@tallystick/devices-domain';
import { type PassActivities, type PassRequest, sampleShard } from '@tallystick/devices-workflow-api';
import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { retryDelayMs } from '../create-device-activities.ts';
import { Quarantined, TryAgain } from '../directory-failure.ts';
import { everyPlace, type Places } from '../connection-places.ts';
import type { AttemptContext } from '../reconcile-connection.ts';
import { contextOfActivity } from '../activity-context.ts';
import { applyPage } from './apply-page.ts';
import { connectionOfPass } from './connection-of-pass.ts';
import { judgePass } from './judge-pass.ts';
import { type PassNeeds, PassOver } from './pass-needs.ts';
import { planPage } from './plan-page.ts';

/** The activities of the workflow `fullPass`, for the queue of bulk work. `places`: of pages. */
export function createPassActivities(needs: PassNeeds, places: Places = everyPlace): PassActivities {
  return {
    openPass: (request) => within(needs, request, (context) => openPass(needs, request, context)),
    planPage: (request, page) =>
      within(needs, request, (context) => places.within(request, () => planPage(needs, request, page, context))),
    judgePass: (request) => within(needs, request, (context) => judgePass(needs, request, context)),
    holdState: (request, hold) =>
      within(needs, request, async () => (await needs.guards.read(request, hold))?.state ?? 'expired'),
    applyPage: (request, cursor, appliedBefore) =>
      within(needs, request, (context) =>
        places.within(request, () => applyPage(needs, request, cursor, appliedBefore, context)),
      ),
    stagePass: (request, stage) =>
      within(needs, request, async () => {
        if (await needs.passes.read(request, request.pass)) await needs.passes.update(request, request.pass, { stage });
      }),
    closePass: (request, stage) =>
      within(needs, request, async () => {
        if (!(await needs.passes.read(request, request.pass))) return;
        // Before the record says that it is over: nobody would look for its hold after that.
        if (stage === 'cancelled' || stage === 'failed') await needs.guards.cancel(request, request.pass, needs.now());
        await needs.passes.update(request, request.pass, { stage, endedAt: needs.now() });
        const closed = await needs.passes.read(request, request.pass);
        if (closed) needs.ended(closed);
      }),
  };
}

/** `missing`: there is no such pass or connection. Opens the record of one that a schedule has started. */
export async function openPass(
  needs: PassNeeds,
  request: PassRequest,
  context: AttemptContext,
): Promise<{ readonly shards: readonly string[]; readonly users: number } | 'missing'> {
  const users = await needs.users.count(request);
  const pass = (await needs.passes.read(request, request.pass)) ?? (await openScheduled(needs, request, users));
  if (!pass) return 'missing';
  try {
    await connectionOfPass(needs, request, pass, context);
  } catch (error) {
    if (error instanceof PassOver) return 'missing';
    throw error;
  }
  return { shards: request.kind === 'sample' ? [sampleShard] : needs.users.shards, users };
}

async function openScheduled(needs: PassNeeds, request: PassRequest, users: number): Promise<Pass | undefined> {
  const connection = request.scheduled ? await needs.connectionOf(request) : undefined;
  if (!connection) return undefined;
  const { environment, connection: id, pass, kind } = request;
  const opened = { environment, connection: id, id: pass, kind, stage: 'planning', startedBy: 'schedule', users } as const;
  await needs.passes.open({ ...opened, connectionVersion: connection.version, startedAt: needs.now() });
  return needs.passes.read(request, pass);
}

async function within<T>(needs: PassNeeds, request: PassRequest, work: (context: AttemptContext) => Promise<T>): Promise<T> {
  const context = Context.current();
  try {
    return await work(contextOfActivity(context, 'bulk'));
  } catch (error) {
    if (error instanceof CancelledFailure || context.cancellationSignal.aborted) throw new CancelledFailure('cancelled');
    const failure = asFailure(error, context.info.attempt);
    if (failure) throw failure;
    needs.report(request, error);
    throw ApplicationFailure.create({ type: 'unexpected', message: "an unexpected failure: see the worker's log" });
  }
}

/** Undefined for what is not expected: its text may quote what it failed on, and histories are readable. */
function asFailure(error: unknown, attempt: number): ApplicationFailure | undefined {
  if (error instanceof PassOver)
    return ApplicationFailure.create({ type: error.reason, message: error.message, nonRetryable: true });
  const later = (type: string, message: string, ms: number) =>
    ApplicationFailure.create({ type, message, nextRetryDelay: retryDelayMs(ms, attempt) });
  if (error instanceof Quarantined) return later('quarantined', `the directory is in quarantine: ${error.why}`, 5_000);
  return error instanceof TryAgain ? later(error.reason, error.message, error.retryAfterMs ?? 0) : undefined;
}
