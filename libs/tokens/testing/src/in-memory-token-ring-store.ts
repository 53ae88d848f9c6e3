import type { EnvironmentId } from '@tallystick/kernel-core';
import {
  maxLeaseMs,
  mostClocksApartMs,
  type MemberId,
  type PepperId,
  type RegistryIdentity,
  type RegistryLook,
  type Renewal,
  type Ring,
  type RingChange,
  type RingChangeResult,
  type RingFeed,
  type RingShard,
  ringShardOf,
  ringShards,
  type TokenId,
  type TokenRingStore,
  type UnreadableRing,
} from '@tallystick/tokens-domain';
import { type Done, emptyShard, type Shard, unique, unreadable } from './in-memory-shard.ts';

export interface InMemoryOptions {
  /** The server's clock; default: this machine's. */
  readonly now?: () => number;
  /** Entries kept in a shard's change log; default 10 000. */
  readonly logLength?: number;
  /** Entries that a shard's audit outbox has room for; its last tenth is for revocations. Default 100 000. */
  readonly outboxLimit?: number;
}

const answersForMs = 24 * 60 * 60 * 1_000;
const notesForMs = 60 * 60 * 1_000;
const valuesForMs = 10 * 60 * 1_000;
const mostEntries = 200;

/**
 * The ring store in memory: it keeps `tokenRingStoreConformance` like the real one, and is the server that tests of services talk to.
 * What happens to a real server happens through {@link trim}, {@link flush}, {@link restart}, {@link forgetMembers}, {@link loseHead},
 * {@link breakRing}, {@link loseRing}, {@link snapshot} with {@link restore}, and `reachable`.
 */
export class InMemoryTokenRingStore implements TokenRingStore, RingFeed {
  readonly shards = ringShards;
  /** False: every call fails, as when the link is cut. */
  reachable = true;
  /** True: its memory is at its limit, so that only what may use the reserve is written. */
  isFull = false;
  readonly #options: Required<InMemoryOptions>;
  readonly #listeners = new Set<(shard: RingShard) => void>();
  #shards = new Map<RingShard, Shard>();
  #serverId = unique('server');

  constructor({ now = Date.now, logLength = 10_000, outboxLimit = 100_000 }: InMemoryOptions = {}) {
    this.#options = { now, logLength, outboxLimit };
  }

  shardOf(environment: EnvironmentId): RingShard {
    return ringShardOf(environment);
  }

  async read(environment: EnvironmentId): Promise<Ring | undefined> {
    const ring = (await this.open(ringShardOf(environment))).rings.get(environment);
    if (ring === 'broken') throw unreadable('a ring document');
    return ring;
  }

