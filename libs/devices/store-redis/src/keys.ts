import { type AccountHash, type UserRef, userRefText } from '@tallystick/devices-domain';

/** Users of a connection are spread over 64 hash tags, so that a large connection does not sit on one node of a Redis Cluster. */
export const shards: readonly string[] = Array.from({ length: 64 }, (_, n) => n.toString().padStart(2, '0'));

export const shardOf = (hash: string): string => shards[Number.parseInt(hash.slice(0, 2), 16) % shards.length]!;

export type ConnectionRef = Pick<UserRef, 'environment' | 'connection'>;

/** What all keys of the users of one shard begin with. */
export const usersTag = ({ environment, connection }: ConnectionRef, shard: string): string =>
  `tally:{users/${environment}/${connection}/${shard}}`;
const tag = usersTag;

/** Hash: the source record and its pending mark. */
export const recordKey = (ref: UserRef): string => `${tag(ref, shardOf(ref.user))}:record:${ref.user}`;

/** Hash: fence and open work. */
export const workKey = (ref: UserRef): string => `${tag(ref, shardOf(ref.user))}:work:${ref.user}`;

/** List: the last outcomes, newest first. */
export const outcomesKey = (ref: UserRef): string => `${tag(ref, shardOf(ref.user))}:outcomes:${ref.user}`;

/** Sorted set of user hashes whose wake-up was not confirmed, by the server's time in milliseconds, one per shard. */
export const waitingKey = (ref: ConnectionRef, shard: string): string => `${tag(ref, shard)}:waiting`;

/** Sorted set of all users that have a record, in the order of their hashes, one per shard. */
export const indexKey = (ref: ConnectionRef, shard: string): string => `${tag(ref, shard)}:index`;

/**
 * Sorted set of the users who are wanted, as far as their records and the last change of their accounts say: nobody who was deleted, nobody whose
 * account was suspended or deleted. For sizes only. One per shard.
 */
export const livingKey = (ref: ConnectionRef, shard: string): string => `${tag(ref, shard)}:living`;

/** What a record is written with: itself, the waiting users, the index and the living of its shard. */
export const recordKeys = (ref: UserRef): readonly [string, string, string, string] => {
  const shard = shardOf(ref.user);
  return [recordKey(ref), waitingKey(ref, shard), indexKey(ref, shard), livingKey(ref, shard)];
};

const accountTag = (shard: string): string => `tally:{account/${shard}}`;

/** What the keys of owners begin with, in one shard of accounts. */
export const accountPrefix = (shard: string): string => `${accountTag(shard)}:`;

/** String: the owner of a directory account, as `userRefText`. */
export const accountKey = (account: AccountHash): string => `${accountPrefix(shardOf(account))}${account}`;

/** Sorted set of the accounts that users of a connection own, beside their owners; one per shard of accounts. */
export const ownedKey = ({ environment, connection }: ConnectionRef, shard: string): string =>
  `${accountTag(shard)}:owned:${environment}/${connection}`;

const sourceTag = ({ environment, connection }: ConnectionRef): string => `tally:{source/${environment}/${connection}}`;

/** Hash: epoch, who raised it, stop, gap. */
export const sourceKey = (ref: ConnectionRef): string => `${sourceTag(ref)}:state`;

/** Hash: how far each partition was read in an epoch. */
export const consumedKey = (ref: ConnectionRef, epoch: number): string => `${sourceTag(ref)}:consumed:${epoch}`;

const parkedTag = ({ environment, connection }: ConnectionRef): string => `tally:{parked/${environment}/${connection}}`;

/** Hash: one parked record. */
export const parkedKey = (ref: ConnectionRef, id: string): string => `${parkedTag(ref)}:record:${id}`;

/** Sorted set of parked records of a state, by when they were parked. */
export const parkedIndexKey = (ref: ConnectionRef, state: 'open' | 'settled'): string => `${parkedTag(ref)}:${state}`;

/** Number of parked records that the index had no room for. */
export const parkedOverflowKey = (ref: ConnectionRef): string => `${parkedTag(ref)}:overflow`;

/** What a seal is bound to: a record can't be passed off as another user's. */
export const sealedAs = (what: 'record' | 'work', ref: UserRef): string => `${what}:${userRefText(ref)}`;
