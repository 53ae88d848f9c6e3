import type { AccountHash, Claim, ReconciliationStore, UserRef } from '@tallystick/devices-domain';

/** What comes of a claim by an attempt of its own, which has ended. */
export async function claimed(
  store: Pick<ReconciliationStore, 'begin' | 'claimAccount' | 'yield'>,
  user: UserRef,
  account: AccountHash,
  how?: 'free-or-ours' | 'only-ours',
): Promise<Claim> {
  const { fence } = await store.begin(user);
  const claim = await store.claimAccount(user, fence, account, how);
  await store.yield(user, fence);
  return claim;
}
