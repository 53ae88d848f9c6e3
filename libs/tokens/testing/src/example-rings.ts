import { type EnvironmentId, environmentId, instant } from '@tallystick/kernel-core';
import {
  defaultRingSettings,
  noSiblings,
  type PepperId,
  type Ring,
  type RingShard,
  ringShardOf,
  type Token,
  type TokenDigest,
  type TokenId,
} from '@tallystick/tokens-domain';

/** The digest of the example token with this number: 64 hex digits. */
export const exampleDigest = (number: number): TokenDigest => number.toString(16).padStart(64, '0') as TokenDigest;

/** A token that tests can tell from others by its number; without dates and without a sealed copy, for all devices. */
export const exampleToken = (number: number, state: Token['state'] = { kind: 'active' }): Token => ({
  id: `tok_${String(number).padStart(16, '0')}` as TokenId,
  label: `example ${number}`,
  digest: exampleDigest(number),
  pepperId: 'k1' as PepperId,
  origin: 'generated',
  segment: {},
  createdAt: instant(1_700_000_000_000),
  createdBy: 'somebody',
  state,
});

/** A ring that requires one of the tokens, from 2023 on, with the default settings and nothing else. */
export const exampleRing = (environment: EnvironmentId, version: number, tokens: readonly Token[] = [exampleToken(1)]): Ring => ({
  environment,
  version,
  isDefined: true,
  requirement: { mode: 'enforce', effectiveAt: instant(1_700_000_000_000) },
  siblings: noSiblings,
  settings: defaultRingSettings,
  tokens,
  proposals: [],
});

/** Environments whose rings live in one shard. */
export function environmentsOfOneShard(
  count: number,
  prefix = 'environment',
): { readonly shard: RingShard; readonly environments: readonly EnvironmentId[] } {
  const first = environmentId(`${prefix}-0`);
  const environments = [first];
  for (let number = 1; environments.length < count; number++) {
    const next = environmentId(`${prefix}-${number}`);
    if (ringShardOf(next) === ringShardOf(first)) environments.push(next);
  }
  return { shard: ringShardOf(first), environments };
}
