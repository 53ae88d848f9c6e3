import { environmentId, instant } from '@tallystick/kernel-core';
import {
  defaultRingSettings,
  noSiblings,
  type PepperId,
  type Ring,
  type Token,
  type TokenDigest,
  type TokenId,
} from '@tallystick/tokens-domain';

// For tests.

export const acme = environmentId('acme');
export const globex = environmentId('globex');
export const p1 = 'p1' as PepperId;
export const revoked = { kind: 'revoked', at: instant(1), by: 'admin', reason: 'lost' } as const;

/** `tok_<value>`, with the value itself as its digest. */
export const token = (value: string, more: Partial<Token> = {}): Token => ({
  id: `tok_${value}` as TokenId,
  label: value,
  digest: value as TokenDigest,
  pepperId: p1,
  origin: 'generated',
  segment: {},
  createdAt: instant(0),
  createdBy: 'admin',
  state: { kind: 'active' },
  ...more,
});

/** A ring of {@link acme} that enforces from the beginning of time. */
export const ring = (more: Partial<Ring> = {}): Ring => ({
  environment: acme,
  version: 1,
  isDefined: true,
  requirement: { mode: 'enforce', effectiveAt: instant(0) },
  siblings: noSiblings,
  settings: defaultRingSettings,
  tokens: [],
  proposals: [],
  ...more,
});
