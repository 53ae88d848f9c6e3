import {
  type AccountHash,
  type Attempt,
  type Claim,
  FencedOut,
  type HandOver,
  type OpenWork,
  type Outcome,
  type ReconciliationStore,
  type SourceRecord,
  type UserHash,
  type UserRef,
  userRefText,
} from '@tallystick/devices-domain';
import type { InMemorySourceRecordStore } from './in-memory-source-record-store.ts';

interface Entry {
  fence: number;
  open: boolean;
  /** As text, so that nobody holds a reference into the store. */
  work?: string;
  /** Newest first. */
  outcomes?: string[];
  /** A plan was finished once. */
  planned?: boolean;
}

/** A {@link ReconciliationStore} in memory that passes `reconciliationStoreConformance`. Each call takes effect at once. */
export class InMemoryReconciliationStore implements ReconciliationStore {
  readonly #records: InMemorySourceRecordStore;
  readonly #entries = new Map<string, Entry>();
  readonly #owners = new Map<AccountHash, UserRef>();

  constructor(records: InMemorySourceRecordStore) {
    this.#records = records;
  }

  record(user: UserRef): Promise<SourceRecord | undefined> {
    return Promise.resolve(this.#records.read(user));
  }

  begin(user: UserRef): Promise<Attempt> {
    const entry = this.#entries.get(userRefText(user)) ?? { fence: 0, open: false };
    this.#entries.set(userRefText(user), entry);
    const attempt: Attempt = {
      fence: entry.fence + 1,
      previousMayRun: entry.open,
      work: entry.work === undefined ? undefined : (JSON.parse(entry.work) as OpenWork),
      firstSight: entry.planned !== true,
    };
    entry.fence = attempt.fence;
    entry.open = true;
    return Promise.resolve(attempt);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- being fenced out is a rejection, as with a server
  async assertMayWrite(user: UserRef, fence: number, account: AccountHash): Promise<void> {
    this.#newest(user, fence);
    const owner = this.#owners.get(account);
    if (!owner || !same(owner, user)) throw new FencedOut('the account has another owner now');
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async saveWork(user: UserRef, fence: number, work: OpenWork): Promise<void> {
    this.#newest(user, fence).work = JSON.stringify(work);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async finish(user: UserRef, fence: number, outcome: Outcome, keep?: OpenWork): Promise<void> {
    const entry = this.#newest(user, fence);
    if (keep) entry.work = JSON.stringify(keep);
    else delete entry.work;
    entry.open = false;
    entry.outcomes = [JSON.stringify(outcome), ...(entry.outcomes ?? [])].slice(0, 10);
    if (!withoutPlan.has(outcome.kind)) entry.planned = true;
  }

  yield(user: UserRef, fence: number): Promise<void> {
    const entry = this.#entries.get(userRefText(user));
    if (entry?.fence === fence) entry.open = false;
    return Promise.resolve();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async claimAccount(
    user: UserRef,
    fence: number,
    account: AccountHash,
    how: 'free-or-ours' | 'only-ours' = 'free-or-ours',
  ): Promise<Claim> {
    this.#newest(user, fence);
    const owner = this.#owners.get(account);
    if (owner && same(owner, user)) return 'owned';
    if (!owner && how === 'only-ours') return 'not-owned';
    const succession = owner && this.#successionOf(owner, user);
    if (succession !== undefined && succession !== 'taken-over') return succession;
    this.#owners.set(account, { ...user });
    return owner ? 'taken-over' : 'owned';
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async releaseAccount(user: UserRef, fence: number, account: AccountHash): Promise<void> {
    this.#newest(user, fence);
    const owner = this.#owners.get(account);
    if (owner && same(owner, user)) this.#owners.delete(account);
  }

  ownerOf(account: AccountHash): Promise<UserRef | undefined> {
    return Promise.resolve(this.#owners.get(account));
  }

  workOf(user: UserRef): Promise<OpenWork | undefined> {
    const work = this.#entries.get(userRefText(user))?.work;
    return Promise.resolve(work === undefined ? undefined : (JSON.parse(work) as OpenWork));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async handOver(user: UserRef, fence: number, from: HandOver, work: OpenWork): Promise<'handed-over' | 'changed'> {
    const entry = this.#newest(user, fence);
    const owner = this.#owners.get(from.account);
    const isAsSeen = owner && same(owner, from.owner) && !same(owner, user);
    if (!isAsSeen || this.#records.read(user)?.version !== from.version) return 'changed';
    if (this.#records.read(owner)?.version !== from.ownerVersion) return 'changed';
    const before = this.#entries.get(userRefText(owner));
    if (before) before.fence += 1;
    this.#owners.set(from.account, { ...user });
    entry.work = JSON.stringify(work);
    return 'handed-over';
  }

  async lastOutcome(user: UserRef): Promise<Outcome | undefined> {
    return (await this.outcomes(user))[0];
  }

  outcomes(user: UserRef): Promise<readonly Outcome[]> {
    const outcomes = this.#entries.get(userRefText(user))?.outcomes ?? [];
    return Promise.resolve(outcomes.map((text) => JSON.parse(text) as Outcome));
  }

  /** Gone for good, or over however many keys to `user` (R23); a chain of keys that bites its tail leads nowhere. */
  #successionOf(owner: UserRef, user: UserRef): 'taken-over' | 'left' | 'owned-by-another' {
    const seen = new Set<UserHash>();
    for (let at = owner.user; !seen.has(at);) {
      seen.add(at);
      const record = this.#records.read({ ...owner, user: at });
      if (record?.deleted !== true) return 'owned-by-another';
      if (record.movedTo === undefined) return 'left';
      if (record.movedTo === user.user) return 'taken-over';
      at = record.movedTo;
    }
    return 'owned-by-another';
  }

  #newest(user: UserRef, fence: number): Entry {
    const entry = this.#entries.get(userRefText(user));
    if (entry?.fence !== fence) throw new FencedOut(`attempt ${fence} was taken over`);
    return entry;
  }
}

const same = (a: UserRef, b: UserRef): boolean => userRefText(a) === userRefText(b);

/** Outcomes after which the account is still as it was before we ever saw it (P46). */
const withoutPlan: ReadonlySet<Outcome['kind']> = new Set(['not-planned', 'held', 'quarantined']);
