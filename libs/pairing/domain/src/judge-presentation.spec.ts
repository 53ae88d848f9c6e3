import { describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import type { PepperId, Ring, Token, TokenDigest, TokenId } from '@tallystick/tokens-domain';
import {
  applyRing,
  emptyRingTable,
  exemptMethods,
  judgePresentation,
  type Presentation,
  replaceRings,
  type RingTable,
} from './index.ts';

const acme = environmentId('acme');
const globex = environmentId('globex');
const effectiveAt = instant(1_000_000);
const p1 = 'p1' as PepperId;
const digest = (value: string, pepper: string = p1) => `${pepper}:${value}` as TokenDigest;
const revoked = { kind: 'revoked', at: instant(1), by: 'admin', reason: 'lost' } as const;
const token = (value: string, more: Partial<Token> = {}): Token => ({
  id: `tok_${value}` as TokenId,
  label: value,
  digest: digest(value),
  pepperId: p1,
  createdAt: instant(0),
  createdBy: 'admin',
  state: { kind: 'active' },
  ...more,
});
const ring = (more: Partial<Ring> = {}): Ring => ({
  environment: acme,
  version: 1,
  requirement: { enabled: true, effectiveAt },
  tokens: [token('new'), token('old'), token('lost', { state: revoked })],
  ...more,
});
const table = applyRing(emptyRingTable, ring());
const presented = (value: string, more: Partial<Presentation> = {}): Presentation => ({
  kind: 'pairing',
  method: 'mobile-app',
  form: value === '' ? 'empty' : 'well-formed',
  digests: ['p0', 'p1'].map((pepper) => ({ pepperId: pepper as PepperId, digest: digest(value, pepper) })),
  ...more,
});
const judge = (presentation: Presentation, given: { table?: RingTable; environment?: typeof acme; at?: number } = {}) =>
  judgePresentation({
    table: given.table ?? table,
    environment: given.environment ?? acme,
    presentation,
    at: instant(given.at ?? effectiveAt),
  });
const noMatch = { verdict: 'deny', cause: 'managed-device-token' };

describe('the requirement', () => {
  it.each(['new', 'lost', 'unheard-of', ''])('M1, M7: that is off checks nothing ("%s")', (value) => {
    const off = applyRing(emptyRingTable, ring({ requirement: { enabled: false, effectiveAt } }));
    expect(judge(presented(value), { table: off })).toEqual({ verdict: 'allow', reason: 'requirement-off' });
  });

  it.each(['new', 'lost', 'unheard-of', ''])('M4: refuses nothing before the effective date ("%s")', (value) => {
    expect(judge(presented(value), { at: effectiveAt - 1 })).toEqual({ verdict: 'allow', reason: 'not-yet-effective' });
  });

  it('M5: refuses from the effective date on, to the millisecond', () => {
    expect(judge(presented('unheard-of'), { at: effectiveAt }).verdict).toBe('deny');
  });

  it('M6: applies one effective date to all tokens, whenever they were made', () => {
    const late = applyRing(emptyRingTable, ring({ tokens: [token('made-later', { createdAt: instant(effectiveAt + 1_000) })] }));
    expect(judge(presented('made-later'), { table: late }).verdict).toBe('allow');
  });

  it.each(['pairing', 'authentication'] as const)('M8, M10: is checked at %s', (kind) => {
    expect(judge(presented('unheard-of', { kind }))).toEqual({ ...noMatch, reason: 'token-unknown' });
    expect(judge(presented('new', { kind })).verdict).toBe('allow');
  });

  it.each([...exemptMethods])('M13: does not concern %s', (method) => {
    expect(judge(presented('', { method }))).toEqual({ verdict: 'allow', reason: 'method-not-subject' });
  });

  it.each(['mobile-app', 'Mobile-App', 'SMS', 'sms ', '', 'swipe', 'constructor'])(
    'M13: concerns every other word, so that none opens a way round it ("%s")',
    (method) => {
      expect(judge(presented('', { method })).verdict).toBe('deny');
    },
  );

  it('of an environment with no token at all refuses everybody', () => {
    expect(judge(presented('new'), { table: applyRing(emptyRingTable, ring({ tokens: [] })) }).verdict).toBe('deny');
  });
});

describe('the presented value', () => {
  it.each(['new', 'old'])('M9: passes when it equals any active token ("%s")', (value) => {
    expect(judge(presented(value))).toEqual({ verdict: 'allow', reason: 'token-active', token: `tok_${value}` });
  });

  it.each([
    ['unknown', presented('unheard-of'), 'token-unknown'],
    ['absent or empty', presented(''), 'token-empty'],
    ['malformed', presented('x', { form: 'malformed' }), 'token-malformed'],
    ['revoked (M22)', presented('lost'), 'token-revoked'],
  ] as const)('M11: that is %s is one outcome to the caller', (_, presentation, reason) => {
    expect(judge(presentation)).toEqual({ ...noMatch, reason });
  });

  it.each(['empty', 'malformed'] as const)('M11: that is %s never matches, even with the digest of an active token', (form) => {
    expect(judge(presented('new', { form })).verdict).toBe('deny');
  });

  it.each(['NEW', 'new ', 'ne', 'neww'])('M12: is compared exactly and as a whole ("%s")', (value) => {
    expect(judge(presented(value)).verdict).toBe('deny');
  });

  it('passes only under the pepper that its token was made with', () => {
    const other = applyRing(emptyRingTable, ring({ tokens: [token('new', { pepperId: 'p2' as PepperId })] }));
    expect(judge(presented('new'), { table: other })).toEqual({ ...noMatch, reason: 'token-unknown' });
  });

  it('does not pass when it was revoked under one pepper and is active under another', () => {
    const tokens = [
      token('v', { state: revoked }),
      token('v', { id: 'tok_again' as TokenId, pepperId: 'p0' as PepperId, digest: digest('v', 'p0') }),
    ];
    expect(judge(presented('v'), { table: applyRing(emptyRingTable, ring({ tokens })) })).toEqual({
      ...noMatch,
      reason: 'token-revoked',
    });
  });

  it('M14: passes as soon as it is an active one, whatever was refused before', () => {
    expect([judge(presented('unheard-of')).verdict, judge(presented('new')).verdict]).toEqual(['deny', 'allow']);
  });

  it("M15: is compared with each environment's own list", () => {
    const two = applyRing(table, ring({ environment: globex, tokens: [token('theirs')] }));
    expect(judge(presented('theirs'), { table: two, environment: globex }).verdict).toBe('allow');
    expect(judge(presented('theirs'), { table: two, environment: acme }).verdict).toBe('deny');
  });
});

describe('no judgement is possible', () => {
  it.each(['mobile-app', 'sms'])('on an environment without a ring, by any method (%s)', (method) => {
    const unknown = { verdict: 'deny', reason: 'unknown-environment', cause: 'unknown-environment' };
    expect(judge(presented('new', { method }), { environment: globex })).toEqual(unknown);
    expect(judge(presented('new', { method }), { table: replaceRings(table, []) })).toEqual(unknown);
  });
});
