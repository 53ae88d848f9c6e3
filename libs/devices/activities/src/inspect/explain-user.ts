import { type ConnectionRef, countsOf, type Explanation, type Plan, type UserRef } from '@tallystick/devices-domain';
import { DirectoryCalls } from '../directory-calls.ts';
import type { AttemptContext } from '../reconcile-connection.ts';
import { isAsked } from '../plan-guard.ts';
import { lookAtUser, type LookVerdict, type UserLook } from './look-at-user.ts';
import type { AccountOwner, ExplainedConnection, InspectNeeds } from './look-needs.ts';

/** Why the user is as they are, with one look at the directory in the lane of `context`. Writes nothing. @throws Quarantined, TryAgain */
export async function explainUser(
  needs: InspectNeeds,
  connection: ExplainedConnection,
  user: UserRef,
  context: AttemptContext,
): Promise<Explanation> {
  const look = await lookAtUser(needs, connection, new DirectoryCalls(needs, connection, context), user);
  const [pending, outcomes] = await Promise.all([needs.looks.pending(user), needs.looks.outcomes(user)]);
  const { verdict, memory, desired, observed } = look;
  const guard = verdict.kind === 'planned' ? await guardOf(needs, connection, user, verdict) : undefined;
  return {
    ...refOf(user),
    user: user.user,
    at: needs.now(),
    connectionVersion: connection.version,
    ...(look.record && { record: recordOf(look.record, pending) }),
    ...traced(connection, look),
    ...(desired && { desired }),
    ...(look.owner && { owner: owners[look.owner] }),
    ...(observed && { observed }),
    ...(verdict.kind === 'planned' && { plan: verdict.plan, planHash: verdict.planHash, counts: verdict.counts }),
    ...(verdict.kind === 'not-planned' && { notPlanned: verdict.because }),
    ...(guard && { guard }),
    unfinished: memory.underWay || memory.work?.intent.openPair !== undefined,
    outcomes,
  };
}

const refOf = ({ environment, connection }: ConnectionRef): ConnectionRef => ({ environment, connection });

/** Whoever had it is gone: for a person it is nobody's. */
const owners: Readonly<Record<AccountOwner, NonNullable<Explanation['owner']>>> = {
  'this-user': 'this-user',
  nobody: 'nobody',
  'left-to-this-user': 'nobody',
  left: 'nobody',
  'another-user': 'another-user',
};

function recordOf(
  { version, deleted, movedTo, attributes }: NonNullable<UserLook['record']>,
  pending: boolean,
): NonNullable<Explanation['record']> {
  return { position: version, deleted, ...(movedTo !== undefined && { movedTo }), attributes, pending };
}

function traced({ trace }: ExplainedConnection, { record, scope }: UserLook): Pick<Explanation, 'scope' | 'targets'> {
  if (!record) return { targets: [] };
  return { ...(scope && { scope }), targets: trace(record) };
}

/** As `PlanGuard` asks, without counting: a plan that takes nothing from anybody needs no asking. */
async function guardOf(
  { guards }: InspectNeeds,
  connection: ExplainedConnection,
  user: UserRef,
  { asked, planHash }: Extract<LookVerdict, { kind: 'planned' }>,
): Promise<NonNullable<Explanation['guard']>> {
  if (!isAsked(asked)) return { kind: 'pass' };
  return judged(asked, await guards.look(user, planHash, countsOf(asked), await limitsOf(connection)));
}

async function limitsOf({ guards, users }: ExplainedConnection) {
  return { settings: guards, users: await users() };
}

function judged(
  { needs }: Plan,
  { reservation, waitsIn }: Awaited<ReturnType<InspectNeeds['guards']['look']>>,
): NonNullable<Explanation['guard']> {
  if (reservation.kind === 'approved' || reservation.kind === 'rejected') return { kind: reservation.kind };
  const because = reservation.kind === 'exceeded' ? reservation.because : needs?.[0];
  if (because === undefined) return { kind: 'pass' };
  return { kind: 'hold', because, ...(waitsIn !== undefined && { hold: waitsIn }) };
}
