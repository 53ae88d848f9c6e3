import {
  type AccountHash,
  type BegunAccount,
  type DesiredUser,
  type NotedPlan,
  type NotPlanned,
  type OpenWork,
  type Outcome,
  type SourceRecord,
  type UserRef,
} from '@tallystick/devices-domain';
import { claimFor, type Inheriting, withoutUnusedClaims, withPending } from './claim-account.ts';
import { TryAgain } from './directory-failure.ts';
import { begunOf, formersNeeds } from './former-account.ts';
import { handOver } from './hand-over.ts';
import { respelled } from './intent-by-account.ts';
import {
  activatedBefore,
  type Former,
  formersOf,
  goesOnAs,
  hasMovedOn,
  type Key,
  isClosedWhereTheyAre,
  knownAs,
  wantedBy,
} from './plan-user.ts';
import type { DeviceActivityNeeds } from './reconcile-connection.ts';
import { observe, type Settling } from './settle.ts';

/** After so many attempts a condition that only others can end is reported; it is waited for all the same. */
const patience = 8;

export const noWork: OpenWork = { intent: { createdByUs: false }, done: [] };

/** What the newest record comes to, once it is known whose the account is. */
export type WhatToDo =
  | { readonly kind: 'in-sync'; readonly version: string; readonly keep: OpenWork | undefined }
  | { readonly kind: 'handed-over'; readonly version: string }
  | {
      readonly kind: 'held';
      readonly version: string;
      readonly result: Pick<Outcome, 'because' | 'hold' | 'findings'>;
      readonly noted?: NotedPlan | undefined;
    }
  | {
      readonly kind: 'not-planned';
      readonly version: string;
      readonly result: { readonly because: NotPlanned; readonly detail?: string };
    }
  | {
      readonly kind: 'plan';
      readonly desired: DesiredUser;
      readonly account: AccountHash;
      readonly version: string;
      readonly record: SourceRecord;
      readonly takenOver: boolean;
      /** With what the claim has changed in it. */
      readonly work: OpenWork;
      /** The account is not that of the user's newest name, but where they are closed. */
      readonly former?: {
        readonly account: Former;
        /** Known still when it is closed, to get its new name, or as what it is. */
        readonly mayReturn: boolean;
        /** The one that another key of this user goes on with. */
        readonly keeps: readonly BegunAccount[];
      };
    };

type Attempting = Pick<Settling, 'needs' | 'connection' | 'calls' | 'user' | 'context' | 'fence'>;

/** From the newest record to the account that it is about, and the right to write it. */
export async function whatToDo(
  attempting: Attempting,
  found: OpenWork | undefined,
  save: (work: OpenWork) => Promise<void>,
): Promise<WhatToDo> {
  const { needs, connection, user, context, fence } = attempting;
  const { store } = needs;
  const record = await store.record(user);
  if (!record) {
    // Somebody was woken for a record that is not there: the store lost it, and may get it back.
    if (context.attempt < patience) throw new TryAgain('no-record', 'the source record of this user is not in the store');
    return notPlanned('no-record', '');
  }
  const { version } = record;
  const wanted = wantedBy(connection, record, found);
  if (!wanted.ok) return notPlanned('record-unmappable', version, wanted.error.because);
  const { desired, gone } = wanted.value;
  await needs.wanted(user, desired.kind === 'present' && desired.enabled);
  const { username } = desired;
  const of = (name: string): AccountHash => needs.accountOf(connection.directoryId, name);
  const account = of(username);
  const claiming = { of, isOurs: formersNeeds(needs, user).isOurs, store, save, user, fence };
  let work = found ?? noWork;
  let takenOver = false;
  if (found) {
    const spelled = respelled(found, (name) => of(name) === account, username);
    const known = await withPending(claiming, spelled);
    work = await withoutUnusedClaims(claiming, known, username);
    if (work !== found) await save(work);
    takenOver = known !== spelled;
  }
  const wanting = { ...attempting, record, desired, gone, account, work, takenOver };
  const key: Key = { accountOf: needs.accountOf, records: store, connection, user, record };
  if (await waitsForNextKey(key, work, claiming.isOurs)) await needs.remind(user);
  if (await hasMovedOn(key, username, work.intent)) return (await whereTheyAre(wanting, 'moved')) ?? notPlanned('moved', version);
  if (connection.protects(username)) return (await whereTheyAre(wanting)) ?? notPlanned('protected-username', version);
  const claimed = await claimFor(claiming, work, username, gone);
  const { claim } = claimed;
  work = claimed.work;
  // Nothing came of the claim, and of who is gone nothing will: the account is nobody's again.
  const isUnused = gone && (claim === 'owned' || claim === 'taken-over') && knownAs(of, work.intent, account) === 'claimed';
  if (isUnused) {
    work = await withoutUnusedClaims(claiming, work, undefined);
    await save(work);
  }
  if (isUnused || claim === 'not-owned') return nobodys({ ...wanting, work });
  if (claim === 'owned-by-another' || claim === 'left') return anothers({ ...wanting, work }, claim);
  const former = await activatedBefore(key, username, work.intent);
  return {
    kind: 'plan',
    ...{ desired, account, version, record, takenOver: takenOver || claim === 'taken-over', work },
    ...(former && { former: { account: former, mayReturn: true, keeps: [] } }),
  };
}

