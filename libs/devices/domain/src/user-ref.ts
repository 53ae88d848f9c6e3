import type { Branded, ConnectionId, EnvironmentId } from '@tallystick/kernel-core';

/** Keyed hash of a source key, 32 lower-case hex digits: stands for a user in ids, logs and metrics without naming anybody. */
export type UserHash = Branded<string, 'UserHash'>;

/** Names one user of one connection everywhere: keys, workflow id, outcomes. */
export interface UserRef {
  readonly environment: EnvironmentId;
  readonly connection: ConnectionId;
  readonly user: UserHash;
}

/** `<environment>/<connection>`: neither has a slash, so that no two connections have the same. */
export const connectionRefText = ({ environment, connection }: Pick<UserRef, 'environment' | 'connection'>): string =>
  `${environment}/${connection}`;

/** `<environment>/<connection>/<user>`: the workflow id, and the owner's name of an account. */
export const userRefText = ({ environment, connection, user }: UserRef): string => `${environment}/${connection}/${user}`;
