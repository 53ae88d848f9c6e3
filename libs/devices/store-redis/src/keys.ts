import { type AccountHash, type UserRef, userRefText } from '@tallystick/devices-domain';

/** Users of a connection are spread over 64 hash tags, so that a large connection does not sit on one node of a Redis Cluster. */
export const shards: readonly string[] = Array.from({ length: 64 }, (_, n) => n.toString().padStart(2, '0'));

const shardOf = (hash: string): string => shards[Number.parseInt(hash.slice(0, 2), 16) % shards.length]!;

type ConnectionRef = Pick<UserRef, 'environment' | 'connection'>;

const tag = ({ environment, connection }: ConnectionRef, shard: string): string =>
  `tally:{users/${environment}/${connection}/${shard}}`;

/** Hash: the source record and its pending mark. */
export const recordKey = (ref: UserRef): string => `${tag(ref, shardOf(ref.user))}:record:${ref.user}`;

/** Hash: fence, open work and last outcome. */
export const workKey = (ref: UserRef): string => `${tag(ref, shardOf(ref.user))}:work:${ref.user}`;

/** Set of user hashes whose wake-up was not confirmed, one per shard. */
export const pendingKey = (ref: ConnectionRef, shard: string): string => `${tag(ref, shard)}:pending`;

export const pendingKeyOf = (ref: UserRef): string => pendingKey(ref, shardOf(ref.user));

/** String: the owner of a directory account, as `userRefText`. */
export const accountKey = (account: AccountHash): string => `tally:{account/${shardOf(account)}}:${account}`;

/** What a seal is bound to: a record can't be passed off as another user's. */
export const sealedAs = (what: 'record' | 'work', ref: UserRef): string => `${what}:${userRefText(ref)}`;
