import { randomBytes } from 'node:crypto';
import type { EnvironmentId } from '@tallystick/kernel-core';
import type { Redis } from '@tallystick/platform-redis';
import {
  maxLeaseMs,
  type MemberId,
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
import { z } from 'zod';
import { readMember, readRing, UnreadableRecord, writeRing } from './ring-document.ts';
import { ringKeys, type RingKeys } from './ring-keys.ts';
import { changeScript } from './scripts/change.script.ts';
import { dropScript } from './scripts/drop.script.ts';
import { lookScript } from './scripts/look.script.ts';
import { renewScript } from './scripts/renew.script.ts';

export interface RedisTokenRingStoreOptions {
  /** The primary of the Redis that keeps the rings: from `connectRedis`, so that no call hangs when it is away. */
  readonly client: Redis;
  /** A connection of its own for the hints, needed by {@link RedisTokenRingStore.onHint} only: a subscribed one takes no other commands. */
  readonly hints?: Redis;
  /** Before every key and channel; default `tally`. */
  readonly prefix?: string;
  /** Replicas that must have a change before it counts as done; default 0. */
  readonly minReplicas?: number;
  /** How long they may take, in milliseconds; default 1 000. Less than the client's `commandTimeoutMs`. */
  readonly replicaTimeoutMs?: number;
  /** Entries kept in each shard's change log; default 10 000. */
  readonly logLength?: number;
  /** Entries kept in each shard's audit outbox; its last tenth is for revocations. Default 100 000. */
  readonly outboxLimit?: number;
}

const doneForSeconds = 24 * 60 * 60;
const mostEntries = 200;
const mostBytes = 1_000_000; // one answer must not keep the server from its other members

const changeReply = z.union([
  z.tuple([z.literal('changed'), z.int(), z.string(), z.string(), z.string()]),
  z.tuple([z.literal('replayed'), z.int(), z.string(), z.string(), z.string(), z.string()]),
  z.tuple([z.enum(['key-reused', 'conflict', 'outbox-full', 'damaged'])]),
]);
const lookReply = z.tuple([z.string(), z.string(), z.string(), z.int(), z.int(), z.array(z.string())]);
const renewReply = z.tuple([z.string(), z.int(), z.int(), z.int(), z.array(z.string()), z.array(z.string())]);

/** ADR 2 on Redis 7: both sides of it, the token service's and the validators'. Every call throws when Redis can't be reached. */
export class RedisTokenRingStore implements TokenRingStore, RingFeed {
  readonly shards = ringShards;
  readonly #client: Redis;
  readonly #hints: Redis | undefined;
  readonly #options: Required<Omit<RedisTokenRingStoreOptions, 'client' | 'hints'>>;
  #nextWait: Promise<number> | undefined;

  constructor({ client, hints, ...options }: RedisTokenRingStoreOptions) {
    this.#client = client;
    this.#hints = hints;
    this.#options = {
      prefix: 'tally',
      minReplicas: 0,
      replicaTimeoutMs: 1_000,
      logLength: 10_000,
      outboxLimit: 100_000,
      ...options,
    };
    countConnections(client);
  }

  shardOf(environment: EnvironmentId): RingShard {
    return ringShardOf(environment);
  }

  async read(environment: EnvironmentId): Promise<Ring | undefined> {
    const json = await this.#client.get(this.#keys(ringShardOf(environment)).ring(environment));
    return json === null ? undefined : readRing(json);
  }

  async change({ ring, expectedVersion, audit, idempotency, mayUseReserve }: RingChange): Promise<RingChangeResult> {
    if (ring.version !== expectedVersion + 1)
      throw new RangeError('a change is one version on from the ring that it was made from');
    const { environment } = ring;
    const shard = ringShardOf(environment);
    const keys = this.#keys(shard);
    const { logLength, outboxLimit } = this.#options;
    const connection = connections.get(this.#client);
    const reply = await changeScript.run(
      this.#client,
      [...shardKeys(keys), keys.ring(environment), keys.done(environment, idempotency?.key ?? '')],
      [
        ...candidates(),
        environment,
        expectedVersion,
        writeRing(ring),
        audit,
        idempotency?.requestDigest ?? '',
        idempotency?.answer ?? '',
        doneForSeconds,
        logLength,
        mayUseReserve ? outboxLimit : outboxLimit - Math.ceil(outboxLimit / 10),
        this.#channel,
        shard,
      ],
    );
    const result = readChange(reply);
    if (result.kind !== 'changed' && result.kind !== 'replayed') return result;
    return (await this.#isReplicated(connection)) ? result : { kind: 'outcome-unknown' };
  }

  async answered(
    environment: EnvironmentId,
    key: string,
  ): Promise<{ seq: number; requestDigest: string; answer: string } | undefined> {
    const [seq, requestDigest, answer] = await this.#client.hmGet(this.#keys(ringShardOf(environment)).done(environment, key), [
      'seq',
      'digest',
      'answer',
    ]);
    if (typeof seq !== 'string' || typeof requestDigest !== 'string' || typeof answer !== 'string') return undefined;
    return { seq: Number(seq), requestDigest, answer };
  }

  look(shard: RingShard): Promise<RegistryLook> {
    return this.#look(shard, '');
  }

  async confirm(shard: RingShard): Promise<RegistryLook | undefined> {
    if (this.#options.minReplicas === 0) return this.look(shard);
    const connection = connections.get(this.#client);
    const look = await this.#look(shard, 'touch');
    return (await this.#isReplicated(connection)) ? look : undefined;
  }

  async drop(shard: RingShard, member: MemberId, renewals: number): Promise<void> {
    await dropScript.run(this.#client, [this.#keys(shard).members], [member, renewals]);
  }

  async renew(
    shard: RingShard,
    member: { readonly id: MemberId; readonly epoch: string; readonly applied: number; readonly leaseMs: number },
  ): Promise<Renewal> {
    const { id, epoch, applied, leaseMs } = member;
    if (!(leaseMs > 0 && leaseMs <= maxLeaseMs)) throw new RangeError(`a lease lasts at most ${maxLeaseMs} ms`);
    const keys = this.#keys(shard);
    const connection = connections.get(this.#client);
    const args = [...candidates(), id, epoch, applied, leaseMs, mostEntries, mostBytes, keys.ring('' as EnvironmentId)];
    const reply = renewReply.parse(await renewScript.run(this.#client, shardKeys(keys), args));
    // A primary that was replaced without noticing may still answer; its replicas no longer listen.
    if (!(await this.#isReplicated(connection))) throw new Error('replication did not confirm the renewal');
    const [currentEpoch, seq, serverTimeMs, trimmed, changed, documents] = reply;
    const rings = new Map(pairs(documents).map(([environment, json]) => [environment, readRing(json)]));
    return {
      position: { epoch: currentEpoch, seq },
      serverTimeMs,
      entries: changed.map((environment, index) => ({ seq: applied + 1 + index, ring: found(rings.get(environment)) })),
      trimmed: trimmed === 1,
    };
  }

  async load(shard: RingShard): Promise<readonly Ring[]> {
    const keys = this.#keys(shard);
    const environments = (await this.#client.sMembers(keys.environments)) as EnvironmentId[];
    if (environments.length === 0) return [];
    const documents = await this.#client.mGet(environments.map(keys.ring));
    return documents.map((json) => found(json === null ? undefined : readRing(json)));
  }

  async leave(shard: RingShard, member: MemberId): Promise<void> {
    await this.#client.hDel(this.#keys(shard).members, member);
  }

  async onHint(listener: (shard: RingShard) => void): Promise<() => Promise<void>> {
    const hints = this.#hints;
    if (!hints) throw new TypeError('this store was made without a connection for hints');
    const hear = (shard: string): void => {
      if ((this.shards as readonly string[]).includes(shard)) listener(shard as RingShard);
    };
    await hints.subscribe(this.#channel, hear);
    return () => hints.unsubscribe(this.#channel, hear).then(() => undefined);
  }

  get #channel(): string {
    return `${this.#options.prefix}:ring-hints`;
  }

  #keys(shard: RingShard) {
    return ringKeys(this.#options.prefix, shard);
  }

  async #look(shard: RingShard, touch: 'touch' | ''): Promise<RegistryLook> {
    const reply = lookReply.parse(await lookScript.run(this.#client, shardKeys(this.#keys(shard)), [...candidates(), touch]));
    const [epoch, registry, serverId, replicas, seq, rows] = reply;
    const table = pairs(rows);
    return {
      identity: { epoch, registry, serverId },
      seq,
      members: table.filter(([id]) => !id.startsWith(':')).map(([id, json]) => readMember(id, json)),
      renewals: Number(table.find(([id]) => id === ':renewals')?.[1] ?? 0),
      replicas,
    };
  }

  /**
   * Whether enough replicas have what this connection wrote. WAIT knows only its own connection's writes and says yes at once on a new
   * one, so a reconnection since `connection` leaves the outcome unknown.
   */
  async #isReplicated(connection: number | undefined): Promise<boolean> {
    const { minReplicas, replicaTimeoutMs } = this.#options;
    if (minReplicas === 0) return true;
    // One WAIT for all who come before it is sent: it covers everything that the connection wrote, and blocks the connection.
    this.#nextWait ??= Promise.resolve().then(() => {
      this.#nextWait = undefined;
      return this.#client.wait(minReplicas, replicaTimeoutMs);
    });
    const replicas = await this.#nextWait;
    return replicas >= minReplicas && connection === connections.get(this.#client);
  }
}

/** How often each client has connected. */
const connections = new WeakMap<Redis, number>();

function countConnections(client: Redis): void {
  if (connections.has(client)) return;
  connections.set(client, 0);
  client.on('ready', () => connections.set(client, (connections.get(client) ?? 0) + 1));
}

const candidates = (): readonly [string, string] => [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];

const shardKeys = ({ head, members, environments, log, outbox }: RingKeys): readonly string[] => [
  head,
  members,
  environments,
  log,
  outbox,
];

function readChange(reply: unknown): RingChangeResult {
  const found = changeReply.parse(reply);
  switch (found[0]) {
    case 'changed': {
      const [kind, seq, epoch, registry, serverId] = found;
      return { kind, seq, identity: { epoch, registry, serverId } };
    }
    case 'replayed': {
      const [kind, seq, answer, epoch, registry, serverId] = found;
      return { kind, seq, answer, identity: { epoch, registry, serverId } };
    }
    default:
      return { kind: found[0] };
  }
}

function found(ring: Ring | undefined): Ring {
  if (!ring) throw new UnreadableRecord('a ring of the shard is missing');
  return ring;
}

const pairs = (flat: readonly string[]): readonly (readonly [string, string])[] =>
  flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as const] : []));
