import type { NotPlanned, OpenWork, Outcome, UserRef } from '@tallystick/devices-domain';
import { DirectoryCalls } from './directory-calls.ts';
import { Quarantined, TryAgain } from './directory-failure.ts';
import { begunOf, closeFormers, formersNeeds, isOpen, leavesFormers } from './former-account.ts';
import { handOverSettledAt } from './hand-over.ts';
import { type SettledAll, stillOpen, workFor } from './kept-work.ts';
import { noteResult } from './note-plan.ts';
import { closesWith, formersOf, formerUsernameIn } from './plan-user.ts';
import type { AttemptContext, DeviceActivityNeeds } from './reconcile-connection.ts';
import { lostRename, renamed } from './renamed-account.ts';
import { observe, settle, type Settling } from './settle.ts';
import { noWork, type WhatToDo, whatToDo } from './what-to-do.ts';

/** Time for a predecessor's last call to end, beyond its call time-out. */
const takeoverMarginMs = 250;

/**
 * Observe → plan → apply for one user, once: the whole of an activity attempt. Returns what became of it; throws TryAgain when the
 * directory, the connection or the account's owner must be waited for, FencedOut when a newer attempt has taken over.
 */
export async function reconcileUser(needs: DeviceActivityNeeds, user: UserRef, context: AttemptContext): Promise<Outcome> {
  const { store } = needs;
  const connection = await needs.connectionOf(user);
  // A worker with an older settings file must not use up the news of a connection that it does not know.
  if (!connection)
    throw new TryAgain('no-connection', "this connection is not in the worker's settings: is its file up to date?", 10_000);
  const attempt = await store.begin(user);
  const { fence } = attempt;
  const calls = new DirectoryCalls(needs, connection, context);
  // True while a call of an earlier attempt or of ours may be under way: then the next attempt has to wait for it.
  let callMayRun = attempt.previousMayRun;
  let saved = attempt.work;
  let version = '';
  try {
    const takeOver = async (): Promise<void> => {
      callMayRun = true;
      await context.pause(connection.callTimeoutMs + takeoverMarginMs);
      callMayRun = false;
    };
    if (attempt.previousMayRun) await takeOver();
    const rename = await lostRename(formersNeeds(needs, user), connection, attempt.work, (name) => observe(calls, name));
    const renaming = { needs, connection, store, user, fence };
    const found = attempt.work && rename ? await renamed(renaming, attempt.work, rename) : attempt.work;
    saved = found;
    const save = async (work: OpenWork): Promise<void> => {
      await store.saveWork(user, fence, work);
      saved = work;
    };
    const about = await whatToDo({ needs, connection, calls, user, context, fence }, found, save);
    version = about.version;
    if (about.kind === 'handed-over') {
      await takeOver();
      throw new TryAgain(
        'waiting-for-visibility',
        'the account was handed over, and its devices are looked at when all are listed',
      );
    }
    if (about.kind === 'held') return await wait(needs, user, fence, about, saved ?? noWork);
    if (about.kind === 'in-sync') {
      if (found?.intent.held) await needs.guards.settled(user, 'changed');
      return await conclude(needs, user, fence, { kind: 'in-sync', version, steps: [], findings: [] }, about.keep);
    }
    if (about.kind === 'not-planned') {
      if (found?.intent.held && isForGood.has(about.result.because)) await needs.guards.settled(user, 'changed');
      const told = about.result.because === 'moved' && (await toldBefore(needs, user, fence, about));
      if (told) return told;
      // Whatever an earlier attempt left open is still open.
      return await conclude(
        needs,
        user,
        fence,
        { kind: 'not-planned', steps: [], findings: [], ...about.result, version },
        saved,
      );
    }
    if (about.takenOver) await takeOver();
    const { desired, account } = about;
    const work = workFor(about.work, account, version);
    const settledAt = handOverSettledAt(work.intent, connection) ?? 0;
    if (needs.now() < settledAt)
      throw new TryAgain('waiting-for-visibility', 'the account was handed over a moment ago', settledAt - needs.now());
    const settling: Settling = {
      ...{ needs, connection, calls, user, context, fence, account, desired, work, recordVersion: version },
      firstSight: attempt.firstSight,
      store: {
        assertMayWrite: (...args) => store.assertMayWrite(...args),
        saveWork: async (...args) => {
          await store.saveWork(...args);
          saved = args[2];
        },
      },
    };
    const settled = await settleAll(settling, about, () => {
      callMayRun = true;
    });
    if (settled.result.kind !== 'held') await tellGuards(needs, user, work, settled.work);
    const { kind } = settled.result;
    const tell = async () => (kind === 'held' ? undefined : noteResult(needs, user, settled.work.intent.noted, kind));
    const outcome = await conclude(needs, user, fence, { ...settled.result, version }, stillOpen(settled, desired), tell);
    // Last: before it, a crash leaves an owner who looks again; an account given up too early would make this outcome a stranger's.
    if (settled.vacant) await store.releaseAccount(user, fence, account);
    return outcome;
  } catch (error) {
    if (error instanceof Quarantined) {
      // Nothing is forgotten: whoever wakes the user when the directory is well goes on from here.
      await needs.remind(user, error.restMs);
      return await conclude(
        needs,
        user,
        fence,
        { kind: 'quarantined', because: error.why, version, steps: [], findings: [] },
        saved,
      );
    }
    if (!callMayRun) await store.yield(user, fence).catch(() => undefined);
    throw error;
  }
}

