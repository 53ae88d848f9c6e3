import { createHash } from 'node:crypto';
import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import { currentKey, hmacDigest, type KeyRing } from '@tallystick/platform-secrets';
import {
  defaultRingSettings,
  noSiblings,
  type PepperId,
  type Ring,
  type Token,
  type TokenDigest,
  type TokenId,
  type TokenRingStore,
} from '@tallystick/tokens-domain';

const revoked = { kind: 'revoked', at: instant(1), by: 'admin', reason: 'lost' } as const;

/** Makes changes of rings as the token service does, as far as a validator can see them. */
export function ringMaker(store: Pick<TokenRingStore, 'read' | 'change'>, peppers: KeyRing) {
  const { keyId, key } = currentKey(peppers);
  const digest = (value: string) => hmacDigest(key, value) as TokenDigest;

  const token = (value: string, state: Token['state'] = { kind: 'active' }): Token => ({
    id: `tok_${createHash('sha256').update(value).digest('hex').slice(0, 16)}` as TokenId,
    label: 'a label',
    digest: digest(value),
    pepperId: keyId as PepperId,
    origin: 'own',
    segment: {},
    createdAt: instant(0),
    createdBy: 'admin',
    state,
  });

  /** @returns the sequence number of the change. */
  async function change(
    environment: EnvironmentId,
    next: (tokens: readonly Token[]) => readonly Token[],
    more: Partial<Ring> = {},
  ): Promise<number> {
    const before = await store.read(environment);
    const ring: Ring = {
      environment,
      isDefined: true,
      requirement: { mode: 'enforce', effectiveAt: instant(0) },
      siblings: noSiblings,
      settings: defaultRingSettings,
      proposals: [],
      ...before,
      ...more,
      version: (before?.version ?? 0) + 1,
      tokens: next(before?.tokens ?? []),
    };
    const result = await store.change({ ring, expectedVersion: before?.version ?? 0, audit: '{}', mayUseReserve: true });
    if (result.kind !== 'changed') throw new Error(`the change of a ring was refused: ${result.kind}`);
    return result.seq;
  }

  return {
    token,
    revokedToken: (value: string) => token(value, revoked),
    change,
    add: (environment: EnvironmentId, ...values: readonly string[]) =>
      change(environment, (tokens) => [...tokens, ...values.map((value) => token(value))]),
    revoke: (environment: EnvironmentId, value: string) =>
      change(environment, (tokens) => tokens.map((each) => (each.digest === digest(value) ? { ...each, state: revoked } : each))),
  };
}
