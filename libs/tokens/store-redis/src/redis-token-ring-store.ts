import { createHash } from 'node:crypto';
import type { EnvironmentId } from '@tallystick/kernel-core';
import type { Redis } from '@tallystick/platform-redis';
import {
  maxLeaseMs,
  type MemberId,
  type PepperId,
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
import { z } from 'zod';
import { callChange, type StoredRing } from './call-change.ts';
import { writeMember } from './member-row.ts';
import { Replication } from './replication.ts';
import { readOrMark, readRing } from './ring-document.ts';
import { ringKeys, shardKeys } from './ring-keys.ts';
import { readLook, readRenewal } from './ring-replies.ts';
import { environmentsScript } from './scripts/environments.script.ts';
import { dropScript } from './scripts/drop.script.ts';
import { layoutScript } from './scripts/layout.script.ts';
import { lookScript } from './scripts/look.script.ts';
import { answeredScript, readScript } from './scripts/read.script.ts';
import { renewScript } from './scripts/renew.script.ts';
import { reopenScript } from './scripts/reopen.script.ts';
import { ringsScript } from './scripts/rings.script.ts';
import { candidates } from './scripts/shard-prelude.ts';

export interface RedisTokenRingStoreOptions {
  /** The primary of the Redis that keeps the rings: from `connectRedis`, so that no call hangs when it is away. */
  readonly client: Redis;
  /** A connection of its own for the hints, needed by {@link RedisTokenRingStore.onHint} only: a subscribed one takes no other commands. */
  readonly hints?: Redis;
  /** Before every key and channel; default `tally`. */
  readonly prefix?: string;
  /** Replicas that must have a change before it counts as done; default 0. */
  readonly minReplicas?: number;
  /**
   * Replicas that a change waits for beyond that, for some tenths of a second: how many have it is told with it. Default 0.
   */
  readonly replicas?: number;
  /** How long the least may take, in milliseconds; default 1 000. Less than the client's `commandTimeoutMs`. */
  readonly replicaTimeoutMs?: number;
  /** Entries kept in each shard's change log; default 10 000. */
  readonly logLength?: number;
  /** Entries that each shard's audit outbox has room for; its last tenth is for revocations. Default 100 000. */
  readonly outboxLimit?: number;
}

const mostEntries = 200;
/** One answer must not keep the server from its other members. */
const mostBytes = 1_000_000;
const ringsPerPage = 50;
const environmentsPerPage = 1_000;

/** ADR 2 on Redis 7: both sides of it, the token service's and the validators'. Every call throws when Redis can't be reached. */
export class RedisTokenRingStore implements TokenRingStore, RingFeed {
  readonly shards = ringShards;
  readonly #client: Redis;
  readonly #hints: Redis | undefined;
  readonly #prefix: string;
  readonly #logLength: number;
  readonly #outboxLimit: number;
  readonly #replication: Replication;

  constructor(options: RedisTokenRingStoreOptions) {
    const { client, hints, prefix = 'tally', minReplicas = 0, replicas = 0, replicaTimeoutMs: timeoutMs = 1_000 } = options;
    this.#client = client;
    this.#hints = hints;
    this.#prefix = prefix;
    this.#logLength = options.logLength ?? 10_000;
    this.#outboxLimit = options.outboxLimit ?? 100_000;
    this.#replication = new Replication(client, { minReplicas, replicas, timeoutMs });
  }

  shardOf(environment: EnvironmentId): RingShard {
    return ringShardOf(environment);
  }

  /** @throws UnreadableRecord when what is stored is nothing that this version can read. */
  async read(environment: EnvironmentId): Promise<Ring | undefined> {
    const json = await this.#read(this.#keys(ringShardOf(environment)).ring(environment));
    return json === null ? undefined : readRing(json, environment);
  }

  /**
   * An environment may have so many entries in the outbox that half of the room which the others left stays free; a revocation is never
   * refused for want of room (see `mayUseReserve`).
   * @throws UnreadableRecord when what is stored, or what would be, is nothing that this version can read; RangeError on a wrong version, and
   * on a text with half a surrogate pair.
   */
  async change(change: RingChange): Promise<RingChangeResult> {
    const connection = this.#replication.connection;
    let result = await this.#change(change);
    if (result.kind === 'unreadable') {
      const { environment } = change.ring;
      const stored = (await this.#read(this.#keys(ringShardOf(environment)).ring(environment))) ?? '';
      const { version } = readRing(stored, environment);
      result = await this.#change(change, { sha: createHash('sha1').update(stored).digest('hex'), version });
      if (result.kind === 'unreadable') return { kind: 'conflict' }; // it was another document by then
    }
    if (result.kind !== 'changed' && result.kind !== 'replayed') return result;
    const acknowledged = await this.#replication.acknowledged(connection);
    return acknowledged === undefined ? { kind: 'outcome-unknown' } : { ...result, acknowledged };
  }

  #change(change: RingChange, stored?: StoredRing): ReturnType<typeof callChange> {
    const shard = ringShardOf(change.ring.environment);
    const place = { shard, keys: this.#keys(shard), channel: this.#channel };
    return callChange(this.#client, { ...place, logLength: this.#logLength, outboxLimit: this.#outboxLimit }, change, stored);
  }

  async answered(
    environment: EnvironmentId,
    key: string,
  ): Promise<{ seq: number; requestDigest: string; answer: string; values?: string } | undefined> {
    const keys = this.#keys(ringShardOf(environment));
    const reply = await answeredScript.run(this.#client, [keys.done(environment, key), keys.values(environment, key)]);
    const [seq, requestDigest, answer, values] = answeredReply.parse(reply);
    if (seq === null || requestDigest === null || answer === null) return undefined;
    return { seq: Number(seq), requestDigest, answer, ...(values === null ? {} : { values }) };
  }

  async readSealed(environment: EnvironmentId, token: TokenId): Promise<string | undefined> {
    return (await this.#read(this.#keys(ringShardOf(environment)).sealed(environment, token))) ?? undefined;
  }

  async environments(shard: RingShard): Promise<readonly EnvironmentId[]> {
    return (await this.#environments(shard)).environments;
  }

  /** All from one server and head, which is told. @throws Error when another one answers in between. */
  async #environments(
    shard: RingShard,
    joined?: string,
  ): Promise<{ readonly epoch: string; readonly environments: readonly EnvironmentId[] }> {
    const keys = shardKeys(this.#keys(shard));
    const found = new Set<string>(); // a scan may give one twice
    let epoch = joined;
    for (let cursor = '0'; ;) {
      const args = [...candidates(), cursor, environmentsPerPage];
      const [answering, next, page] = pageReply.parse(await environmentsScript.run(this.#client, keys, args));
      epoch = sameEpoch(epoch, answering);
      for (const environment of page) found.add(environment);
      if (next === '0') return { epoch, environments: [...found] as EnvironmentId[] };
      cursor = next;
    }
  }

  /** @throws Error also when replication did not confirm it in time: look again, and repeat it if need be. */
  async reopen(shard: RingShard, expected: string): Promise<boolean> {
    const connection = this.#replication.connection;
    const args = [...candidates(), expected, this.#channel, shard];
    if ((await reopenScript.run(this.#client, shardKeys(this.#keys(shard)), args)) !== 1) return false;
    if ((await this.#replication.acknowledged(connection)) === undefined)
      throw new Error('replication did not confirm that the shard is reopened');
    return true;
  }

  /**
   * Says of a shard that it has parts of another layout: `writes`, and which layout a version must know at least to touch it. From then on an
   * older version is refused by each of its scripts (`LAYOUT`), also where it runs already. Never lowers anything.
   * @throws Error also when not every replica that counts has it.
   */
  async raiseLayout(shard: RingShard, layout: { readonly writes: number; readonly oldestReader: number }): Promise<void> {
    const { writes, oldestReader } = layout;
    if (![writes, oldestReader].every((number) => Number.isSafeInteger(number) && number >= 1) || oldestReader > writes)
      throw new RangeError('a layout is a whole number from 1 on, and no reader need be newer than what is written');
    const connection = this.#replication.connection;
    const args = [...candidates(), writes, oldestReader];
    await layoutScript.run(this.#client, shardKeys(this.#keys(shard)), args);
    if (((await this.#replication.acknowledged(connection)) ?? -1) < this.#replication.replicas)
      throw new Error('not every replica has the layout: a fail-over might put it back');
  }

  look(shard: RingShard): Promise<RegistryLook> {
    return this.#look(shard, '');
  }

  async confirm(shard: RingShard): Promise<RegistryLook | undefined> {
    if (!this.#replication.isUsed) return this.look(shard);
    const connection = this.#replication.connection;
    const look = await this.#look(shard, 'touch');
    const acknowledged = await this.#replication.acknowledged(connection);
    return acknowledged === undefined ? undefined : { ...look, acknowledged };
  }

  async drop(shard: RingShard, member: MemberId, renewals: number): Promise<void> {
    await dropScript.run(this.#client, [this.#keys(shard).members], [member, renewals]);
  }

  async renew(
    shard: RingShard,
    member: {
      readonly id: MemberId;
      readonly epoch: string;
      readonly applied: number;
      readonly leaseMs: number;
      readonly peppers: readonly PepperId[];
    },
  ): Promise<Renewal> {
    const { id, epoch, applied, leaseMs } = member;
    if (!(leaseMs > 0 && leaseMs <= maxLeaseMs)) throw new RangeError(`a lease lasts at most ${maxLeaseMs} ms`);
    const keys = this.#keys(shard);
    const connection = this.#replication.connection;
    const startOfRing = keys.ring('' as EnvironmentId);
    const args = [...candidates(), id, epoch, applied, writeMember(member), mostEntries, mostBytes, startOfRing];
    const renewal = readRenewal(await renewScript.run(this.#client, shardKeys(keys), args), applied);
    // A primary that was replaced without noticing may still answer; its replicas no longer listen.
    if ((await this.#replication.acknowledged(connection)) === undefined)
      throw new Error('replication did not confirm the renewal');
    return renewal;
  }

  async load(shard: RingShard, joined?: string): Promise<readonly (Ring | UnreadableRing)[]> {
    const keys = this.#keys(shard);
    const { epoch, environments } = await this.#environments(shard, joined);
    const rings: (Ring | UnreadableRing)[] = [];
    while (rings.length < environments.length) {
      const wanted = environments.slice(rings.length, rings.length + ringsPerPage);
      const args = [...candidates(), mostBytes];
      const reply = await ringsScript.run(this.#client, [...shardKeys(keys), ...wanted.map(keys.ring)], args);
      const [answering, page] = documents.parse(reply);
      sameEpoch(epoch, answering);
      wanted.slice(0, page.length).forEach((environment, at) => rings.push(readOrMark(page[at], environment)));
    }
    return rings;
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

  async #read(key: string): Promise<string | null> {
    return text.parse(await readScript.run(this.#client, [key]));
  }

  get #channel(): string {
    return `${this.#prefix}:ring-hints`;
  }

  #keys(shard: RingShard) {
    return ringKeys(this.#prefix, shard);
  }

  async #look(shard: RingShard, touch: 'touch' | ''): Promise<RegistryLook> {
    return readLook(await lookScript.run(this.#client, shardKeys(this.#keys(shard)), [...candidates(), touch]));
  }
}

/** @throws Error when it is not the one that answered, or was joined, before. */
function sameEpoch(before: string | undefined, answering: string): string {
  if (before !== undefined && before !== answering) throw new Error('another server or head answers than was joined');
  return answering;
}

const text = z.string().nullable();
const answeredReply = z.tuple([text, text, text, text]);
const pageReply = z.tuple([z.string(), z.string(), z.array(z.string())]);
/** At least one, or asking for the rest would never end. */
const documents = z.tuple([z.string(), z.array(z.string()).min(1)]);
