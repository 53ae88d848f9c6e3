import { describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import {
  type FreshToken,
  maxActiveTokens,
  maxTokens,
  nextRing,
  type RingCommand,
  type RingContext,
  type RingDecision,
} from './next-ring.ts';
import { activeTokens, type PepperId, type Ring, type TokenDigest, type TokenId } from './ring.ts';

const environment = environmentId('acme');
const now = instant(1_000_000);
const later = instant(2_000_000);
const earlier = instant(500_000);

const fresh = (name: string, more: Partial<FreshToken> = {}): FreshToken => ({
  id: `tok_${name}` as TokenId,
  digest: `digest of ${name}` as TokenDigest,
  pepperId: 'k1' as PepperId,
  otherDigests: [],
  ...more,
});
const context = (name = 'fresh', more: Partial<RingContext> = {}): RingContext => ({
  environment,
  now,
  actor: 'admin',
  fresh: fresh(name),
  ...more,
});
const on = (effectiveAt = later, force = false): RingCommand => ({ kind: 'set-requirement', enabled: true, effectiveAt, force });
const off: RingCommand = { kind: 'set-requirement', enabled: false };
const add = (label = 'added'): RingCommand => ({ kind: 'add-token', label });
const revoke = (name: string, force = false): RingCommand => ({
  kind: 'revoke-token',
  token: `tok_${name}` as TokenId,
  reason: 'leaked',
  force,
});

function changed(decision: RingDecision): RingDecision & { kind: 'changed' } {
  if (decision.kind !== 'changed') throw new Error(`expected a change, got ${JSON.stringify(decision)}`);
  return decision;
}
/** The ring after commands, each with a fresh token named by its number. */
const ringAfter = (...commands: readonly RingCommand[]): Ring =>
  commands.reduce<Ring | undefined>(
    (ring, command, at) => changed(nextRing(ring, command, context(String(at + 1)))).ring,
    undefined,
  ) as Ring;
const names = (ring: Ring) => activeTokens(ring).map(({ id }) => id.slice(4));

describe('the requirement', () => {
  it('M1: is off in a ring that was made by adding a token', () => {
    expect(ringAfter(add()).requirement.enabled).toBe(false);
  });

  it('M2: turned on makes exactly one token, with its generation date and time', () => {
    const { ring, created } = changed(nextRing(undefined, on(), context()));
    expect(ring).toEqual({
      environment,
      version: 1,
      requirement: { enabled: true, effectiveAt: later },
      tokens: [created],
    });
    expect(created).toMatchObject({ id: 'tok_fresh', createdAt: now, createdBy: 'admin', state: { kind: 'active' } });
  });

  it('M2: turned on makes no token when there is one already', () => {
    const { ring, created } = changed(nextRing(ringAfter(add()), on(), context()));
    expect([created, names(ring)]).toEqual([undefined, ['1']]);
  });

  it('M3: turned on without a date is refused, also when it had one before', () => {
    const command: RingCommand = { kind: 'set-requirement', enabled: true };
    for (const ring of [undefined, ringAfter(on(), off)])
      expect(nextRing(ring, command, context())).toEqual({ kind: 'refused', reason: 'effective-date-missing' });
  });

  it.each([
    ['now', now],
    ['in the past', earlier],
  ])('M5: first turned on %s is refused, because no device can have the token yet; forced, it warns', (_, at) => {
    expect(nextRing(undefined, on(at), context())).toEqual({ kind: 'refused', reason: 'would-refuse-every-device' });
    expect(changed(nextRing(undefined, on(at, true), context())).warnings).toEqual(['in-force-at-once', 'every-device-refused']);
  });

  it('M5: turned on at once with a token that was there before is done, and warns', () => {
    expect(changed(nextRing(ringAfter(add()), on(now), context())).warnings).toEqual(['in-force-at-once']);
  });

  it('M4: turned on for later warns of nothing', () => {
    expect(changed(nextRing(undefined, on(later), context())).warnings).toEqual([]);
  });

  it('M6: moves its date for all tokens, and no token changes', () => {
    const before = ringAfter(on(later), add());
    const after = changed(nextRing(before, on(instant(3_000_000)), context())).ring;
    expect(after).toEqual({ ...before, version: 3, requirement: { enabled: true, effectiveAt: 3_000_000 } });
  });

  it('M7: turned off warns that nothing is checked, and keeps tokens and date', () => {
    const before = ringAfter(on(later), add());
    const { ring, warnings } = changed(nextRing(before, off, context()));
    expect(warnings).toEqual(['checks-stopped']);
    expect(ring).toEqual({ ...before, version: 3, requirement: { enabled: false, effectiveAt: later } });
  });

  it('M27: moved into the future while in force warns that nobody is refused until then', () => {
    const inForce = ringAfter(add(), on(earlier));
    expect(changed(nextRing(inForce, on(later), context())).warnings).toEqual(['enforcement-suspended']);
  });

  it('moved from the future to now warns that it is in force', () => {
    expect(changed(nextRing(ringAfter(on(later)), on(now), context())).warnings).toEqual(['in-force-at-once']);
  });

  it('set to what it is changes nothing', () => {
    const ring = ringAfter(on(later));
    expect(nextRing(ring, on(later), context())).toEqual({ kind: 'unchanged', ring });
    const isOff = ringAfter(on(later), off);
    expect(nextRing(isOff, off, context())).toEqual({ kind: 'unchanged', ring: isOff });
  });

  it('set off where there is no ring makes one, so that the environment is known', () => {
    expect(changed(nextRing(undefined, off, context())).ring).toEqual({
      environment,
      version: 1,
      requirement: { enabled: false, effectiveAt: now },
      tokens: [],
    });
  });
});

describe('adding a token', () => {
  it('M16: leaves the others active', () => {
    expect(names(ringAfter(on(), add(), add()))).toEqual(['1', '2', '3']);
  });

  it('M17, M19: counts from the change, with the date and time of the service and who did it', () => {
    const { created } = changed(nextRing(ringAfter(add()), add('iOS'), context('x', { now: later, actor: 'eve' })));
    expect(created).toEqual({
      id: 'tok_x',
      label: 'iOS',
      digest: 'digest of x',
      pepperId: 'k1',
      createdAt: later,
      createdBy: 'eve',
      state: { kind: 'active' },
    });
  });

  it.each([
    ['active', ringAfter(add(), add())],
    ['revoked', changed(nextRing(ringAfter(add(), add()), revoke('1'), context())).ring],
  ])('M21: refuses the value of a token that is %s', (_, ring) => {
    const same = context('x', { fresh: fresh('x', { digest: 'digest of 1' as TokenDigest }) });
    expect(nextRing(ring, add(), same)).toEqual({ kind: 'refused', reason: 'duplicate-value' });
  });

  it('M21: refuses a value that is known under an older pepper', () => {
    const same = context('x', { fresh: fresh('x', { otherDigests: ['digest of 1' as TokenDigest] }) });
    expect(nextRing(ringAfter(add()), add(), same)).toEqual({ kind: 'refused', reason: 'duplicate-value' });
  });

  it('M16: has a limit for active tokens, and one for all that ever were', () => {
    const full = ringAfter(...Array.from({ length: maxActiveTokens }, () => add()));
    expect(nextRing(full, add(), context())).toEqual({ kind: 'refused', reason: 'too-many-tokens' });
    const one = ringAfter(add());
    const old = one.tokens.map((token) => ({
      ...token,
      state: { kind: 'revoked', at: now, by: 'admin', reason: 'old' } as const,
    }));
    const long = {
      ...one,
      tokens: Array.from({ length: maxTokens }, (_, at) => ({ ...old[0]!, digest: `old ${at}` as TokenDigest })),
    };
    expect(nextRing(long, add(), context())).toEqual({ kind: 'refused', reason: 'ring-full' });
  });
});

describe('revoking a token', () => {
  it('M22: takes it from the active ones and keeps who, when and why', () => {
    const ring = changed(nextRing(ringAfter(on(), add()), revoke('1'), context())).ring;
    expect(names(ring)).toEqual(['2']);
    expect(ring.tokens[0]?.state).toEqual({ kind: 'revoked', at: now, by: 'admin', reason: 'leaked' });
  });

  it('M30: touches no other token', () => {
    const before = ringAfter(on(), add(), add());
    const after = changed(nextRing(before, revoke('2'), context())).ring;
    expect([after.tokens[0], after.tokens[2]]).toEqual([before.tokens[0], before.tokens[2]]);
  });

  it.each([
    ['unknown to the ring', ringAfter(add())],
    ['of an environment without a ring', undefined],
  ])('that is %s is refused', (_, ring) => {
    expect(nextRing(ring, revoke('nobody'), context())).toEqual({ kind: 'refused', reason: 'unknown-token' });
  });

  it('again changes nothing, and keeps the first reason', () => {
    const ring = changed(nextRing(ringAfter(on(), add()), revoke('1'), context())).ring;
    expect(nextRing(ring, revoke('1', true), context('x', { actor: 'other' }))).toEqual({ kind: 'unchanged', ring });
  });

  it.each([
    ['in force', ringAfter(add(), on(earlier))],
    ['on for later', ringAfter(on(later))],
  ])('M23, M25: the last one is refused while the requirement is %s', (_, ring) => {
    expect(nextRing(ring, revoke('1'), context())).toEqual({ kind: 'refused', reason: 'last-token' });
  });

  it('M24: the last one, forced, is replaced in the same change by a new token with its own date', () => {
    const { ring, created } = changed(nextRing(ringAfter(on(later)), revoke('1', true), context('new', { now: later })));
    expect(ring.version).toBe(2);
    expect(names(ring)).toEqual(['new']);
    expect(created).toMatchObject({ id: 'tok_new', digest: 'digest of new', createdAt: later });
  });

  it('M26: the last one, forced, warns that every device is refused, when the requirement is in force', () => {
    expect(changed(nextRing(ringAfter(add(), on(earlier)), revoke('1', true), context())).warnings).toEqual([
      'every-device-refused',
    ]);
    expect(changed(nextRing(ringAfter(on(later)), revoke('1', true), context())).warnings).toEqual([]);
  });

  it('M23: the last one may go while the requirement is off; turning it on then makes a new one (M2)', () => {
    const none = changed(nextRing(ringAfter(add()), revoke('1'), context())).ring;
    expect(names(none)).toEqual([]);
    expect(names(changed(nextRing(none, on(later), context('2'))).ring)).toEqual(['2']);
  });

  it('forced with others left replaces nothing', () => {
    const { created, ring } = changed(nextRing(ringAfter(on(), add()), revoke('1', true), context()));
    expect([created, names(ring)]).toEqual([undefined, ['2']]);
  });
});

it('M28: add, then revoke the old one, never leaves the ring without an active token', () => {
  const start = ringAfter(on(later));
  const both = changed(nextRing(start, add(), context('2'))).ring;
  const rotated = changed(nextRing(both, revoke('1'), context())).ring;
  expect([start, both, rotated].map(names)).toEqual([['1'], ['1', '2'], ['2']]);
});
