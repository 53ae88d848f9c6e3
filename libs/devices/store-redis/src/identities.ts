import { type AccountHash, foldUsername, type PlanHash, type UserHash, type UserRef } from '@tallystick/devices-domain';
import type { ConnectionId, EnvironmentId } from '@tallystick/kernel-core';
import { currentKey, deriveKey, type KeyRing, keyedHash } from '@tallystick/platform-secrets';

/**
 * Turns source keys and usernames into the hashes that stand for them in keys, ids and outcomes. The key behind them names every
 * running workflow and every stored record: it is not rotated, it is replaced by a rebuild (`docs/operations`).
 */
export interface Identities {
  readonly userOf: (environment: EnvironmentId, connection: ConnectionId, sourceKey: string) => UserRef;
  readonly accountOf: (directoryId: string, username: string) => AccountHash;
  /** Of the canonical text of a plan (ADR 5.10), which names addresses. */
  readonly planOf: (text: string) => PlanHash;
  /** Of what may be personal, for comparison: of requests, and of documents in the audit. */
  readonly digestOf: (text: string) => string;
}

export function createIdentities(identityKey: KeyRing): Identities {
  const { key } = currentKey(identityKey);
  const users = deriveKey(key, 'user-hash');
  const accounts = deriveKey(key, 'account-hash');
  const plans = deriveKey(key, 'plan-hash');
  const digests = deriveKey(key, 'digest');
  return {
    userOf: (environment, connection, sourceKey) => ({
      environment,
      connection,
      user: keyedHash(users, environment, connection, sourceKey).slice(0, 32) as UserHash,
    }),
    // The directory does not tell "Bob" from "bob": two spellings must meet in one owner.
    accountOf: (directoryId, username) => keyedHash(accounts, directoryId, foldUsername(username)).slice(0, 32) as AccountHash,
    planOf: (text) => keyedHash(plans, text) as PlanHash,
    digestOf: (text) => keyedHash(digests, text),
  };
}