  async change(change: RingChange): Promise<RingChangeResult> {
    const {
      ring,
      expectedVersion,
      audit,
      sealed,
      idempotency,
      settledEpoch,
      judgedAt,
      mayUseReserve,
      leavesHalf = false,
    } = change;
    const { environment } = ring;
    const isNote = ring.version === expectedVersion && expectedVersion > 0;
    if (!isNote && ring.version !== expectedVersion + 1)
      throw new RangeError('a change is one version on from the ring that it was made from, a note is about a ring as it is');
    JSON.stringify(ring, (_, value: unknown) => {
      if (typeof value === 'string' && /\p{Surrogate}/u.test(value))
        throw new RangeError('a text of the ring is not well-formed');
      return value;
    });
    const shardName = ringShardOf(environment);
    const shard = await this.open(shardName);
    if (shard.isDamaged) return { kind: 'damaged' };
    const done = idempotency && this.#done(shard, environment, idempotency.key);
    if (done) {
      if (done.requestDigest !== idempotency.requestDigest) return { kind: 'key-reused' };
      const { requestDigest: _, ...answer } = done;
      return { kind: 'replayed', ...answer, identity: this.#identity(shard), headEpoch: shard.headEpoch };
    }
    if (settledEpoch !== undefined && settledEpoch !== this.#epoch(shard)) return { kind: 'unsettled' };
    const stored = shard.rings.get(environment);
    if (!stored && shard.environments.has(environment)) return { kind: 'damaged' };
    if (stored === 'broken') throw unreadable('a ring document');
    if ((stored?.version ?? 0) !== expectedVersion) return { kind: 'conflict' };
    const { logLength, now } = this.#options;
    if (judgedAt !== undefined && Math.abs(now() - judgedAt) > mostClocksApartMs)
      return { kind: 'clocks-apart', serverTimeMs: now() };
    if (!mayUseReserve && this.isFull) return { kind: 'store-full' };
    if (!mayUseReserve && !this.#hasRoom(shard, environment, leavesHalf)) return { kind: 'outbox-full' };

    const seq = ++shard.seq;
    if (!isNote) shard.rings.set(environment, ring);
    shard.environments.add(environment);
    for (const { token, copy } of sealed?.keep ?? []) shard.sealed.set(`${environment}:${token}`, copy);
    for (const token of sealed?.erase ?? []) shard.sealed.delete(`${environment}:${token}`);
    shard.log.set(seq, environment);
    shard.log.delete(seq - logLength);
    shard.outbox.push({ seq, environment, audit, epoch: this.#epoch(shard) });
    if (idempotency) {
      const { key, requestDigest, answer, values } = idempotency;
      shard.done.set(`${environment}:${key}`, {
        seq,
        requestDigest,
        answer,
        until: now() + (isNote ? notesForMs : answersForMs),
        values: values === undefined ? undefined : { sealed: values, until: now() + valuesForMs },
      });
    }
    this.#hint(shardName);
    return { kind: 'changed', seq, identity: this.#identity(shard), headEpoch: shard.headEpoch };
  }

  async answered(
    environment: EnvironmentId,
    key: string,
  ): Promise<{ seq: number; requestDigest: string; answer: string; values?: string } | undefined> {
    return this.#done(await this.open(ringShardOf(environment)), environment, key);
  }

  async readSealed(environment: EnvironmentId, token: TokenId): Promise<string | undefined> {
    return (await this.open(ringShardOf(environment))).sealed.get(`${environment}:${token}`);
  }

  async environments(shard: RingShard): Promise<readonly EnvironmentId[]> {
    return [...(await this.open(shard)).environments];
  }

  async reopen(shardName: RingShard, expected: string): Promise<boolean> {
    const shard = this.whole(await this.open(shardName));
    if (shard.headEpoch !== expected) return false;
    shard.headEpoch = unique('epoch');
    this.#hint(shardName);
    return true;
  }

  async look(shardName: RingShard): Promise<RegistryLook> {
    const shard = this.whole(await this.open(shardName));
    return {
      identity: this.#identity(shard),
      headEpoch: shard.headEpoch,
      seq: shard.seq,
      members: [...shard.members.values()],
      renewals: shard.renewals,
      replicas: 0,
    };
  }

  confirm(shard: RingShard): Promise<RegistryLook | undefined> {
    return this.look(shard);
  }

  async drop(shardName: RingShard, member: MemberId, renewals: number): Promise<void> {
    const { members } = await this.open(shardName);
    if (members.get(member)?.renewals === renewals) members.delete(member);
  }

  async renew(
    shardName: RingShard,
    member: {
      readonly id: MemberId;
      readonly epoch: string;
      readonly applied: number;
      readonly leaseMs: number;
      readonly peppers: readonly PepperId[];
    },
  ): Promise<Renewal> {
    const { id, epoch, applied, leaseMs, peppers } = member;
    if (!(leaseMs > 0 && leaseMs <= maxLeaseMs)) throw new RangeError(`a lease lasts at most ${maxLeaseMs} ms`);
    const shard = this.whole(await this.open(shardName));
    shard.members.set(id, { id, epoch, applied, leaseMs, peppers, renewals: ++shard.renewals });
    const position = { epoch: this.#epoch(shard), seq: shard.seq };
    const renewal = { position, headEpoch: shard.headEpoch, serverTimeMs: this.#options.now() };
    const entries: { seq: number; ring: Ring | UnreadableRing }[] = [];
    const follows = epoch === position.epoch && applied >= 0;
    for (let seq = applied + 1; follows && seq <= shard.seq && entries.length < mostEntries; seq++) {
      const environment = shard.log.get(seq);
      if (!environment) return { ...renewal, entries: [], trimmed: true };
      entries.push({ seq, ring: asStored(shard, environment) });
    }
    return { ...renewal, entries, trimmed: false };
  }

  async load(shardName: RingShard, epoch?: string): Promise<readonly (Ring | UnreadableRing)[]> {
    const shard = await this.open(shardName);
    if (epoch !== undefined && epoch !== this.#epoch(shard)) throw new Error('another server or head answers than was joined');
    return [...shard.environments].map((environment) => asStored(shard, environment));
  }

  async leave(shard: RingShard, member: MemberId): Promise<void> {
    (await this.open(shard)).members.delete(member);
  }

  async onHint(listener: (shard: RingShard) => void): Promise<() => Promise<void>> {
    await this.#reach();
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      return Promise.resolve();
    };
  }

  /** Keeps only the newest entries of a shard's change log. */
  trim(shard: RingShard, keep: number): void {
    const found = this.#shards.get(shard);
    for (const seq of found?.log.keys() ?? []) if (found && seq <= found.seq - keep) found.log.delete(seq);
  }

  /** Loses everything, as FLUSHALL does. */
  flush(): void {
    this.#shards = new Map();
  }

  /** Another server, or another run of it, with the same data. */
  restart(): void {
    this.#serverId = unique('server');
  }

  /** Loses the member table of a shard and nothing else. */
  forgetMembers(shard: RingShard): void {
    const found = this.#shards.get(shard);
    found?.members.clear();
    if (found) [found.registry, found.renewals] = [unique('registry'), 0];
  }

  /** Loses the head of a shard and nothing else. */
  loseHead(shard: RingShard): void {
    const found = this.#shards.get(shard);
    if (found && found.seq > 0) found.isDamaged = true;
  }

  /** What is stored for the environment can't be read any more: another version wrote it, or it is damaged. */
  breakRing(environment: EnvironmentId): void {
    this.#shards.get(ringShardOf(environment))?.rings.set(environment, 'broken');
  }

  /** Loses the ring of an environment and nothing else. */
  loseRing(environment: EnvironmentId): void {
    this.#shards.get(ringShardOf(environment))?.rings.delete(environment);
  }

  /** Everything as it is now, for {@link restore}. */
  snapshot(): unknown {
    return structuredClone(this.#shards);
  }

  /** Goes back to a {@link snapshot}; call {@link restart} as well for a fail-over or a restored backup. */
  restore(snapshot: unknown): void {
    this.#shards = structuredClone(snapshot) as Map<RingShard, Shard>;
  }

  /** What was written for the audit and is not published yet, oldest first. */
  outbox(shard: RingShard): readonly string[] {
    return (this.#shards.get(shard)?.outbox ?? []).map(({ audit }) => audit);
  }

  /** The server's clock, milliseconds since 1970. */
  get nowMs(): number {
    return this.#options.now();
  }

  /** Which server this is, and which run of it. */
  get serverId(): string {
    return this.#serverId;
  }

  /** The live data of a shard, made when it is new; for `InMemoryAuditOutbox`. */
  async open(name: RingShard): Promise<Shard> {
    await this.#reach();
    const found = this.#shards.get(name);
    if (found) return found;
    const made = emptyShard();
    this.#shards.set(name, made);
    return made;
  }

  /** @throws Error when the shard has lost its head. */
  whole(shard: Shard): Shard {
    if (shard.isDamaged) throw new Error('DAMAGED the head of the shard is missing');
    return shard;
  }

  async #reach(): Promise<void> {
    await Promise.resolve();
    if (!this.reachable) throw new Error('the ring store can not be reached');
  }

  /** Whatever one environment does, half of the room that the others left stays free for them. */
  #hasRoom({ outbox }: Shard, environment: EnvironmentId, leavesHalf: boolean): boolean {
    const { outboxLimit } = this.#options;
    const own = outbox.filter((entry) => entry.environment === environment).length;
    const room = outboxLimit - Math.ceil(outboxLimit / 10);
    return own + outbox.length < Math.floor(room / (leavesHalf ? 2 : 1));
  }

  /** What {@link answered} gives, unless its time is over. */
  #done(
    { done }: Shard,
    environment: EnvironmentId,
    key: string,
  ): (Omit<Done, 'until' | 'values'> & { values?: string }) | undefined {
    const found = done.get(`${environment}:${key}`);
    const now = this.#options.now();
    if (!found || found.until <= now) return undefined;
    const { seq, requestDigest, answer, values } = found;
    return { seq, requestDigest, answer, ...(values && values.until > now ? { values: values.sealed } : {}) };
  }

  #hint(shard: RingShard): void {
    for (const listener of this.#listeners) queueMicrotask(() => listener(shard));
  }

  /** Names the history that numbers belong to: another server may have taken another turn at the same number. */
  #epoch({ headEpoch }: Shard): string {
    return `${headEpoch}@${this.#serverId}`;
  }

  #identity(shard: Shard): RegistryIdentity {
    return { epoch: this.#epoch(shard), registry: shard.registry, serverId: this.#serverId };
  }
}

function asStored({ rings }: Shard, environment: EnvironmentId): Ring | UnreadableRing {
  const ring = rings.get(environment);
  return ring === undefined || ring === 'broken' ? { environment, isUnreadable: true } : ring;
}
