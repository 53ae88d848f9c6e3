import {
  type AccountHash,
  type BegunAccount,
  type DesiredUser,
  type DirectoryFault,
  type Intent,
  longestKeyChain,
  type ObservedUser,
  type OpenWork,
  type Plan,
  planReconciliation,
  type Sight,
  type SourceRecord,
  type UserRef,
} from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import type { DirectoryCalls } from './directory-calls.ts';
import type { DeviceActivityNeeds, ReconcileConnection } from './reconcile-connection.ts';

// What a run and a look at a user decide in the same way (`reconcileUser` writes, `lookAtUser` does not): a preview that decided anything
// by itself would show a plan that nobody makes.

export interface Wanted {
  readonly desired: DesiredUser;
  /** Deleted, or out of scope: who leaves the scope is as gone as who was deleted (P9). */
  readonly gone: boolean;
}

export type Unmappable = { readonly scope: 'in' | 'out' | 'unreadable'; readonly because: string };

/** From a record to the user that the datastore wants. Refuses with a kebab-case reason of the scope or the mapping. */
export function wantedBy(
  { scope, map }: Pick<ReconcileConnection, 'scope' | 'map'>,
  { attributes, deleted }: SourceRecord,
  work: OpenWork | undefined,
): Result<Wanted, Unmappable> {
  const inScope = deleted ? ok(false) : (scope?.(attributes) ?? ok(true));
  if (!inScope.ok) return err({ scope: 'unreadable', because: inScope.error });
  const gone = !inScope.value;
  const mapped = map(attributes, gone);
  if (!mapped.ok) return err({ scope: gone ? 'out' : 'in', because: mapped.error });
  if (!gone) return ok({ desired: mapped.value, gone });
  // Who is gone is removed where we left them, not where a last change of name that we never followed would have put them.
  return ok({ desired: { kind: 'gone', username: work?.intent.managed?.username ?? mapped.value.username }, gone });
}

/** Where the records of a person's other keys are read. */
interface Records {
  record(user: UserRef): Promise<SourceRecord | undefined>;
}
type Naming = Pick<ReconcileConnection, 'map' | 'directoryId'>;

/** A key of a person, which they may have left for another one (R23). */
export interface Key {
  readonly accountOf: DeviceActivityNeeds['accountOf'];
  readonly records: Records;
  readonly connection: Naming;
  readonly user: UserRef;
  readonly record: SourceRecord;
}

const accountAs =
  ({ accountOf, connection }: Key) =>
  (username: string): AccountHash =>
    accountOf(connection.directoryId, username);

/**
 * A key change (R23) is no removal, over however many keys, unless the last one names another account: a changed username is a different user (P20).
 * Nor is it one while that key has not come. Whoever is gone under it as well is removed by whoever has the account.
 */
export async function goesOnAs(key: Key, username: string): Promise<boolean> {
  if (!hasMoved(key.record)) return false;
  const last = await lastRecordOf(key.records, key.user, key.record);
  if (!last) return true;
  if (last.deleted) return false;
  const mapped = key.connection.map(last.attributes, true);
  const of = accountAs(key);
  return !mapped.ok || of(mapped.value.username) === of(username);
}

/**
 * Whether the key leaves its account alone: the person goes on with it, or has another one under their last key, where this one was only linked, as
 * with a change of name.
 */
export async function hasMovedOn(key: Key, username: string, intent: Intent): Promise<boolean> {
  if (!hasMoved(key.record)) return false;
  if (await goesOnAs(key, username)) return true;
  const of = accountAs(key);
  return knownAs(of, intent, of(username)) === 'linked' && (await hasAnotherName(key, username));
}

/** By the last key of a person who does not go on with the account of this name. */
async function hasAnotherName(key: Key, username: string): Promise<boolean> {
  const { last, name } = await lastKeyOf(key);
  const of = accountAs(key);
  return last?.deleted === false || (name !== undefined && of(name) !== of(username));
}

/**
 * The account of a key that a person has moved on from, to one with another name, where a run of theirs had only activated it: it is closed as with
 * a change of name, and so not deleted.
 */
export async function activatedBefore(key: Key, username: string, intent: Intent): Promise<Former | undefined> {
  const of = accountAs(key);
  const account = of(username);
  if (!hasMoved(key.record) || knownAs(of, intent, account) !== 'activated') return undefined;
  if (!(await hasAnotherName(key, username))) return undefined;
  return { username, account, how: 'activated', goesOn: false, mayGetName: false };
}

