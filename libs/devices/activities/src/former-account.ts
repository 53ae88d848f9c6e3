import {
  type BegunAccount,
  type DesiredUser,
  type Finding,
  type Intent,
  type Outcome,
  type UserRef,
  userRefText,
} from '@tallystick/devices-domain';
import { withoutAccount } from './intent-by-account.ts';
import type { SettledAll } from './kept-work.ts';
import { closesWith, type Former, type FormersNeeds, isLeaver } from './plan-user.ts';
import type { DeviceActivityNeeds } from './reconcile-connection.ts';
import { settle, type Settled, type Settling } from './settle.ts';

/** For `formersOf`, from the store that a run writes to. */
export const formersNeeds = ({ accountOf, store }: DeviceActivityNeeds, user: UserRef): FormersNeeds => ({
  accountOf,
  record: (one) => store.record(one),
  isOurs: async (account) => {
    const owner = await store.ownerOf(account); // not by a claim, which would take it over from another key of this user, who still closes it
    return owner !== undefined && userRefText(owner) === userRefText(user);
  },
});

/**
 * `usernameChange: follow`: the wanted account is there and as wanted, so the former ones are closed as if their user were gone (P24), guards
 * included. In this order nobody is without an account in between; a leaver need not have the wanted one first. One that was renamed is not
 * there any more, and costs one look.
 */
export async function closeFormers(
  formers: readonly Former[],
  settling: Settling,
  settled: Settled,
  writing: () => void,
): Promise<SettledAll> {
  const { connection, needs, user, desired } = settling;
  const leaves = isLeaver(desired);
  const mayClose = mayCloseBeside(settled, desired);
  let all: SettledAll = { ...settled, left: [], isDone: settled.result.kind !== 'held', isOpen: isOpen(settled) };
  for (const former of formers) {
    const { account, goesOn } = former;
    // One plan waits for a person at a time.
    if (!mayClose || goesOn || isWaiting(all.result)) {
      all = { ...all, left: [...all.left, begunOf(former)] };
      continue;
    }
    if (!(await formersNeeds(needs, user).isOurs(account))) continue; // it was renamed away, and may have another owner since
    const closing = await settle(
      {
        ...settling,
        ...{ connection: closesWith(connection, former), account, desired: closedAs(former, desired), work: all.work },
      },
      writing,
    );
    if (closing.vacant) await needs.store.releaseAccount(user, settling.fence, account);
    // Of somebody who may come back it is known still, to get its new name then.
    const mayReturn = desired.kind === 'present' && leaves && !settled.present && !closing.vacant;
    all = {
      ...all,
      work: closing.vacant ? withoutAccount(closing.work, account) : closing.work,
      result: {
        ...(all.result.kind === 'held' && closing.result.kind !== 'held' ? all.result : closing.result),
        kind: worse(all.result.kind, closing.result.kind),
        steps: closing.result.steps,
        findings: [...all.result.findings, ...closing.result.findings],
      },
      left: mayReturn || isOpen(closing) ? [...all.left, begunOf(former)] : all.left,
    };
  }
  return all;
}

type Beside = Pick<Settled, 'present' | 'paired'> & { readonly result: Pick<Settled['result'], 'kind' | 'because' | 'findings'> };

/** A person is to say something; who has rejected one account has said nothing of the others. */
const isWaiting = ({ kind, because }: Pick<Settled['result'], 'kind' | 'because'>): boolean =>
  kind === 'held' && because !== 'rejected-by-a-person';

/** Whether the others may be closed when the wanted account has become so. */
export function mayCloseBeside(settled: Beside, desired: DesiredUser): boolean {
  const { kind } = settled.result;
  return isLeaver(desired) ? !isWaiting(settled.result) : isUsable(settled) && (kind === 'changed' || kind === 'in-sync');
}

/** What the account of another username of this user is to be. */
export const closedAs = ({ username }: Pick<Former, 'username'>, desired: DesiredUser): DesiredUser =>
  isLeaver(desired) ? { kind: 'gone', username } : { kind: 'gone', username, because: 'username-changed' };

/**
 * Somebody else may be waiting for them, as this user waited for theirs: a later run closes what nobody has taken. But a leaver is not to sign in.
 */
export const leavesFormers = ({ handedOver }: Intent, desired: DesiredUser): boolean =>
  handedOver?.isNew === true && !isLeaver(desired);

/** Else the account that is wanted is no better than the one that is there. One without devices becomes active by its first (P29). */
const isUsable = ({ present, paired, result: { findings } }: Beside): boolean => {
  const isLeft = (it: Finding): boolean =>
    it.kind === 'status-left' && !(paired && (it.status === 'not-active' || it.status === 'pending'));
  return present && !findings.some((it) => it.kind === 'user-not-updated' || isLeft(it));
};

/** Whether it could not be closed, or not yet. */
export const isOpen = ({ result }: Settled): boolean =>
  result.kind === 'held' || result.kind === 'partial' || result.findings.some(({ kind }) => kind === 'user-not-removed');

export const begunOf = ({ username, how }: Former): BegunAccount => ({ username, ...(how && { how }) });

const kinds: readonly Outcome['kind'][] = ['in-sync', 'changed', 'partial', 'held'];
const worse = (a: Outcome['kind'], b: Outcome['kind']): Outcome['kind'] => (kinds.indexOf(a) > kinds.indexOf(b) ? a : b);