/** A user whose record could be read, and mapped. */
interface Wanting extends Attempting {
  readonly record: SourceRecord;
  readonly desired: DesiredUser;
  readonly gone: boolean;
  readonly account: AccountHash;
  readonly work: OpenWork;
  readonly takenOver: boolean;
}

/** An account of this key is left to the next one, of which no record may wake this one: neither when it comes with another name, nor when it is deleted. */
async function waitsForNextKey(key: Key, { intent }: OpenWork, isOurs: Inheriting['isOurs']): Promise<boolean> {
  const { managed, begun = [] } = intent;
  for (const { username } of [...(managed ? [managed] : []), ...begun])
    if ((await goesOnAs(key, username)) && (await isOurs(key.accountOf(key.connection.directoryId, username)))) return true;
  return false;
}

const notPlanned = (because: NotPlanned, version: string, detail?: string): WhatToDo => ({
  kind: 'not-planned',
  version,
  result: { because, ...(detail === undefined ? {} : { detail }) },
});

/** Who leaves, and has an account under another name. */
async function whereTheyAre(wanting: Wanting, why?: 'moved'): Promise<WhatToDo | undefined> {
  const { needs, connection, user, record, desired, gone, work, takenOver } = wanting;
  if (!isClosedWhereTheyAre(desired, connection.options)) return undefined;
  const { intent } = work;
  const formers = await formersOf(formersNeeds(needs, user), connection, user, record, desired, intent);
  const first = formers.find(({ goesOn }) => !goesOn);
  if (!first) return undefined;
  const { account, username } = first;
  const keeps = why === 'moved' && intent.managed ? [intent.managed] : [];
  return {
    kind: 'plan',
    ...{ desired: { kind: 'gone', username }, account, version: record.version, record, takenOver, work },
    former: { account: first, mayReturn: !gone, keeps },
  };
}

/** Somebody is gone, and the account of their name was never ours. */
async function nobodys(wanting: Wanting): Promise<WhatToDo> {
  const { needs, connection, calls, user, record, desired, work } = wanting;
  const elsewhere = await whereTheyAre(wanting);
  if (elsewhere) return elsewhere;
  const observed = await observe(calls, desired.username);
  // Nothing is left of somebody who is gone: that is what the datastore wants.
  if (observed.kind !== 'absent') return notPlanned('account-not-managed', record.version);
  const formers = await formersOf(formersNeeds(needs, user), connection, user, record, desired, work.intent);
  const begun = formers.map(begunOf); // they go on with it under another key, which has not claimed it yet
  const keep = begun.length > 0 ? { ...noWork, intent: { ...noWork.intent, begun } } : undefined;
  return { kind: 'in-sync', version: record.version, keep };
}

/** The account is, or was, another user's. @throws TryAgain while its owner has to be waited for */
async function anothers(wanting: Wanting, claim: 'left' | 'owned-by-another'): Promise<WhatToDo> {
  const { needs, user, context, record, desired, gone, work } = wanting;
  const { version } = record;
  const { username } = desired;
  const elsewhere = await whereTheyAre(wanting);
  const hasWaited = !elsewhere && context.attempt >= patience;
  const mayAsk = hasWaited || (!elsewhere && work.intent.held === true);
  const handed = await handOver({ ...wanting, username, claim, mayAsk, hasWaited });
  if (handed.kind !== 'unclear') return { ...handed, version };
  if (elsewhere) return elsewhere;
  // Who is gone can't lose an account that is somebody else's; who is there waits until its owner leaves.
  if (gone) return notPlanned('account-owned-by-another', version);
  if (work.intent.held) await needs.guards.settled(user, 'changed');
  if (context.attempt % 60 === patience) await report(needs, user, version);
  throw new TryAgain(
    'account-owned-by-another',
    'the directory account of this username belongs to another user of the datastore',
    context.attempt < patience ? undefined : 60_000,
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