const hasMoved = ({ deleted, movedTo }: SourceRecord): boolean => deleted && movedTo !== undefined;

/** The record under the last key of a person (R23). Undefined while that has not come, and where the keys lead in a circle, which says nothing. */
export async function lastRecordOf(records: Records, user: UserRef, first: SourceRecord): Promise<SourceRecord | undefined> {
  const keys = await keysOf(records, user, first);
  const last = keys.at(-1);
  return last && hasMoved(last) ? undefined : last;
}

/** The last record, and the newest name that any of the keys is known by: of one of which only the deletion came nothing else is known. */
async function lastKeyOf({
  records,
  connection: { map },
  user,
  record,
}: Key): Promise<{ readonly last?: SourceRecord | undefined; readonly name?: string }> {
  const keys = await keysOf(records, user, record);
  const last = keys.at(-1);
  if (!last || hasMoved(last)) return {};
  const names = keys.map(({ attributes }) => map(attributes, true)).flatMap((named) => (named.ok ? [named.value.username] : []));
  const name = names.at(-1);
  return { last, ...(name !== undefined && { name }) };
}

/** The records of a person's keys from this one on, as far as they have come. */
async function keysOf(records: Records, user: UserRef, first: SourceRecord): Promise<readonly SourceRecord[]> {
  const keys = [first];
  for (let moves = 0, { deleted, movedTo } = first; deleted && movedTo !== undefined && moves < longestKeyChain; moves += 1) {
    const next = await records.record({ ...user, user: movedTo });
    if (!next) break;
    keys.push(next);
    ({ deleted, movedTo } = next);
  }
  return keys;
}

/** What a user's own runs have come to at an account, where nothing of it is another key's. */
export const knownAs = (
  accountOf: (username: string) => AccountHash,
  { managed, begun = [] }: Intent,
  account: AccountHash,
): BegunAccount['how'] | 'managed' => {
  if (managed && accountOf(managed.username) === account) return 'managed';
  const known = begun.find((it) => accountOf(it.username) === account);
  return known?.from === undefined ? known?.how : undefined;
};

/** The account that gets the wanted name where accounts are renamed: where nobody has finished, the last one that was made. */
const mayGetName = ({ managed, begun = [] }: Intent): string | undefined =>
  managed?.username ?? begun.findLast(({ how, from }) => how === undefined && from === undefined)?.username;

/** An account of the user under another username than the wanted one (P20, L4). */
export interface Former {
  readonly username: string;
  readonly account: AccountHash;
  /** It is the one that gets the wanted name where accounts are renamed. */
  readonly mayGetName: boolean;
  readonly how: BegunAccount['how'];
  /** This user goes on with it under another key (R23), who may not have claimed it yet: it is known, and not closed. */
  readonly goesOn: boolean;
}

/** How a run and a look find out what of this is still so. */
export interface FormersNeeds {
  readonly accountOf: DeviceActivityNeeds['accountOf'];
  readonly record: (user: UserRef) => Promise<SourceRecord | undefined>;
  readonly isOurs: (account: AccountHash) => Promise<boolean>;
}

/**
 * Each account once, the managed one first. None that has another owner by now: two users that swapped their names never write one account.
 */
export async function formersOf(
  needs: FormersNeeds,
  connection: Pick<ReconcileConnection, 'directoryId' | 'protects' | 'map'>,
  user: UserRef,
  record: SourceRecord,
  desired: DesiredUser,
  intent: Intent,
): Promise<readonly Former[]> {
  const { directoryId, protects } = connection;
  const seen = new Set([needs.accountOf(directoryId, desired.username)]);
  // Of a leaver also what was only linked, where it is the account of their newest name: a run that finished there would have closed it. Who lives
  // on under another key has left it as with a change of name.
  const key: Key = { accountOf: needs.accountOf, records: needs, connection, user, record };
  const { last, name } = isLeaver(desired) ? await lastKeyOf(key) : {};
  const leaves = last !== undefined && (last.deleted || last === record);
  const newest = leaves && name !== undefined ? needs.accountOf(directoryId, name) : undefined;
  const formers: Former[] = [];
  const { managed, begun = [] } = intent;
  for (const { username, how, from } of [...(managed ? [managed] : []), ...begun] as readonly BegunAccount[]) {
    const account = needs.accountOf(directoryId, username);
    const isAnothers = how === 'claimed' || (how === 'linked' && account !== newest) || from !== undefined;
    if (isAnothers || seen.has(account) || protects(username)) continue;
    seen.add(account);
    if (!(await needs.isOurs(account))) continue;
    const goesOn = await goesOnAs(key, username);
    formers.push({ username, account, how, goesOn, mayGetName: !goesOn && username === mayGetName(intent) });
  }
  return formers;
}

