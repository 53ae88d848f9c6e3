import type { PassStage } from '@tallystick/devices-domain';
import {
  connectionAttribute,
  environmentAttribute,
  holdAnsweredSignal,
  type PassRequest,
  pausePassUpdate,
  resumePassUpdate,
} from '@tallystick/devices-workflow-api';
import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { PassRun } from './full-pass-run.ts';
import { type PassLimits, type PassProgress, usualLimits } from './full-pass-state.ts';

/**
 * A preview, a sample or a pass of a connection (R24, R26, R33):
 *
 *   planning ─▶ judged ─▶ done                     a preview, a sample, or nobody differs
 *                  ├────▶ applying ─▶ done
 *                  └────▶ held ─▶ approved ─▶ applying ─▶ done · rejected or expired ─▶ rejected
 *
 * Users are planned page by page with no write but the pass's own results; who differs is woken, so that one owner writes. It holds no list
 * of users: cursors, and sums for people to read. Cancelled, it lets its pages under way end (for {@link PassLimits.graceMs}, then they
 * are cancelled too) and ends as `cancelled`. Its end is a value; what can't be gone on with is `failed`.
 * @param carried of the run that this one continues
 * @param limits for tests
 */
export async function fullPass(request: PassRequest, carried?: PassProgress, limits?: Partial<PassLimits>): Promise<PassStage> {
  const run = new PassRun(request, { ...usualLimits, ...limits }, carried);
  setHandler(holdAnsweredSignal, () => run.answer());
  setHandler(pausePassUpdate, () => run.pause(), { validator: () => run.assertMayPause() });
  setHandler(resumePassUpdate, () => run.resume(), { validator: () => run.assertMayResume() });
  CancellationScope.current().cancelRequested.catch(() => run.cancel());
  return CancellationScope.nonCancellable(async () => {
    if (!carried) {
      upsertSearchAttributes([
        { key: environmentAttribute, value: request.environment },
        { key: connectionAttribute, value: request.connection },
      ]);
    }
    const end = (await endOf(run)) ?? (await cancelledAtLast(run));
    if (!end) return continueAsNew<typeof fullPass>(request, run.progress, limits);
    await run.close(end);
    await condition(allHandlersFinished);
    return end;
  });
}

/** A run that another one is to carry on waits for its handlers; a cancel that arrives meanwhile is this run's, and the next never hears of it. */
async function cancelledAtLast(run: PassRun): Promise<PassStage | undefined> {
  await condition(allHandlersFinished);
  return run.cancelled ? 'cancelled' : undefined;
}

/** Undefined when another run is to carry on. */
async function endOf(run: PassRun): Promise<PassStage | undefined> {
  const work = new CancellationScope();
  void run.graceIsOver().then((over) => (over ? work.cancel() : undefined));
  try {
    const end = await work.run(() => run.go());
    return end ?? (run.cancelled ? 'cancelled' : undefined);
  } catch (error) {
    if (run.cancelled && isCancellation(error)) return 'cancelled';
    if (error instanceof ActivityFailure) return 'failed';
    throw error;
  }
}
