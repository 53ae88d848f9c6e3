import { environmentId, type Instant, instant } from '@tallystick/kernel-core';
import type { Adoption } from '../adoption.ts';
import {
  defaultRingSettings,
  type PepperId,
  type ProposalId,
  type Ring,
  type Token,
  type TokenDigest,
  type TokenId,
} from '../ring.ts';
import type { FreshToken, GuardFigures, RingContext, RingDecision } from '../ring-command.ts';
import { noSiblings } from '../sibling-requirements.ts';
import { dayOf, type SightedGroup } from '../sighting-ports.ts';

export const environment = environmentId('acme');
export const now = instant(1_800_000_000_000);
/** So many hours from {@link now}. */
export const hours = (count: number): Instant => instant(now + count * 3_600_000);

export const id = (name: string): TokenId => `tok_${name}` as TokenId;
export const digest = (name: string): TokenDigest => `digest of ${name}` as TokenDigest;

export const fresh = (name: string, more: Partial<FreshToken> = {}): FreshToken => ({
  id: id(name),
  digest: digest(name),
  pepperId: 'k1' as PepperId,
  origin: 'generated',
  otherDigests: [],
  ...more,
});

export const token = (name: string, more: Partial<Token> = {}): Token => ({
  id: id(name),
  label: name,
  digest: digest(name),
  pepperId: 'k1' as PepperId,
  origin: 'generated',
  segment: {},
  createdAt: hours(-1000),
  createdBy: 'founder',
  state: { kind: 'active' },
  ...more,
});
export const revokedState = { kind: 'revoked', at: hours(-10), by: 'somebody', reason: 'old' } as const;
export const retiringState = { kind: 'retiring', at: hours(-10), by: 'somebody' } as const;

/** In force for long, with the tokens `a` and `b`, unless told otherwise. */
export const ring = (more: Partial<Ring> = {}): Ring => ({
  environment,
  version: 7,
  isDefined: true,
  requirement: { mode: 'enforce', effectiveAt: hours(-500) },
  siblings: noSiblings,
  settings: defaultRingSettings,
  tokens: [token('a'), token('b')],
  proposals: [],
  ...more,
});

/** So many devices presented this last; `met` says what they were judged to be under `revision`. */
export const group = (presented: string, devices: number, siblings?: SightedGroup['siblings']): SightedGroup => ({
  day: dayOf(now),
  presented: presented === 'nothing' || presented === 'unknown' ? presented : id(presented),
  platform: 'ios',
  devices,
  ...(siblings ? { siblings } : {}),
});

/** `{ a: 98, nothing: 2 }`: devices by what they presented last. */
export const seen = (counts: Readonly<Record<string, number>>): Adoption =>
  known(Object.entries(counts).map(([name, devices]) => group(name, devices)));
export const known = (groups: readonly SightedGroup[]): Adoption => ({
  kind: 'known',
  devices: groups.reduce((sum, { devices }) => sum + devices, 0),
  groups,
});
export const unknown: Adoption = { kind: 'unknown', why: 'store-unavailable' };

/** By `ann`, who may force; with the fresh tokens `new` and `spare`; every device is seen on `b`. */
export const context = (more: Partial<RingContext> = {}): RingContext => ({
  environment,
  now,
  actor: 'ann',
  mayForce: true,
  fresh: [fresh('new'), fresh('spare')],
  proposal: 'prp_1' as ProposalId,
  adoption: seen({ b: 100 }),
  ...more,
});

export function changed(decision: RingDecision): RingDecision & { readonly kind: 'changed' } {
  if (decision.kind !== 'changed') throw new Error(`expected a change, got ${JSON.stringify(decision)}`);
  return decision;
}
export const reasonOf = (decision: RingDecision): string => (decision.kind === 'refused' ? decision.reason : decision.kind);
export const names = (tokens: readonly Token[]): readonly string[] => tokens.map((one) => one.id.slice(4));
export const refusedNow = (figures: GuardFigures | undefined): number | undefined =>
  figures?.kind === 'known' ? figures.byToken : undefined;
