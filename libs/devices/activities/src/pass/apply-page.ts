import type { Outcome, Pass, UserRef } from '@tallystick/devices-domain';
import type { PassRequest } from '@tallystick/devices-workflow-api';
import { Quarantined, TryAgain } from '../directory-failure.ts';
import type { AttemptContext } from '../reconcile-connection.ts';
import { connectionOfPass, readPass } from './connection-of-pass.ts';
import { type PassNeeds, PassOver } from './pass-needs.ts';
import { sideBySide } from './side-by-side.ts';

const pageSize = 100;

/**
 * So long users are handed over one after the other, page of results by page of results: where an activity ends, the budget has fewer and
 * fewer takers until the next has begun. No longer, for a pass that is paused or cancelled lets it end; and shorter after each failure,
 * which repeats all of it, so that a pass gets on even at a directory that is well for moments only.
 */
const handOverMs = 20_000;

/** Of a connection that is not known any more: its users' own runs say so. */
const usualWidth = 4;

const firstLookMs = 50;
const longestLookMs = 2_000;

/**
 * Wakes who differs and waits for each one's outcome, twice as many at one time as may call the directory at once: a run is not only
 * calls, and one that waits for the engine should not leave its place at the directory empty. More would fill the engine with users who
 * only wait for the budget. @throws PassOver, TryAgain, Quarantined: the page is for later, all of it
 */
export async function applyPage(
  needs: PassNeeds,
  request: PassRequest,
  cursor: string | undefined,
  appliedBefore: number,
  context: AttemptContext,
): Promise<{ readonly next?: string; readonly applied: number; readonly users: number }> {
  const pass = await readPass(needs, request);
  const width = await widthOf(needs, request, pass, context);
  const handedOver: HandedOver = { users: 0 };
  const outcomes = await sideBySide(differing(needs, request, cursor, context, handedOver), 2 * width, (user) =>
    applyOne(needs, pass, user, context),
  );
  const applied = outcomes.filter((outcome) => outcome?.kind === 'changed' || outcome?.kind === 'in-sync').length;
  await needs.passes.update(request, request.pass, { applied: appliedBefore + applied });
  return { applied, ...handedOver };
}

interface HandedOver {
  users: number;
  /** Where the next activity goes on. */
  next?: string;
}

/** Asked for the next one while outcomes of others are still awaited. Who stops asking leaves the rest unread. */
async function* differing(
  { passes, now }: PassNeeds,
  request: PassRequest,
  cursor: string | undefined,
  context: AttemptContext,
  handedOver: HandedOver,
): AsyncGenerator<UserRef> {
  const { environment, connection } = request;
  const until = now() + handOverMs / context.attempt;
  for (let from = cursor; ;) {
    context.heartbeat({ calls: 0 });
    const { entries, next } = await passes.entries(request, request.pass, from, pageSize);
    for (const { user, result } of entries) {
      if (result !== 'differs') continue;
      handedOver.users += 1;
      yield { environment, connection, user };
    }
    if (next === undefined) return;
    if (now() >= until) {
      handedOver.next = next;
      return;
    }
    from = next;
  }
}

async function widthOf(needs: PassNeeds, request: PassRequest, pass: Pass, context: AttemptContext): Promise<number> {
  try {
    return (await connectionOfPass(needs, request, pass, context)).budget.inFlight;
  } catch (error) {
    // A newer document: each user's own run plans with it, and asks the guards about that plan (R26).
    if (error instanceof PassOver) return usualWidth;
    throw error;
  }
}

async function applyOne(needs: PassNeeds, pass: Pass, user: UserRef, context: AttemptContext): Promise<Outcome | undefined> {
  if (context.cancelled()) throw new TryAgain('attempt-cancelled', 'the worker is shutting down, or the pass was cancelled');
  const before = await needs.lastOutcome(user);
  await needs.wake(user, 'bulk');
  const outcome = await newOutcome(needs, user, before, context);
  if (outcome?.kind === 'quarantined') throw new Quarantined('directory-failing');
  // The user's own run tells the guards only of plans that they stopped, or that take something; the pass held the others too.
  if (outcome && pass.hold !== undefined && isOver(outcome))
    await needs.guards.settled(user, outcome.kind === 'in-sync' ? 'changed' : 'done');
  return outcome;
}

const isOver = ({ kind }: Outcome): boolean => kind === 'changed' || kind === 'in-sync' || kind === 'partial';

/**
 * Told apart from the one before by itself, not by time: clocks of workers differ. A run that was under way may give its outcome first;
 * the wake-up makes it run once more.
 */
async function newOutcome(
  { lastOutcome, outcomeWaitMs }: PassNeeds,
  user: UserRef,
  before: Outcome | undefined,
  context: AttemptContext,
): Promise<Outcome | undefined> {
  let waitedMs = 0;
  while (waitedMs < outcomeWaitMs) {
    context.heartbeat({ calls: 0 });
    const outcome = await lastOutcome(user);
    if (outcome && (outcome.at !== before?.at || outcome.version !== before.version)) return outcome;
    if (context.cancelled()) throw new TryAgain('attempt-cancelled', 'the worker is shutting down, or the pass was cancelled');
    // A tenth of what was waited: nobody's place stays taken much longer than the run took.
    const pauseMs = Math.min(Math.max(firstLookMs, Math.ceil(waitedMs / 10)), longestLookMs);
    await context.pause(pauseMs);
    waitedMs += pauseMs;
  }
  return undefined; // it waits for something that takes longer, and goes on without the pass
}
