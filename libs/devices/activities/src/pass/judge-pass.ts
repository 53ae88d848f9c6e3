import {
  type GuardReason,
  guardPass,
  type Hold,
  type HoldId,
  type Pass,
  type PassEntry,
  type PassSums,
} from '@tallystick/devices-domain';
import type { PassRequest, PassVerdict } from '@tallystick/devices-workflow-api';
import type { AttemptContext, ReconcileConnection } from '../reconcile-connection.ts';
import { connectionOfPass, readPass } from './connection-of-pass.ts';
import type { PassNeeds } from './pass-needs.ts';
import { livingTarget } from './plan-page.ts';
import { sideBySide } from './side-by-side.ts';

const pageSize = 500;
const holdsAtOnce = 16;

/** The sums meet the guards; what must wait for a person is put into a hold of this pass, user by user. @throws PassOver, TryAgain */
export async function judgePass(needs: PassNeeds, request: PassRequest, context: AttemptContext): Promise<PassVerdict> {
  const pass = await readPass(needs, request);
  if (pass.kind !== 'pass' || pass.sums.differ === 0) return { kind: 'finished' };
  const connection = await connectionOfPass(needs, request, pass, context);
  const because = await reasonToWait(needs, pass, connection);
  if (because === undefined) return { kind: 'apply' };
  const hold = await holdAll(needs, pass, connection, because, context);
  // Every plan of it was answered before: each user's own run knows that answer.
  if (!hold) return { kind: 'apply' };
  await needs.passes.update(request, request.pass, { stage: 'held', hold: hold.id, because });
  return { kind: 'held', hold: hold.id };
}

/** R24, R25, R46. The window is not asked here: each user's own run reserves in it. */
async function reasonToWait(needs: PassNeeds, pass: Pass, { guards }: ReconcileConnection): Promise<GuardReason | undefined> {
  if (!guards.enabled) return undefined;
  const before = await needs.passes.lastDone(pass);
  const { stopped, raised } = await needs.source.source(pass);
  if (stopped || (raised && raised.at > (before?.at ?? 0))) return 'source-unhealthy';
  return guardPass(living(pass.sums), before && living(before.sums), guards);
}

/** Who is deleted keeps a record for ever, so the number of records never shrinks: what can shrink are those who are wanted. */
const living = (sums: PassSums): PassSums => ({ ...sums, users: sums.filled[livingTarget] ?? 0 });

/** Those who differ, with exactly the plans that were found. The hold's hash changes with each, so none is approved unseen. */
async function holdAll(
  { passes, guards, now }: PassNeeds,
  pass: Pass,
  { guards: settings }: ReconcileConnection,
  because: GuardReason,
  context: AttemptContext,
): Promise<Hold | undefined> {
  const how = { because, pass: pass.id, requestedBy: pass.startedBy, holdHours: settings.holdHours };
  const ids = new Set<HoldId>();
  let cursor: string | undefined;
  do {
    const { entries, next } = await passes.entries(pass, pass.id, cursor, pageSize);
    context.heartbeat({ calls: 0 });
    await sideBySide(entries.filter(isHoldable), holdsAtOnce, async ({ user, planHash, counts, plan }) => {
      context.heartbeat({ calls: 0 });
      ids.add(await guards.hold({ ...refOf(pass), user }, { planHash, counts, plan }, how, now()));
    });
    cursor = next;
  } while (cursor !== undefined);
  // A plan that was answered before names the hold of that answer.
  const holds = await Promise.all([...ids].map((id) => guards.read(pass, id)));
  const ours = holds.filter((hold) => hold?.pass === pass.id);
  return ours.find((hold) => hold?.state === 'open') ?? ours.at(-1);
}

type Holdable = PassEntry & Required<Pick<PassEntry, 'planHash' | 'counts' | 'plan'>>;

const isHoldable = (entry: PassEntry): entry is Holdable => entry.result === 'differs' && entry.planHash !== undefined;

const refOf = ({ environment, connection }: Pass) => ({ environment, connection });
