import type { EnvironmentId, Instant } from '@tallystick/kernel-core';
import { instant } from '@tallystick/kernel-core';
import type { AuditDigest } from '@tallystick/platform-audit';
import type { Logger } from '@tallystick/platform-observability';
import {
  inForce,
  isLive,
  liveTokens,
  type Ring,
  type RingWitness,
  type Token,
  type TokenId,
  type TokenRingStore,
} from '@tallystick/tokens-domain';
import { auditEntry } from '../rings/audit-entry.ts';

export const recoveryActor = 'recovery';
export const recoveryReason = 'revoked before, and lost by the store: made again from the published revocations';

/** The ring with these tokens revoked; undefined when none of them is live in it. No guard is asked: it was decided before. */
export function ringRevokedAgain(ring: Ring, tokens: ReadonlySet<TokenId>, at: Instant): Ring | undefined {
  if (!ring.tokens.some((token) => tokens.has(token.id) && isLive(token))) return undefined;
  const revoke = (token: Token): Token => {
    if (!tokens.has(token.id) || !isLive(token)) return token;
    const { valueKept: _valueKept, ...rest } = token;
    return { ...rest, state: { kind: 'revoked', at, by: recoveryActor, reason: recoveryReason } };
  };
  return { ...ring, version: ring.version + 1, tokens: ring.tokens.map(revoke) };
}

export interface RevokeAgainNeeds {
  readonly store: Pick<TokenRingStore, 'shardOf' | 'read' | 'change'>;
  readonly witness: Pick<RingWitness, 'raise'>;
  readonly digest?: AuditDigest | undefined;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Gives how many were revoked; throws when they could not be. Revoking what is revoked is nothing. */
export type RevokeAgain = (environment: EnvironmentId, tokens: ReadonlySet<TokenId>) => Promise<number>;

const attempts = 8;

/**
 * Makes revocations again that the store had lost. Neither guards nor the rule of two people stand in its way: people decided it before. No
 * replacement is made (M24): its value would be nobody's.
 */
export const createRevokeAgain =
  ({ store, witness, digest, logger, nowMs }: RevokeAgainNeeds): RevokeAgain =>
  async (environment, tokens) => {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const before = await store.read(environment);
      const at = instant(nowMs());
      const ring = before && ringRevokedAgain(before, tokens, at);
      if (!ring) return 0;
      const revoked = before.tokens.filter((token) => tokens.has(token.id) && isLive(token)).map(({ id }) => id);
      const audit = auditEntry({
        before,
        decision: { kind: 'changed', ring, created: [], warnings: [] },
        command: { kind: 'revoke-tokens', tokens: revoked, reason: recoveryReason },
        actor: recoveryActor,
        reason: recoveryReason,
        at,
        digest,
      });
      const result = await store.change({
        ring,
        expectedVersion: before.version,
        sealed: { keep: [], erase: revoked },
        audit,
        mayUseReserve: true,
      });
      if (result.kind === 'conflict') continue;
      if (result.kind !== 'changed') throw new Error(`a revocation could not be made again: ${result.kind}`);
      await witness.raise(store.shardOf(environment), result.headEpoch, result.seq).catch(() => undefined); // away: it says so elsewhere
      if (inForce(ring.requirement, at) && liveTokens(ring).length === 0)
        logger.error(
          { environment },
          'after the recovery no token is left here and every device is refused: add a token and deliver it',
        );
      return revoked.length;
    }
    throw new Error('a revocation could not be made again: others change the ring at the same time');
  };