/** The account, and what a changed username left behind. */
async function settleAll(
  settling: Settling,
  { record, former }: Extract<WhatToDo, { kind: 'plan' }>,
  writing: () => void,
): Promise<SettledAll> {
  const { needs, connection, user, desired, work } = settling;
  const { options } = connection;
  const formers = await formersOf(formersNeeds(needs, user), connection, user, record, desired, work.intent);
  const at = former ? closesWith(connection, former.account) : connection;
  const settled = await settle({ ...settling, connection: at, formerUsername: formerUsernameIn(formers, options) }, writing);
  // It is told, and nothing else; but where they are is known until they are elsewhere.
  if (options.usernameChange === 'report' && desired.kind === 'present')
    return { ...settled, left: settled.present ? [] : formers.map(begunOf) };
  if (leavesFormers(work.intent, desired)) {
    if (formers.length > 0) await needs.remind(user);
    return { ...settled, left: formers.map(begunOf) };
  }
  const all = await closeFormers(formers, settling, settled, writing);
  if (!former) return all;
  const isKept = isOpen(settled) || (former.mayReturn && !settled.vacant);
  const left = [...former.keeps, ...(isKept ? [begunOf(former.account)] : []), ...all.left];
  return { ...all, left, isFormer: true };
}

/** After these a plan that was held is never made. */
const isForGood: ReadonlySet<NotPlanned> = new Set([
  'moved',
  'protected-username',
  'account-owned-by-another',
  'account-not-managed',
]);

/**
 * A person has to say whose the account is; without them its owner may still leave, so the user is woken to look again. What is new is
 * told, the rest is not told every minute.
 */
async function wait(
  needs: DeviceActivityNeeds,
  user: UserRef,
  fence: number,
  { version, result, noted }: Extract<WhatToDo, { kind: 'held' }>,
  work: OpenWork,
): Promise<Outcome> {
  await needs.remind(user);
  const told = await toldBefore(needs, user, fence, { kind: 'held', version, result });
  if (told) return told;
  const keep: OpenWork = { ...work, intent: { ...work.intent, held: true, ...(noted && { noted }) } };
  return conclude(needs, user, fence, { kind: 'held', steps: [], ...result, version }, keep);
}

/** The same has been told before: the attempt ends, and nobody is told again. */
async function toldBefore(
  { store }: DeviceActivityNeeds,
  user: UserRef,
  fence: number,
  {
    kind,
    version,
    result,
  }: { readonly kind: Outcome['kind']; readonly version: string; readonly result: Pick<Outcome, 'because' | 'hold'> },
): Promise<Outcome | undefined> {
  const last = await store.lastOutcome(user);
  const { because, hold } = result;
  if (last?.kind !== kind || last.because !== because || last.hold !== hold || last.version !== version) return undefined;
  await store.yield(user, fence);
  return last;
}

/** Whatever waited for a person is over now: done as it was granted, or not wanted any more (R26). */
async function tellGuards({ guards }: DeviceActivityNeeds, user: UserRef, before: OpenWork, after: OpenWork): Promise<void> {
  if (after.intent.granted?.approved) await guards.settled(user, 'done');
  else if (before.intent.held) await guards.settled(user, 'changed');
}

/**
 * Publishes first, then closes: a crash between publishes twice and loses nothing. `tell` stands right before the end: what is repeated
 * for as long as Kafka is away may not be noted each time, or the notes of results would fill the audit.
 */
async function conclude(
  { store, publish, now }: DeviceActivityNeeds,
  user: UserRef,
  fence: number,
  result: Omit<Outcome, keyof UserRef | 'at'>,
  keep: OpenWork | undefined,
  tell?: () => Promise<void>,
): Promise<Outcome> {
  const outcome: Outcome = { ...user, ...result, at: now() };
  await publish(outcome);
  await tell?.();
  await store.finish(user, fence, outcome, keep);
  return outcome;
}
