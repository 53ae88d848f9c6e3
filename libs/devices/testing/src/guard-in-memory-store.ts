import {
  addCounts,
  type ChangeCounts,
  connectionRefText,
  endClaimMs,
  exceeds,
  guardedKinds,
  type GuardReason,
  type GuardSettings,
  type GuardStore,
  type HeldUser,
  type Hold,
  type HoldId,
  noChanges,
  type PlanHash,
  type Reservation,
  type UserHash,
  type UserRef,
} from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';

type ConnectionRef = Pick<UserRef, 'environment' | 'connection'>;

interface StoredHold {
  readonly hold: Omit<Hold, 'users' | 'counts' | 'hash' | 'requestedBy'>;
  readonly requestedBy: readonly string[];
  readonly users: Map<UserHash, HeldUser>;
  /** What the answer was about; until then it is reckoned. */
  readonly answered?: Pick<Hold, 'users' | 'counts' | 'hash'> & { readonly number: number };
}

interface Counted {
  readonly at: number;
  readonly counts: ChangeCounts;
}

interface Connection {
  readonly holds: StoredHold[];
  readonly reservations: Map<string, Counted>;
}

/** A {@link GuardStore} in memory that passes `guardStoreConformance`. Its time is the latest that it was told, or `clock`'s where that is later. */
export class InMemoryGuardStore implements GuardStore {
  readonly #connections = new Map<string, Connection>();
  readonly #clock: (() => Instant) | undefined;
  readonly #toldOf = new Set<HoldId>();
  /** Until when somebody notes the end of it; for ever once it is noted. */
  readonly #ends = new Map<HoldId, number>();
  #told = 0;
  #answers = 0;

