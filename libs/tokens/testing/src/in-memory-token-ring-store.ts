import type { EnvironmentId } from '@tallystick/kernel-core';
import {
  maxLeaseMs,
  type Member,
  type MemberId,
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
  type TokenRingStore,
} from '@tallystick/tokens-domain';

interface Shard {
  epoch: string;
  registry: string;
  seq: number;
  renewals: number;
  isDamaged: boolean;
  readonly rings: Map<EnvironmentId, Ring>;
  readonly log: Map<number, EnvironmentId>;
  readonly outbox: string[];
  readonly members: Map<MemberId, Member>;
  readonly done: Map<string, { seq: number; requestDigest: string; answer: string }>;
}

export interface InMemoryOptions {
  /** The server's clock; default: this machine's. */
  readonly now?: () => number;
  /** Entries kept in a shard's change log; default 10 000. */
  readonly logLength?: number;
  /** Entries kept in a shard's audit outbox; default 100 000. */
  readonly outboxLimit?: number;
}

let madeSoFar = 0;
const unique = (what: string): string => `${what}-${++madeSoFar}`;

/**
 * The ring store in memory: the reference for `tokenRingStoreConformance`, and the server that validator tests talk to.
 * What happens to a real server happens through {@link trim}, {@link flush}, {@link restart}, {@link forgetMembers},
 * {@link snapshot} with {@link restore}, and `reachable`.
 */
export class InMemoryTokenRingStore implements TokenRingStore, RingFeed {
  readonly shards = ringShards;
  /** False: every call fails, as when the link is cut. */
  reachable = true;
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
    return (await this.#open(ringShardOf(environment))).rings.get(environment);
  }

  async change({ ring, expectedVersion, audit, idempotency, mayUseReserve }: RingChange): Promise<RingChangeResult> {
    const { environment } = ring;
    const shardName = ringShardOf(environment);
    const shard = await this.#open(shardName);
    if (shard.isDamaged) return { kind: 'damaged' };
    const doneKey = `${environment}:${idempotency?.key ?? ''}`;
    const done = idempotency && shard.done.get(doneKey);
    if (done)
      return done.requestDigest === idempotency.requestDigest
        ? { kind: 'replayed', seq: done.seq, answer: done.answer, identity: this.#identity(shard) }
        : { kind: 'key-reused' };
    if ((shard.rings.get(environment)?.version ?? 0) !== expectedVersion) return { kind: 'conflict' };
    const { outboxLimit, logLength } = this.#options;
    if (shard.outbox.length >= (mayUseReserve ? outboxLimit : outboxLimit - Math.ceil(outboxLimit / 10)))
      return { kind: 'outbox-full' };

    const seq = ++shard.seq;
    shard.rings.set(environment, ring);
    shard.log.set(seq, environment);
    shard.log.delete(seq - logLength);
    shard.outbox.push(audit);
    if (idempotency) shard.done.set(doneKey, { seq, requestDigest: idempotency.requestDigest, answer: idempotency.answer });
    for (const listener of this.#listeners) queueMicrotask(() => listener(shardName));
    return { kind: 'changed', seq, identity: this.#identity(shard) };
  }

  async answered(
    environment: EnvironmentId,
    key: string,
  ): Promise<{ seq: number; requestDigest: string; answer: string } | undefined> {
    return (await this.#open(ringShardOf(environment))).done.get(`${environment}:${key}`);
  }

  async look(shardName: RingShard): Promise<RegistryLook> {
    const shard = this.#whole(await this.#open(shardName));
    return {
      identity: this.#identity(shard),
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
    const { members } = await this.#open(shardName);
    if (members.get(member)?.renewals === renewals) members.delete(member);
  }

  async renew(
    shardName: RingShard,
    {
      id,
      epoch,
      applied,
      leaseMs,
    }: { readonly id: MemberId; readonly epoch: string; readonly applied: number; readonly leaseMs: number },
  ): Promise<Renewal> {
    if (!(leaseMs > 0 && leaseMs <= maxLeaseMs)) throw new RangeError(`a lease lasts at most ${maxLeaseMs} ms`);
    const shard = this.#whole(await this.#open(shardName));
    shard.members.set(id, { id, epoch, applied, leaseMs, renewals: ++shard.renewals });
    const position = { epoch: this.#epoch(shard), seq: shard.seq };
    const entries: { seq: number; ring: Ring }[] = [];
    const follows = epoch === position.epoch && applied >= 0;
    for (let seq = applied + 1; follows && seq <= shard.seq && entries.length < 200; seq++) {
      const environment = shard.log.get(seq);
      const ring = environment && shard.rings.get(environment);
      if (!ring) return { position, serverTimeMs: this.#options.now(), entries: [], trimmed: true };
      entries.push({ seq, ring });
    }
    return { position, serverTimeMs: this.#options.now(), entries, trimmed: false };
  }

  async load(shard: RingShard): Promise<readonly Ring[]> {
    return [...(await this.#open(shard)).rings.values()];
  }

  async leave(shard: RingShard, member: MemberId): Promise<void> {
    (await this.#open(shard)).members.delete(member);
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

  /** Everything as it is now, for {@link restore}. */
  snapshot(): unknown {
    return structuredClone(this.#shards);
  }

  /** Goes back to a {@link snapshot}; call {@link restart} as well for a fail-over or a restored backup. */
  restore(snapshot: unknown): void {
    this.#shards = structuredClone(snapshot) as Map<RingShard, Shard>;
  }

  /** What was written for the audit, oldest first. */
  outbox(shard: RingShard): readonly string[] {
    return this.#shards.get(shard)?.outbox ?? [];
  }

  async #reach(): Promise<void> {
    await Promise.resolve();
    if (!this.reachable) throw new Error('the ring store can not be reached');
  }

  async #open(name: RingShard): Promise<Shard> {
    await this.#reach();
    const found = this.#shards.get(name);
    if (found) return found;
    const made: Shard = {
      epoch: unique('epoch'),
      registry: unique('registry'),
      seq: 0,
      renewals: 0,
      isDamaged: false,
      rings: new Map(),
      log: new Map(),
      outbox: [],
      members: new Map(),
      done: new Map(),
    };
    this.#shards.set(name, made);
    return made;
  }

  #whole(shard: Shard): Shard {
    if (shard.isDamaged) throw new Error('DAMAGED the head of the shard is missing');
    return shard;
  }

  /** Names the history that numbers belong to: another server may have taken another turn at the same number. */
  #epoch({ epoch }: Shard): string {
    return `${epoch}@${this.#serverId}`;
  }

  #identity(shard: Shard): RegistryIdentity {
    return { epoch: this.#epoch(shard), registry: shard.registry, serverId: this.#serverId };
  }
}
