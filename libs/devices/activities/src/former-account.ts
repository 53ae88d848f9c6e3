import type { Outcome, UserRef } from '@tallystick/devices-domain';
import type { SettledAll } from './kept-work.ts';
import { type Former, type FormersNeeds, isLeaver } from './plan-user.ts';
import type { DeviceActivityNeeds } from './reconcile-connection.ts';
import { settle, type Settled, type Settling } from './settle.ts';

/** For `formersOf`, from the store that a run writes to. */
export const formersNeeds = ({ accountOf, store }: DeviceActivityNeeds, user: UserRef): FormersNeeds => ({
  accountOf,
  record: (one) => store.record(one),
  isOurs: async (account) => (await store.claimAccount(user, account, 'only-ours')) === 'owned',
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
  const { kind } = settled.result;
  const leaves = isLeaver(settling.desired);
  const isAsWanted = settled.present && (kind === 'changed' || kind === 'in-sync');
  if (leaves ? kind === 'held' : !isAsWanted) return { ...settled, left: formers.map(({ username }) => username) };
  let all: SettledAll = { ...settled, left: [] };
  for (const { username, account } of formers) {
    if (all.result.kind === 'held') {
      all = { ...all, left: [...all.left, username] }; // one plan waits for a person at a time
      continue;
    }
    const closing = await settle({ ...settling, account, desired: { kind: 'gone', username }, work: all.work }, writing);
    if (closing.vacant) await settling.needs.store.releaseAccount(settling.user, account);
    // Of somebody who may come back it is known still, to get its new name then.
    const mayReturn = settling.desired.kind === 'present' && leaves && !settled.present && !closing.vacant;
    const isLeft = mayReturn || closing.result.kind === 'held' || closing.result.kind === 'partial';
    all = {
      ...all,
      work: closing.work,
      result: {
        ...closing.result,
        kind: worse(all.result.kind, closing.result.kind),
        findings: [...all.result.findings, ...closing.result.findings],
      },
      left: isLeft ? [...all.left, username] : all.left,
    };
  }
  return all;
}

const kinds: readonly Outcome['kind'][] = ['in-sync', 'changed', 'partial', 'held'];
const worse = (a: Outcome['kind'], b: Outcome['kind']): Outcome['kind'] => (kinds.indexOf(a) > kinds.indexOf(b) ? a : b);