  constructor(clock?: () => Instant) {
    this.#clock = clock;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a fault of the arguments is a rejection, as with a server
  async reserve(
    ref: UserRef,
    plan: PlanHash,
    counts: ChangeCounts,
    { settings, users }: { readonly settings: GuardSettings; readonly users: number },
    now: Instant,
  ): Promise<Reservation> {
    checkCounts(counts);
    const at = this.#at(now);
    const { holds, reservations } = this.#of(ref);
    const answered = newestAnswer(holds, ref.user, plan);
    if (answered) return { kind: answered.hold.state === 'approved' ? 'approved' : 'rejected', hold: answered.hold.id };
    if (!settings.enabled) return { kind: 'granted' };
    const since = at - settings.windowHours * 3_600_000 * (1 + 1 / 288);
    for (const [key, counted] of reservations) if (counted.at <= since) reservations.delete(key);
    const key = `${ref.user}/${plan}`;
    if (reservations.has(key)) return { kind: 'granted' };
    const before = [...reservations.values()].reduce((sum, each) => addCounts(sum, each.counts), noChanges);
    const because = exceeds(counts, before, settings, users);
    if (because) return { kind: 'exceeded', because };
    reservations.set(key, { at, counts: { ...counts } });
    return { kind: 'granted' };
  }

  release(ref: UserRef, plan: PlanHash): Promise<void> {
    this.#of(ref).reservations.delete(`${ref.user}/${plan}`);
    return Promise.resolve();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a fault of the arguments is a rejection, as with a server
  async hold(
    ref: UserRef,
    held: Omit<HeldUser, 'user' | 'state'>,
    how: { readonly because: GuardReason; readonly pass?: string; readonly requestedBy?: string; readonly holdHours: number },
    now: Instant,
  ): Promise<HoldId> {
    checkCounts(held.counts);
    const at = this.#at(now);
    const { holds } = this.#of(ref);
    const answered = newestAnswer(holds, ref.user, held.planHash);
    if (answered) return answered.hold.id;
    let index = holds.findIndex(({ hold }) => isOpen(hold, at) && hold.because === how.because && hold.pass === how.pass);
    const there = holds[index]?.users.get(ref.user);
    if (there?.state === 'held' && there.planHash === held.planHash) return holds[index]!.hold.id;
    for (const { hold, users } of holds) {
      const older = users.get(ref.user);
      if (older && older.planHash !== held.planHash && (hold.state === 'approved' || isOpen(hold, at)))
        users.set(ref.user, withState(older, 'changed'));
    }
    if (index < 0) {
      const { environment, connection } = ref;
      const id = `${at}-${holds.length + 1}` as HoldId;
      const { because, pass } = how;
      const hold = { id, environment, connection, because, ...(pass !== undefined && { pass }), state: 'open' as const };
      index = holds.push({ hold: { ...hold, openedAt: at, expiresAt: at }, requestedBy: [], users: new Map() }) - 1;
    }
    const { hold, requestedBy, users } = holds[index]!;
    users.set(ref.user, structuredClone({ ...held, user: ref.user, state: 'held' as const }));
    holds[index] = {
      hold: { ...hold, expiresAt: Math.max(hold.expiresAt, at + Math.round(how.holdHours * 3_600_000)) as Instant },
      requestedBy: how.requestedBy === undefined ? requestedBy : [...requestedBy, how.requestedBy],
      users,
    };
    return hold.id;
  }

  settled(ref: UserRef, state: 'done' | 'changed'): Promise<void> {
    const at = this.#at();
    for (const { hold, users } of this.#of(ref).holds) {
      const user = users.get(ref.user);
      if ((user?.state === 'held' || user?.state === 'approved') && (hold.state === 'approved' || isOpen(hold, at)))
        users.set(ref.user, withState(user, state));
    }
    return Promise.resolve();
  }

  list(
    connection: ConnectionRef,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly holds: readonly Hold[]; readonly next?: string }> {
    const { holds } = this.#of(connection);
    const from = cursor === undefined ? holds.length : Number(cursor);
    const to = Math.max(0, from - limit);
    const page = holds.slice(to, from).reverse();
    return Promise.resolve({ holds: page.map((each) => this.#shown(each)), ...(to > 0 && { next: String(to) }) });
  }

  read(connection: ConnectionRef, hold: HoldId): Promise<Hold | undefined> {
    const stored = this.#find(connection, hold);
    return Promise.resolve(stored && this.#shown(stored));
  }

  users(
    connection: ConnectionRef,
    hold: HoldId,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly users: readonly HeldUser[]; readonly next?: string }> {
    const all = [...(this.#find(connection, hold)?.users.values() ?? [])].sort((a, b) => (a.user < b.user ? -1 : 1));
    const rest = all.filter(({ user }) => cursor === undefined || user > cursor);
    const users = structuredClone(rest.slice(0, limit));
    return Promise.resolve({ users, ...(rest.length > limit && { next: users.at(-1)!.user }) });
  }

  answer(
    connection: ConnectionRef,
    hold: HoldId,
    answer: {
      readonly kind: 'approve' | 'reject';
      readonly hash: PlanHash;
      readonly by: string;
      readonly reason: string;
      readonly twoPeople: boolean;
    },
    now: Instant,
  ): Promise<'answered' | 'outdated' | 'not-open' | 'same-person' | 'unknown'> {
    const at = this.#at(now);
    const { holds } = this.#of(connection);
    const index = holds.findIndex((each) => each.hold.id === hold);
    const stored = holds[index];
    if (!stored) return Promise.resolve('unknown');
    if (!isOpen(stored.hold, at)) return Promise.resolve('not-open');
    const answered = sumOf(stored.users);
    if (answered.hash !== answer.hash) return Promise.resolve('outdated');
    if (answer.kind === 'approve' && answer.twoPeople && stored.requestedBy.includes(answer.by))
      return Promise.resolve('same-person');
    const state = answer.kind === 'approve' ? 'approved' : 'rejected';
    for (const user of stored.users.values()) if (user.state === 'held') stored.users.set(user.user, withState(user, state));
    const { by: answeredBy, reason } = answer;
    holds[index] = {
      ...stored,
      hold: { ...stored.hold, state, answeredBy, reason, answeredAt: at },
      answered: { ...answered, number: (this.#answers += 1) },
    };
    return Promise.resolve('answered');
  }

  cancel(connection: ConnectionRef, pass: string | undefined, now: Instant): Promise<number> {
    const at = this.#at(now);
    const { holds } = this.#of(connection);
    let count = 0;
    for (const [index, stored] of holds.entries()) {
      if (!isOpen(stored.hold, at) || (pass !== undefined && stored.hold.pass !== pass)) continue;
      holds[index] = { ...stored, hold: { ...stored.hold, state: 'cancelled' } };
      count += 1;
    }
    return Promise.resolve(count);
  }

  expired(connection: ConnectionRef, limit: number, now: Instant): Promise<readonly HoldId[]> {
    const at = this.#at(now);
    const over = this.#of(connection).holds.filter(
      ({ hold }) => hold.state === 'open' && !isOpen(hold, at) && hold.pass === undefined && !this.#toldOf.has(hold.id),
    );
    over.sort((a, b) => a.hold.expiresAt - b.hold.expiresAt);
    return Promise.resolve(over.slice(0, limit).map(({ hold }) => hold.id));
  }

  told(_connection: ConnectionRef, hold: HoldId): Promise<void> {
    this.#toldOf.add(hold);
    return Promise.resolve();
  }

  claimEnd(connection: ConnectionRef, hold: HoldId, now: Instant): Promise<'yours' | 'another' | 'noted'> {
    const [at, till] = [this.#at(now), this.#ends.get(hold) ?? 0];
    if (till === Infinity || !this.#find(connection, hold)) return Promise.resolve('noted');
    if (till > at) return Promise.resolve('another');
    this.#ends.set(hold, at + endClaimMs);
    return Promise.resolve('yours');
  }

  endNoted(_connection: ConnectionRef, hold: HoldId): Promise<void> {
    this.#ends.set(hold, Infinity);
    return Promise.resolve();
  }

  #at(told?: Instant): Instant {
    this.#told = Math.max(this.#told, told ?? 0, this.#clock?.() ?? 0);
    return this.#told as Instant;
  }

  #of(ref: ConnectionRef): Connection {
    const key = connectionRefText(ref);
    const there = this.#connections.get(key) ?? { holds: [], reservations: new Map<string, Counted>() };
    this.#connections.set(key, there);
    return there;
  }

  #find(connection: ConnectionRef, id: HoldId): StoredHold | undefined {
    return this.#of(connection).holds.find(({ hold }) => hold.id === id);
  }

  #shown({ hold, requestedBy, users, answered }: StoredHold): Hold {
    const state = hold.state === 'open' && !isOpen(hold, this.#at()) ? 'expired' : hold.state;
    const last = requestedBy.at(-1);
    const { users: count, counts, hash } = answered ?? sumOf(users);
    return { ...hold, users: count, counts, hash, state, ...(last !== undefined && { requestedBy: last }) };
  }
}

const isOpen = (hold: Pick<Hold, 'state' | 'expiresAt'>, at: number): boolean => hold.state === 'open' && at < hold.expiresAt;

const withState = (user: HeldUser, state: HeldUser['state']): HeldUser => ({ ...user, state });

/** The hold whose answer is about exactly this plan, if there is one that is still in force. */
function newestAnswer(holds: readonly StoredHold[], user: UserHash, plan: PlanHash): StoredHold | undefined {
  return holds
    .filter(({ users }) => {
      const held = users.get(user);
      return held?.planHash === plan && (held.state === 'approved' || held.state === 'rejected');
    })
    .sort((a, b) => a.answered!.number - b.answered!.number)
    .at(-1);
}

/** Users, counts and hash of those who are held: the hash depends on who they are, not on the order in which they came. */
function sumOf(users: ReadonlyMap<UserHash, HeldUser>): Pick<Hold, 'users' | 'counts' | 'hash'> {
  const held = [...users.values()].filter(({ state }) => state === 'held');
  const text = held.map(({ user, planHash }) => `${user}/${planHash}`).sort();
  return {
    users: held.length,
    counts: held.reduce((sum, { counts }) => addCounts(sum, counts), noChanges),
    hash: mixed(text.join('\n')) as PlanHash,
  };
}

/** 32 hex digits that differ for texts that differ; no hash to trust in production. */
function mixed(text: string): string {
  const parts = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35];
  for (let at = 0; at < text.length; at += 1)
    for (let part = 0; part < parts.length; part += 1)
      parts[part] = Math.imul(parts[part]! ^ (text.charCodeAt(at) + part), 0x01000193 + 2 * part) >>> 0;
  return parts.map((part) => part.toString(16).padStart(8, '0')).join('');
}

function checkCounts(counts: ChangeCounts): void {
  for (const [kind] of guardedKinds)
    if (!Number.isSafeInteger(counts[kind]) || counts[kind] < 0) throw new RangeError(`${kind} is no count`);
}
