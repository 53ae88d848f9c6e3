import {
  type AccountHash,
  type BegunAccount,
  type Claim,
  longestKeyChain,
  type OpenWork,
  type ReconciliationStore,
  type UserHash,
  type UserRef,
} from '@tallystick/devices-domain';
import { withInherited, withoutHistory } from './intent-by-account.ts';
import { knownAs } from './plan-user.ts';
import { workAfterRename } from './renamed-account.ts';

/** Who reads what another key of the same person has left. */
export interface Inheriting {
  /** The account of a username at the directory. */
  readonly of: (username: string) => AccountHash;
  readonly store: Pick<ReconciliationStore, 'workOf'>;
  readonly save: (work: OpenWork) => Promise<void>;
  readonly isOurs: (account: AccountHash) => Promise<boolean>;
  readonly user: UserRef;
}

/** Who claims: an attempt that may write. */
export interface Claiming extends Inheriting {
  readonly store: Pick<ReconciliationStore, 'claimAccount' | 'ownerOf' | 'releaseAccount' | 'workOf'>;
  readonly fence: number;
}

export interface Claimed {
  readonly claim: Claim;
  readonly work: OpenWork;
}

/**
 * Claims the account of a username. What is claimed is in the open work before, so that whoever has another username at the next attempt knows of
 * it: an account that was another key's (R23) is closed then, and one that only was free is given up. `gone`: only what is this user's.
 */
export async function claimFor(claiming: Claiming, before: OpenWork, username: string, gone: boolean): Promise<Claimed> {
  const { of, store, save, isOurs, user, fence } = claiming;
  const account = of(username);
  const how = gone ? 'only-ours' : 'free-or-ours';
  if (await isOurs(account)) {
    const known = gone ? before : knownAgain(of, before, username);
    if (known !== before) await save(known);
    return { claim: await store.claimAccount(user, fence, account, how), work: known };
  }
  const owner = await store.ownerOf(account);
  const free = marked(
    withoutHistory(before, account, (name) => of(name) === account),
    { username, how: 'claimed' },
  );
  // Another key of this person, or another person: only the claim can tell.
  const announced = owner ? announcedFrom(owner, before, username) : gone ? before : free;
  if (announced !== before) await save(announced);
  const claim = await store.claimAccount(user, fence, account, how);
  if (claim === 'taken-over') return { claim, work: await inherited(claiming, announced, username) };
  if (claim === 'owned' && owner) await save(free); // it was given up meanwhile
  return { claim, work: claim === 'owned' ? (gone ? before : free) : owner ? announced : free };
}

/** An account of theirs that was done with, and that they come back to from another one: who leaves before a run has finished there has two. */
function knownAgain(of: (username: string) => AccountHash, before: OpenWork, username: string): OpenWork {
  const { managed, begun = [] } = before.intent;
  const account = of(username);
  const isKnown = !managed || [managed, ...begun].some((it) => of(it.username) === account);
  return isKnown ? before : marked(before, { username, how: 'linked' });
}

/** The account is about to be taken over from this key. */
export function announcedFrom({ user: from }: UserRef, before: OpenWork, username: string): OpenWork {
  const known = before.intent.begun?.find((it) => it.username === username);
  return marked(before, { ...known, username, from });
}

const marked = (work: OpenWork, account: BegunAccount): OpenWork => {
  const others = (work.intent.begun ?? []).filter((it) => it.username !== account.username);
  return { ...work, intent: { ...work.intent, begun: [...others, account] } };
};

/** Accounts that were taken over, and whose other key's work was not read before the attempt ended. */
export async function withPending(claiming: Inheriting, before: OpenWork): Promise<OpenWork> {
  let work = before;
  for (const { username, from } of before.intent.begun ?? []) {
    if (from !== undefined && (await claiming.isOurs(claiming.of(username)))) work = await inherited(claiming, work, username);
  }
  return work;
}

/**
 * Read after the claim: from then on the other key can't write, and has noted all that it was about to do. Durable before anything else. Over the keys
 * that took the account over from each other and never read on; where they lead back to this user, what it has itself is the newest.
 */
export async function inherited(claiming: Inheriting, work: OpenWork, username: string): Promise<OpenWork> {
  const { of, store, save, user } = claiming;
  const account = of(username);
  const at = ({ intent }: OpenWork): BegunAccount | undefined => intent.begun?.find((it) => of(it.username) === account);
  const { from: _read, ...mine } = at(work) ?? { username };
  let key: UserHash | undefined = at(work)?.from;
  let theirs: OpenWork | undefined;
  for (let moves = 0; key !== undefined && moves < longestKeyChain; moves += 1) {
    if (key === user.user) {
      const own = marked(work, mine);
      await save(own);
      return own;
    }
    theirs = await store.workOf({ ...user, user: key });
    key = theirs && at(theirs)?.from;
  }
  const { renaming, managed } = theirs?.intent ?? {};
  const from = renaming?.from ?? managed?.username;
  if (theirs && renaming && from !== undefined && of(renaming.to) === account)
    theirs = workAfterRename(of, theirs, { from, to: renaming.to });
  const isManaged = theirs?.intent.managed !== undefined && of(theirs.intent.managed.username) === account;
  const known = theirs && at(theirs);
  // A claim is noted before it is made: whoever has nothing to note was done with the account, and has left in it what was theirs.
  const how = isManaged ? undefined : known ? known.how : 'linked';
  const blank = marked(
    withoutHistory(work, account, (name) => of(name) === account),
    { username, ...(how && { how }) },
  );
  const after = theirs ? withInherited(blank, account, theirs) : blank;
  await save(after);
  return after;
}

/** Whether nothing in an account is its owner's: they had only claimed it, and nothing came of it. By what was last saved of their work. */
export async function isUnusedClaim(
  of: (username: string) => AccountHash,
  store: Pick<ReconciliationStore, 'workOf'>,
  owner: UserRef,
  username: string,
): Promise<boolean> {
  const account = of(username);
  const work = await store.workOf(owner);
  if (!work) return false;
  const { renaming, begun = [] } = work.intent;
  if (renaming && of(renaming.to) === account) return false; // the account that they had may be there by now
  const isPending = begun.some((it) => it.from !== undefined && of(it.username) === account);
  const reading: Inheriting = {
    ...{ of, store, user: owner },
    isOurs: () => Promise.resolve(true),
    save: () => Promise.resolve(),
  };
  const { intent } = isPending ? await inherited(reading, work, username) : work;
  return knownAs(of, intent, account) === 'claimed';
}

/** Gives up what was claimed under other usernames than the wanted one, and never used: its next owner would pass for somebody who takes another one's account. */
export async function withoutUnusedClaims(
  { of, store, user, fence }: Claiming,
  work: OpenWork,
  wanted: string | undefined,
): Promise<OpenWork> {
  const { begun = [], managed } = work.intent;
  const isUsed = new Set([...(wanted === undefined ? [] : [of(wanted)]), ...(managed ? [of(managed.username)] : [])]);
  const isUnused = (it: BegunAccount): boolean => it.how === 'claimed' && it.from === undefined && !isUsed.has(of(it.username));
  const unused = begun.filter(isUnused);
  if (unused.length === 0) return work;
  for (const { username } of unused) await store.releaseAccount(user, fence, of(username));
  const { begun: _all, ...intent } = work.intent;
  const others = begun.filter((it) => !isUnused(it));
  return { ...work, intent: { ...intent, ...(others.length > 0 && { begun: others }) } };
}