/** The one that a plan for the wanted account has to know of: to rename it, or to tell of it. */
export const formerUsernameIn = (
  formers: readonly Former[],
  { usernameChange }: ReconcileConnection['options'],
): string | undefined =>
  (usernameChange === 'follow' ? formers.find(({ mayGetName }) => mayGetName) : formers.find(({ goesOn }) => !goesOn))?.username;

/** What was there before us is not deleted, whatever is done with leavers. */
export const closesWith = (connection: ReconcileConnection, { how }: Former): ReconcileConnection =>
  how === 'activated' ? { ...connection, options: { ...connection.options, removeAction: 'disable' } } : connection;

/** Deleted, out of scope or disabled: nobody is to sign in. */
export const isLeaver = (desired: DesiredUser): boolean => desired.kind === 'gone' || !desired.enabled;

/**
 * Who leaves is closed where they are, when the account of their newest name is not theirs (P24): there is nothing that this would have to wait
 * for. Where changed usernames are only reported, that is so of who is gone.
 */
export const isClosedWhereTheyAre = (desired: DesiredUser, { usernameChange }: ReconcileConnection['options']): boolean =>
  desired.kind === 'gone' || (!desired.enabled && usernameChange === 'follow');

/** Only who adds first has to know the limit before; whoever removes first meets it. Gives the fault that must be waited for. */
export async function learnLimit(
  { limits, now }: Pick<DeviceActivityNeeds, 'limits' | 'now'>,
  { options, directoryName }: ReconcileConnection,
  calls: DirectoryCalls,
  desired: DesiredUser,
): Promise<DirectoryFault | undefined> {
  if (options.order !== 'add-first' || desired.kind === 'gone' || limits.has(directoryName, now())) return undefined;
  const told = await calls.make('deviceLimit', (directory) => directory.deviceLimit());
  if (told.ok) limits.told(directoryName, told.value, now());
  return !told.ok && told.error.kind === 'unavailable' ? told.error : undefined;
}

/** Taken before the look: what a slow answer shows is of its beginning. The window begins when a call ends, and an intent knows when it began. */
export const sightOf = (
  { now }: Pick<DeviceActivityNeeds, 'now'>,
  { visibilityWindowMs, callTimeoutMs }: ReconcileConnection,
): Sight => ({ now: now(), visibleWithinMs: visibilityWindowMs + callTimeoutMs });

export interface About {
  readonly desired: DesiredUser;
  readonly observed: ObservedUser;
  readonly intent: Intent;
  readonly firstSight: boolean;
  readonly formerUsername?: string | undefined;
  readonly sight: Sight;
}

/** An account that is to be renamed is looked at before: one that is not there makes another plan, and one that is tells its id (`renaming`). */
export async function planOrRename(
  needs: Pick<DeviceActivityNeeds, 'limits' | 'now'>,
  connection: ReconcileConnection,
  about: About,
  observe: (username: string) => Promise<ObservedUser>,
): Promise<{ readonly plan: Plan; readonly rename?: { readonly from: string; readonly account: ObservedUser } }> {
  const plan = planUser(needs, connection, about);
  const [first] = plan.steps;
  if (first?.kind !== 'rename-user') return { plan };
  const account = await observe(first.from);
  if (account.kind === 'present') return { plan, rename: { from: first.from, account } };
  return { plan: planUser(needs, connection, { ...about, formerUsername: undefined }) };
}

export function planUser(
  needs: Pick<DeviceActivityNeeds, 'limits' | 'now'>,
  connection: ReconcileConnection,
  about: About,
): Plan {
  const { desired, observed, intent, firstSight, formerUsername, sight } = about;
  const { directory, directoryName, options } = connection;
  const { now, visibleWithinMs } = sight;
  return planReconciliation({
    desired,
    observed,
    options,
    capabilities: directory.capabilities,
    deviceLimit: needs.limits.of(directoryName, now),
    intent,
    firstSight,
    managedBefore: intent.managed?.username === desired.username,
    ...(formerUsername !== undefined && { formerUsername }),
    visibilityWindowMs: visibleWithinMs,
    now,
  });
}
