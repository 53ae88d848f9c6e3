import {
  type AccountHash,
  type Claim,
  type HoldId,
  type Intent,
  noChanges,
  type NotedPlan,
  type OpenWork,
  type Outcome,
  type SourceRecord,
  type UserRef,
  userRefText,
} from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';
import { isUnusedClaim } from './claim-account.ts';
import { TryAgain } from './directory-failure.ts';
import { intentAbout, withOnly, withoutHistory } from './intent-by-account.ts';
import { noteHandOver, notePlan } from './note-plan.ts';
import { lastRecordOf, wantedBy } from './plan-user.ts';
import type { DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';

/** A user who waits for an account that belongs to another user, living or gone. */
export interface Waiting {
  readonly needs: DeviceActivityNeeds;
  readonly connection: ReconcileConnection;
  readonly user: UserRef;
  readonly fence: number;
  readonly record: SourceRecord;
  /** The user is gone: there is only an account of their own to be closed. */
  readonly gone: boolean;
  readonly account: AccountHash;
  readonly username: string;
  readonly claim: Extract<Claim, 'left' | 'owned-by-another'>;
  readonly work: OpenWork;
  /** They have waited long enough for a person to be asked, or one was asked about them already. */
  readonly mayAsk: boolean;
  /** For as long as the owner's next run may take. */
  readonly hasWaited: boolean;
}

export type HandedOver =
  /** The datastore does not say whose the account is, so that nobody can be asked (yet): its owner is to have it too, or can't be read. */
  | { readonly kind: 'unclear' }
  | {
      readonly kind: 'held';
      readonly result: Pick<Outcome, 'because' | 'hold' | 'findings'>;
      readonly noted?: NotedPlan | undefined;
    }
  | { readonly kind: 'handed-over' };

/**
 * The account of another user, where the datastore says that they do not have it any more.
 *
 *   owner gone for good ────────────┐
 *   owner's connection was removed ─┴─▶ handed over at once
 *   owner has another username (or went on under another key with one) ─▶ a person is asked (ADR 5.13)
 *
 * What a person approves is exactly this owner, this account and these records, and it is done only while they are so. The account is the
 * user's then, and none of its devices: `intent.handedOver` says so until they are gone. That is asked of a person also where a connection
 * leaves devices alone, since they would stay. Only an owner who is plainly this user, of the same source in a removed connection, leaves
 * the devices too.
 */
export async function handOver(waiting: Waiting): Promise<HandedOver> {
  const { needs, connection, gone, mayAsk, hasWaited } = waiting;
  const owner = await ownerWhoLeaves(waiting);
  if (!owner || (gone && owner.as !== 'this-user')) return { kind: 'unclear' };
  if (await isUnused(waiting, owner)) {
    // Its owner's next run gives it up; where none comes, nothing in it is theirs, and nobody need be asked.
    const comes = owner.ref.connection === waiting.user.connection;
    return comes && !hasWaited ? { kind: 'unclear' } : giveUnused(waiting, owner);
  }
  if (owner.as === 'this-user') return give(waiting, owner, undefined);
  const removes = connection.options.manageDevices !== 'do-not-manage';
  if (owner.as === 'left' && removes) return give(waiting, owner, needs.now());
  if (!mayAsk) return { kind: 'unclear' };
  const answer = await askFor(waiting, owner);
  if (answer.kind === 'held') return answer;
  const given = await give(waiting, owner, needs.now());
  await needs.guards.settled(waiting.user, 'done');
  return given;
}

interface Leaver {
  readonly ref: UserRef;
  readonly record: SourceRecord;
  /** Of whoever the owner went on as. */
  readonly successor?: SourceRecord;
  /** `elsewhere`: with another account. `this-user`: by the records it is one person in two connections. */
  readonly as: 'elsewhere' | 'left' | 'this-user';
}

const reasons: Readonly<Record<Leaver['as'], string>> = {
  elsewhere: 'its owner has another account, and a person approved it',
  left: 'its owner is gone',
  'this-user': 'its owner is the same person, of a connection that was removed',
};

const isUnused = ({ needs, connection, username }: Waiting, { ref }: Leaver): Promise<boolean> =>
  isUnusedClaim((name) => needs.accountOf(connection.directoryId, name), needs.store, ref, username);

/** What the owner may have begun there in the meantime is read again when they can't write any more. */
async function giveUnused(waiting: Waiting, owner: Leaver): Promise<HandedOver> {
  const { needs, user, fence, username } = waiting;
  const given = await give(waiting, owner, undefined, 'claimed');
  const work = (await isUnused(waiting, owner)) ? undefined : await needs.store.workOf(user);
  if (work) await needs.store.saveWork(user, fence, { ...work, intent: intentAfterHandOver(work.intent, username, needs.now()) });
  return given;
}

/** @throws TryAgain when a record or the owner is another by now */
async function give(
  { needs, connection, ...waiting }: Waiting,
  owner: Leaver,
  at: Instant | undefined,
  how?: 'claimed',
): Promise<HandedOver> {
  const { user, fence, account, username, record } = waiting;
  const work = withoutHistory(waiting.work, account, (name) => needs.accountOf(connection.directoryId, name) === account);
  await noteHandOver(needs, user, how ? 'its owner had only claimed it, and nothing came of it' : reasons[owner.as]);
  const after = {
    account,
    version: record.version,
    intent: intentAfterHandOver(intentAbout(work, account), username, at, how),
    done: [],
  };
  const from = { account, owner: owner.ref, version: record.version, ownerVersion: owner.record.version };
  if ((await needs.store.handOver(user, fence, from, after)) === 'changed')
    throw new TryAgain('account-owned-by-another', 'a record or the owner of the account changed while it was handed over');
  return { kind: 'handed-over' };
}

async function askFor(
  { needs, connection, user, account, record, work }: Waiting,
  { ref, record: theirs, successor }: Leaver,
): Promise<Extract<HandedOver, { kind: 'held' }> | { readonly kind: 'approved' }> {
  const { guards } = needs;
  const versions = [theirs.version, record.version, ...(successor ? [successor.version] : [])];
  const planHash = needs.hashPlan(JSON.stringify(['hand-over-1', connection.version, account, userRefText(ref), ...versions]));
  const limits = { settings: connection.guards, users: await connection.users() };
  const reservation = await guards.reserve(user, planHash, noChanges, limits, needs.now());
  if (reservation.kind === 'granted') await guards.release(user, planHash); // nothing is counted: this is always a person's to say
  const finding = { kind: 'account-of-another-user', owner: ref.user } as const;
  const held = (because: NonNullable<Outcome['because']>, hold: HoldId, noted = work.intent.noted) =>
    ({ kind: 'held', result: { because, hold, findings: [finding] }, noted }) as const;
  if (reservation.kind === 'approved') return { kind: 'approved' };
  if (reservation.kind === 'rejected') return held('rejected-by-a-person', reservation.hold);
  const because = 'account-owned-by-another';
  const how = { because, holdHours: connection.guards.holdHours } as const;
  const plan = { steps: [], findings: [finding] };
  const noted = await notePlan(needs, user, 'held', { hash: planHash, steps: [], because }, work.intent.noted);
  return held(because, await guards.hold(user, { planHash, counts: noChanges, plan }, how, needs.now()), noted);
}

/** Of a living owner only in the same connection: its approvers answer for its own users, and its mapping can read them. */
async function ownerWhoLeaves(waiting: Waiting): Promise<Leaver | undefined> {
  const { needs, connection, user, account, claim, record: mine } = waiting;
  const { store } = needs;
  const ref = await store.ownerOf(account);
  const record = ref && (await store.record(ref));
  if (!record) return undefined;
  if (claim === 'left') return record.deleted ? { ref, record, as: 'left' } : undefined; // else they are back
  if (ref.environment !== user.environment) return undefined;
  if (ref.connection !== user.connection) {
    // Nobody manages that account any more, and nobody would ever close it.
    if (!(await needs.isRemoved(ref))) return undefined;
    return { ref, record, as: isSamePerson(record, mine) ? 'this-user' : 'left' };
  }
  const now = await lastRecordOf(store, ref, record); // of the key that they live on under (R23)
  if (!now || now.deleted) return undefined;
  const wanted = wantedBy(connection, now, undefined);
  if (!wanted.ok) return undefined;
  const { desired, gone } = wanted.value;
  if (!gone && needs.accountOf(connection.directoryId, desired.username) === account) return undefined;
  return { ref, record, as: 'elsewhere', ...(now !== record && { successor: now }) };
}

/** Every column is the same, its key too where records are kept whole: a connection that was made anew reads the same source. */
export function isSamePerson({ deleted, attributes: a }: SourceRecord, { attributes: b }: SourceRecord): boolean {
  if (deleted) return false;
  const [one, other] = [a, b].map((attributes) =>
    JSON.stringify(Object.entries(attributes).sort(([x], [y]) => (x < y ? -1 : 1))),
  );
  return one === other && Object.keys(a).length > 0;
}

/** The account is this user's, and to be closed when they have another one by the time anybody looks. `at`: with the devices of another. */
export function intentAfterHandOver(intent: Intent, username: string, at: Instant | undefined, how?: 'claimed'): Intent {
  const begun = [...(intent.begun ?? []).filter((it) => it.username !== username), { username, ...(how && { how }) }];
  return withOnly({ ...intent, begun }, { createdByUs: false, ...(at !== undefined && { handedOver: { at, isNew: true } }) });
}

/** Until then a device of the former owner may come to light whose pairing was under way at the hand-over (R30). */
export const handOverSettledAt = (
  { handedOver }: Intent,
  { visibilityWindowMs, callTimeoutMs }: Pick<ReconcileConnection, 'visibilityWindowMs' | 'callTimeoutMs'>,
): number | undefined => (handedOver && !handedOver.devices ? handedOver.at + visibilityWindowMs + 2 * callTimeoutMs : undefined);
