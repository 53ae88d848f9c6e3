import { createHash } from 'node:crypto';
import {
  type ChangeCounts,
  endClaimMs,
  guardedKinds,
  type GuardReason,
  type GuardSettings,
  type GuardStore,
  type HeldUser,
  type Hold,
  type HoldId,
  type PlanHash,
  type RedactedPlan,
  type Reservation,
  type UserHash,
  type UserRef,
  userRefText,
} from '@tallystick/devices-domain';
import { type Instant, instant } from '@tallystick/kernel-core';
import type { Redis } from '@tallystick/platform-redis';
import { type KeyRing, open, seal } from '@tallystick/platform-secrets';
import {
  expiringKey,
  guardBase,
  guardedUserKey,
  holdKey,
  holdOrderKey,
  holdsKey,
  holdUsersKey,
  numbersKey,
  openHoldsKey,
  windowKey,
} from './guard-keys.ts';
import {
  answerScript,
  cancelScript,
  claimEndScript,
  endNotedScript,
  expiredScript,
  holdScript,
  readHoldScript,
  settledScript,
} from './hold.scripts.ts';
import { countsText, limitsOf, readCounts } from './window-limits.ts';
import { releaseScript, reserveScript } from './window.scripts.ts';

type ConnectionRef = Pick<UserRef, 'environment' | 'connection'>;

export interface RedisGuardStoreOptions {
  /** From `connectRedis`: a durable one (`noeviction`), since a lost answer is held again, and a lost window begins anew. */
  readonly redis: Redis;
  /** Seals plans and the names of people. */
  readonly ring: KeyRing;
  /** For tests, in place of the server's time. */
  readonly clock?: () => Instant;
}

/**
 * Windows and holds in Redis. Time is the server's: a worker whose clock is a day ahead would else find an empty window. Each hold is kept for
 * 90 days after its end; an answer is in force as long.
 */
export class RedisGuardStore implements GuardStore {
  readonly #redis: Redis;
  readonly #ring: KeyRing;
  readonly #clock: (() => Instant) | undefined;

  constructor({ redis, ring, clock }: RedisGuardStoreOptions) {
    this.#redis = redis;
    this.#ring = ring;
    this.#clock = clock;
  }

