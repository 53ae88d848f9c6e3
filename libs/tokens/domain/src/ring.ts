import type { Branded, EnvironmentId, Instant } from '@tallystick/kernel-core';

/** Names a token without being it: `tok_` and 16 characters; safe to log. */
export type TokenId = Branded<string, 'TokenId'>;

/** `HMAC-SHA-256(pepper, value)` as 64 lower-case hex digits. Never leaves the services, never logged. */
export type TokenDigest = Branded<string, 'TokenDigest'>;

/** Names the key that made a digest; a digest can't be re-peppered, so a pepper retires with its last token. */
export type PepperId = Branded<string, 'PepperId'>;

export interface Token {
  readonly id: TokenId;
  readonly label: string;
  readonly digest: TokenDigest;
  readonly pepperId: PepperId;
  /** Generation date and time (M17), set by the service, never by the caller (P10 of the pains). */
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly state:
    | { readonly kind: 'active' }
    /** Kept, so that the same value is never accepted again (M21) and the list shows what happened. */
    | { readonly kind: 'revoked'; readonly at: Instant; readonly by: string; readonly reason: string };
}

export interface Requirement {
  /** M1: one on/off object per environment. */
  readonly enabled: boolean;
  /** M3, M5: an explicit instant; before it nothing is refused (M4). */
  readonly effectiveAt: Instant;
}

/** The requirement plus all its tokens, as one versioned whole: what one change script writes and one log entry carries. */
export interface Ring {
  readonly environment: EnvironmentId;
  /** Counts changes of this ring from 1; a change names the version it was made from. */
  readonly version: number;
  readonly requirement: Requirement;
  readonly tokens: readonly Token[];
}

export const activeTokens = (ring: Ring): readonly Token[] => ring.tokens.filter(({ state }) => state.kind === 'active');
