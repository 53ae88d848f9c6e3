import {
  type AccountHash,
  type DesiredUser,
  type NotPlanned,
  type OpenWork,
  type Outcome,
  type SourceRecord,
  type UserRef,
} from '@tallystick/devices-domain';
import { TryAgain } from './directory-failure.ts';
import type { AttemptContext, DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';
import { settle, tryAgainAfter } from './settle.ts';

/** After so many attempts a condition that only others can end is reported; it is waited for all the same. */
const patience = 8;

/** Time for a predecessor's last call to end, beyond its call time-out. */
const takeoverMarginMs = 250;

const noWork: OpenWork = { intent: { createdByUs: false }, done: [] };

/**
 * Observe → plan → apply for one user, once: the whole of an activity attempt. Returns what became of it; throws TryAgain when the
 * directory, the connection or the account's owner must be waited for, FencedOut when a newer attempt has taken over.
 */
export async function reconcileUser(needs: DeviceActivityNeeds, user: UserRef, context: AttemptContext): Promise<Outcome> {
  const { store } = needs;
  const connection = needs.connectionOf(user);
  // A worker with an older settings file must not use up the news of a connection that it does not know.
  if (!connection)
    throw new TryAgain('no-connection', "this connection is not in the worker's settings: is its file up to date?", 10_000);
  const attempt = await store.begin(user);
  // True while a call of an earlier attempt or of ours may be under way: then the next attempt has to wait for it.
  let callMayRun = attempt.previousMayRun;
  try {
    const takeOver = async (): Promise<void> => {
      callMayRun = true;
      await context.pause(connection.callTimeoutMs + takeoverMarginMs);
      callMayRun = false;
    };
    if (attempt.previousMayRun) await takeOver();
    const about = await whatToDo(needs, connection, user, context);
    if (about.kind === 'in-sync') {
      return await conclude(
        needs,
        user,
        attempt.fence,
        { kind: 'in-sync', version: about.version, steps: [], findings: [] },
        undefined,
      );
    }
    if (about.kind === 'not-planned') {
      // Whatever an earlier attempt left open is still open.
      return await conclude(
        needs,
        user,
        attempt.fence,
        { kind: 'not-planned', steps: [], findings: [], ...about.result },
        attempt.work,
      );
    }
    if (about.takenOver) await takeOver();
    const { desired, account, version } = about;
    const work = workFor(attempt.work ?? noWork, account, version);
    const settled = await settle(
      { needs, connection, user, context, fence: attempt.fence, account, desired, work, firstSight: attempt.firstSight },
      () => {
        callMayRun = true;
      },
    );
    const outcome = await conclude(needs, user, attempt.fence, { ...settled.result, version }, stillOpen(settled.work, desired));
    // Last: before it, a crash leaves an owner who looks again; an account given up too early would make this outcome a stranger's.
    if (settled.vacant) await store.releaseAccount(user, account);
    return outcome;
  } catch (error) {
    if (!callMayRun) await store.yield(user, attempt.fence).catch(() => undefined);
    throw error;
  }
}

type WhatToDo =
  | { readonly kind: 'in-sync'; readonly version: string }
  | { readonly kind: 'not-planned'; readonly result: Pick<Outcome, 'because' | 'version'> & { readonly detail?: string } }
  | {
      readonly kind: 'plan';
      readonly desired: DesiredUser;
      readonly account: AccountHash;
      readonly version: string;
      readonly takenOver: boolean;
    };

/** From the newest record to the account that it is about, and the right to write it. */
async function whatToDo(
  needs: DeviceActivityNeeds,
  connection: ReconcileConnection,
  user: UserRef,
  context: AttemptContext,
): Promise<WhatToDo> {
  const { store } = needs;
  const notPlanned = (because: NotPlanned, version: string, detail?: string): WhatToDo => ({
    kind: 'not-planned',
    result: { because, version, ...(detail === undefined ? {} : { detail }) },
  });
  const record = await store.record(user);
  if (!record) {
    // Somebody was woken for a record that is not there: the store lost it, and may get it back.
    if (context.attempt < patience) throw new TryAgain('no-record', 'the source record of this user is not in the store');
    return notPlanned('no-record', '');
  }
  const mapped = connection.map(record.attributes, record.deleted);
  if (!mapped.ok) return notPlanned('record-unmappable', record.version, mapped.error);
  const { username } = mapped.value;
  if (record.deleted && record.movedTo !== undefined && (await goesOnAs(needs, connection, user, record, username)))
    return notPlanned('moved', record.version);
  const account = needs.accountOf(connection.directoryId, username);
  const claim = await store.claimAccount(user, account, record.deleted ? 'only-ours' : 'free-or-ours');
  if (claim === 'not-owned') {
    const observed = await connection.directory.observe(username);
    context.heartbeat({ calls: 0 });
    if (!observed.ok) throw tryAgainAfter(observed.error);
    // Nothing is left of somebody who is gone: that is what the datastore wants.
    return observed.value.kind === 'absent'
      ? { kind: 'in-sync', version: record.version }
      : notPlanned('account-not-managed', record.version);
  }
  if (claim === 'owned-by-another') {
    // Who is gone can't lose an account that is somebody else's; who is there waits until its owner leaves.
    if (record.deleted) return notPlanned('account-owned-by-another', record.version);
    if (context.attempt % 60 === patience) await report(needs, user, record.version);
    throw new TryAgain(
      'account-owned-by-another',
      'the directory account of this username belongs to another user of the datastore',
      context.attempt < patience ? undefined : 60_000,
    );
  }
  const desired: DesiredUser = record.deleted ? { kind: 'gone', username } : mapped.value;
  return { kind: 'plan', desired, account, version: record.version, takenOver: claim === 'taken-over' };
}

/** A key change (R23) is no removal, unless the new key names another account: a changed username is a different user (P20). */
async function goesOnAs(
  needs: DeviceActivityNeeds,
  connection: ReconcileConnection,
  user: UserRef,
  record: SourceRecord,
  username: string,
): Promise<boolean> {
  const successor = await needs.store.record({ ...user, user: record.movedTo! });
  if (!successor || successor.deleted) return true; // it will come, or it ends the account itself
  const mapped = connection.map(successor.attributes, true);
  return (
    !mapped.ok ||
    needs.accountOf(connection.directoryId, mapped.value.username) === needs.accountOf(connection.directoryId, username)
  );
}

async function report(needs: DeviceActivityNeeds, user: UserRef, version: string): Promise<void> {
  await needs.publish({
    ...user,
    kind: 'not-planned',
    because: 'account-owned-by-another',
    version,
    steps: [],
    findings: [],
    at: needs.now(),
  });
}

/**
 * What is remembered beyond the end: devices that no observation has shown yet, and, of a user who was closed meanwhile, a pairing
 * whose device may exist without its name.
 */
function stillOpen(work: OpenWork, desired: DesiredUser): OpenWork | undefined {
  const { unseenPairs = [], openPair } = work.intent;
  const closed = desired.kind === 'gone' || !desired.enabled;
  const intent = {
    createdByUs: false,
    ...(unseenPairs.length > 0 ? { unseenPairs } : {}),
    ...(closed && openPair ? { openPair } : {}),
  };
  return Object.keys(intent).length > 1 ? { ...work, intent, done: [] } : undefined;
}

/** An intent about another account is void; of an older record what was done still has to be told, what was refused no longer counts. */
function workFor(work: OpenWork, account: AccountHash, version: string): OpenWork {
  const intent = work.account === undefined || work.account === account ? work.intent : noWork.intent;
  return {
    account,
    version,
    intent,
    done: work.version === version ? work.done : work.done.filter(({ result }) => result === 'done'),
  };
}

/** Publishes first, then closes: a crash between publishes twice and loses nothing. */
async function conclude(
  { store, publish, now }: DeviceActivityNeeds,
  user: UserRef,
  fence: number,
  result: Omit<Outcome, keyof UserRef | 'at'>,
  keep: OpenWork | undefined,
): Promise<Outcome> {
  const outcome: Outcome = { ...user, ...result, at: now() };
  await publish(outcome);
  await store.finish(user, fence, outcome, keep);
  return outcome;
}