  async reserve(
    ref: UserRef,
    plan: PlanHash,
    counts: ChangeCounts,
    { settings, users }: { readonly settings: GuardSettings; readonly users: number },
  ): Promise<Reservation> {
    const windowMs = settings.windowHours * 3_600_000;
    if (!(windowMs > 0)) throw new RangeError('a window has a length');
    const judged = [settings.enabled ? '1' : '0', windowMs, countsText(counts), ...limitsOf(settings, users)];
    const args = [this.#time(), guardBase(ref), checked(plan), ...judged];
    const reply = await reserveScript.run(this.#redis, [windowKey(ref), guardedUserKey(ref)], args);
    const [kind, detail] = reply as [Reservation['kind'], string];
    if (kind === 'granted') return { kind };
    if (kind === 'exceeded') return { kind, because: guardedKinds[Number(detail) - 1]![1] };
    return { kind, hold: detail as HoldId };
  }

  async release(ref: UserRef, plan: PlanHash): Promise<void> {
    await releaseScript.run(this.#redis, [windowKey(ref), guardedUserKey(ref)], [checked(plan)]);
  }

  async hold(
    ref: UserRef,
    { planHash, counts, plan }: Omit<HeldUser, 'user' | 'state'>,
    how: { readonly because: GuardReason; readonly pass?: string; readonly requestedBy?: string; readonly holdHours: number },
  ): Promise<HoldId> {
    const { because, pass, requestedBy, holdHours } = how;
    const keys = [guardedUserKey(ref), openHoldsKey(ref), holdsKey(ref), numbersKey(ref)];
    const sealed = seal(this.#ring, JSON.stringify(plan), planSealedAs(ref, planHash));
    const held = [ref.user, checked(planHash), countsText(counts), sealed];
    const slot = pass === undefined ? because : `${because}/${pass}`;
    const asked =
      requestedBy === undefined ? ['', ''] : [digestOf(ref, requestedBy), seal(this.#ring, requestedBy, personSealedAs(ref))];
    const args = [this.#time(), guardBase(ref), ...held, slot, because, pass ?? '', holdHours * 3_600_000, ...asked];
    return (await holdScript.run(this.#redis, keys, args)) as HoldId;
  }

  async settled(ref: UserRef, state: 'done' | 'changed'): Promise<void> {
    await settledScript.run(this.#redis, [guardedUserKey(ref)], [this.#time(), guardBase(ref), ref.user, state]);
  }

  async list(
    connection: ConnectionRef,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly holds: readonly Hold[]; readonly next?: string }> {
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw new RangeError('the cursor is none of a page of holds');
    const rows = await this.#redis.zRangeWithScores(holdsKey(connection), cursor === undefined ? '+inf' : `(${cursor}`, '-inf', {
      BY: 'SCORE',
      REV: true,
      LIMIT: { offset: 0, count: limit + 1 },
    });
    const page = rows.slice(0, limit);
    const holds = await Promise.all(page.map(({ value }) => this.read(connection, value as HoldId)));
    return {
      holds: holds.filter((hold) => hold !== undefined),
      ...(rows.length > limit && { next: String(page.at(-1)!.score) }),
    };
  }

  async read(connection: ConnectionRef, hold: HoldId): Promise<Hold | undefined> {
    if (!isHoldId(hold)) return undefined;
    const reply = await readHoldScript.run(this.#redis, [holdKey(connection, hold)], [this.#time()]);
    const [isExpired, fields] = reply as [string, string[]];
    return fields.length === 0 ? undefined : this.#shown(connection, hold, fieldsOf(fields), isExpired === '1');
  }

  async users(
    connection: ConnectionRef,
    hold: HoldId,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly users: readonly HeldUser[]; readonly next?: string }> {
    if (!isHoldId(hold)) return { users: [] };
    const range = { BY: 'LEX', LIMIT: { offset: 0, count: limit + 1 } } as const;
    const [state, names] = await Promise.all([
      this.#redis.hGet(holdKey(connection, hold), 's'),
      this.#redis.zRange(holdOrderKey(connection, hold), cursor === undefined ? '-' : `(${cursor}`, '+', range),
    ]);
    if (!state || names.length === 0) return { users: [] };
    const page = names.slice(0, limit) as UserHash[];
    const values = await this.#redis.hmGet(holdUsersKey(connection, hold), page);
    const users = page.flatMap((user, at) => (values[at] ? [this.#heldUser({ ...connection, user }, values[at], state)] : []));
    return { users, ...(names.length > limit && { next: page.at(-1)! }) };
  }

  async answer(
    connection: ConnectionRef,
    hold: HoldId,
    answer: {
      readonly kind: 'approve' | 'reject';
      readonly hash: PlanHash;
      readonly by: string;
      readonly reason: string;
      readonly twoPeople: boolean;
    },
  ): Promise<'answered' | 'outdated' | 'not-open' | 'same-person' | 'unknown'> {
    if (!isHoldId(hold)) return 'unknown';
    const { kind, hash, by, reason, twoPeople } = answer;
    const sealed = seal(this.#ring, JSON.stringify([by, reason]), personSealedAs(connection));
    const state = kind === 'approve' ? 'approved' : 'rejected';
    const args = [
      this.#time(),
      guardBase(connection),
      hold,
      state,
      hash,
      twoPeople ? '1' : '0',
      digestOf(connection, by),
      sealed,
    ];
    const keys = [holdKey(connection, hold), openHoldsKey(connection), numbersKey(connection)];
    return (await answerScript.run(this.#redis, keys, args)) as Awaited<ReturnType<GuardStore['answer']>>;
  }

  async cancel(connection: ConnectionRef, pass: string | undefined): Promise<number> {
    const args = [this.#time(), guardBase(connection), pass ?? ''];
    return (await cancelScript.run(this.#redis, [openHoldsKey(connection)], args)) as number;
  }

  async expired(connection: ConnectionRef, limit: number): Promise<readonly HoldId[]> {
    return (await expiredScript.run(this.#redis, [expiringKey(connection)], [this.#time(), limit])) as readonly HoldId[];
  }

  async told(connection: ConnectionRef, hold: HoldId): Promise<void> {
    await this.#redis.zRem(expiringKey(connection), hold);
  }

  async claimEnd(connection: ConnectionRef, hold: HoldId): Promise<'yours' | 'another' | 'noted'> {
    const args = [this.#time(), endClaimMs];
    return (await claimEndScript.run(this.#redis, [holdKey(connection, hold)], args)) as Awaited<
      ReturnType<GuardStore['claimEnd']>
    >;
  }

  async endNoted(connection: ConnectionRef, hold: HoldId): Promise<void> {
    await endNotedScript.run(this.#redis, [holdKey(connection, hold)], []);
  }

  #shown(ref: ConnectionRef, id: HoldId, fields: ReadonlyMap<string, string>, isExpired: boolean): Hold {
    const field = (name: string): string => fields.get(name) ?? '';
    const at = (name: string): Instant => instant(Number(field(name)));
    const requestedBy = fields.get(`q:${field('ql')}`);
    const [answeredBy, reason] = fields.has('by') ? (JSON.parse(this.#open(field('by'), personSealedAs(ref))) as string[]) : [];
    return {
      ...{ id, environment: ref.environment, connection: ref.connection, because: field('because') as GuardReason },
      ...(fields.has('pass') && { pass: field('pass') }),
      state: isExpired ? 'expired' : (field('s') as Hold['state']),
      ...{ counts: readCounts(field('c')), users: Number(field('n')), openedAt: at('o'), expiresAt: at('e') },
      hash: createHash('sha1')
        .update(`${field('n')}/${field('x')}`)
        .digest('hex') as PlanHash,
      ...(requestedBy !== undefined && { requestedBy: this.#open(requestedBy, personSealedAs(ref)) }),
      ...(answeredBy !== undefined && reason !== undefined && { answeredBy, reason, answeredAt: at('a') }),
    };
  }

  #heldUser(ref: UserRef, value: string, holdState: string): HeldUser {
    const [stored = '', planHash = '', counts = '', sealed = ''] = value.split('|');
    const isAnswered = stored === 'held' && (holdState === 'approved' || holdState === 'rejected');
    return {
      user: ref.user,
      planHash: planHash as PlanHash,
      counts: readCounts(counts),
      plan: JSON.parse(this.#open(sealed, planSealedAs(ref, planHash))) as RedactedPlan,
      state: (isAnswered ? holdState : stored) as HeldUser['state'],
    };
  }

  #open(sealed: string, as: string): string {
    const opened = open(this.#ring, sealed, as);
    if (!opened.ok) throw new Error(`a hold can't be opened (${opened.error}): is its sealing key still in the key ring?`);
    return opened.value;
  }

  #time(): number | string {
    return this.#clock?.() ?? '';
  }
}

const planSealedAs = (ref: UserRef, plan: string): string => `held-plan:${userRefText(ref)}:${plan}`;

const personSealedAs = ({ environment, connection }: ConnectionRef): string => `hold-person:${environment}/${connection}`;

/** Tells in a script whether two are the same person, without their names. */
const digestOf = ({ environment, connection }: ConnectionRef, person: string): string =>
  createHash('sha256').update(`${environment}/${connection}/${person}`).digest('hex').slice(0, 32);

/** Ids come from outside, and some other text would be the key of something else. */
const isHoldId = (id: string): boolean => /^\d{1,16}-\d{1,16}$/.test(id);

/** Stored values are parted by `|`. */
function checked(plan: PlanHash): string {
  if (!/^[\w-]{1,128}$/.test(plan)) throw new RangeError('this is no hash of a plan');
  return plan;
}

const fieldsOf = (flat: readonly string[]): ReadonlyMap<string, string> =>
  new Map(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as const] : [])));
