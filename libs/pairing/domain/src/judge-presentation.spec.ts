import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import {
  type DeviceFacts,
  defaultRingSettings,
  type PepperId,
  type Ring,
  type SiblingRequirements,
  type Token,
  type TokenDigest,
  type TokenId,
} from '@tallystick/tokens-domain';
import {
  applyRing,
  letTimePass,
  emptyRingTable,
  exemptMethods,
  judgePresentation,
  type Presentation,
  replaceRings,
  type RingTable,
} from './index.ts';
import { acme, globex, revoked, ring as anyRing, token as anyToken } from './rings.fixture.ts';

const effectiveAt = instant(1_000_000);
const digest = (value: string, pepper = 'p1') => `${pepper}:${value}` as TokenDigest;
const token = (value: string, more: Partial<Token> = {}): Token => anyToken(value, { digest: digest(value), ...more });
const ring = (more: Partial<Ring> = {}): Ring =>
  anyRing({
    requirement: { mode: 'enforce', effectiveAt },
    tokens: [token('new'), token('old'), token('lost', { state: revoked })],
    ...more,
  });
const tableOf = (more: Partial<Ring> = {}) => applyRing(emptyRingTable, ring(more));
const table = tableOf();
const presented = (value: string, more: Partial<Presentation> = {}): Presentation => ({
  kind: 'pairing',
  method: 'mobile-app',
  form: value === '' ? 'empty' : 'well-formed',
  digests: ['p0', 'p1'].map((pepper) => ({ pepperId: pepper as PepperId, digest: digest(value, pepper) })),
  ...more,
});
interface Given {
  readonly table?: RingTable;
  readonly environment?: typeof acme;
  readonly at?: number;
  readonly facts?: DeviceFacts;
}
const judge = (presentation: Presentation, { table: given = table, environment = acme, at = effectiveAt, facts }: Given = {}) =>
  judgePresentation({ table: given, environment, presentation, facts, at: instant(at) });
const allows = (reason: string) => expect.objectContaining({ verdict: 'allow', reason, causes: [] });
const noMatch = (reason: string) =>
  expect.objectContaining({ verdict: 'deny', reason, causes: ['managed-device-token'], observed: [] });

describe('the requirement', () => {
  it.each(['new', 'lost', 'unheard-of', ''])('M1, M7: that is off checks nothing ("%s")', (value) => {
    const off = tableOf({ requirement: { mode: 'off', effectiveAt } });
    expect(judge(presented(value), { table: off })).toMatchObject({ verdict: 'allow', reason: 'requirement-off', observed: [] });
  });

  it.each(['new', 'lost', 'unheard-of', ''])('M4: refuses nothing before the effective date ("%s")', (value) => {
    expect(judge(presented(value), { at: effectiveAt - 1 })).toEqual(allows('not-yet-effective'));
  });

  it('M5: refuses from the effective date on, to the millisecond', () => {
    expect(judge(presented('unheard-of'), { at: effectiveAt }).verdict).toBe('deny');
  });

  it('M6: applies one effective date to all tokens, whenever they were made', () => {
    const late = tableOf({ tokens: [token('made-later', { createdAt: instant(effectiveAt + 1_000) })] });
    expect(judge(presented('made-later'), { table: late }).verdict).toBe('allow');
  });

  it.each(['pairing', 'authentication'] as const)('M8, M10: is checked at %s', (kind) => {
    expect(judge(presented('unheard-of', { kind }))).toEqual(noMatch('token-unknown'));
    expect(judge(presented('new', { kind })).verdict).toBe('allow');
  });

  it.each([...exemptMethods])('M13: does not concern %s', (method) => {
    expect(judge(presented('', { method }))).toEqual(allows('method-not-subject'));
  });

  it.each(['mobile-app', 'Mobile-App', 'SMS', 'sms ', '', 'swipe', 'constructor'])(
    'M13: concerns every other word, so that none opens a way round it ("%s")',
    (method) => {
      expect(judge(presented('', { method })).verdict).toBe('deny');
    },
  );

  it('of an environment with no token at all refuses everybody', () => {
    expect(judge(presented('new'), { table: tableOf({ tokens: [] }) }).verdict).toBe('deny');
  });
});

describe('the presented value', () => {
  it.each(['new', 'old'])('M9: passes when it equals any active token ("%s")', (value) => {
    expect(judge(presented(value))).toEqual(
      expect.objectContaining({ verdict: 'allow', reason: 'token-active', presented: `tok_${value}` }),
    );
  });

  it.each([
    ['unknown', presented('unheard-of'), 'token-unknown'],
    ['absent or empty', presented(''), 'token-empty'],
    ['malformed', presented('x', { form: 'malformed' }), 'token-malformed'],
    ['revoked (M22)', presented('lost'), 'token-revoked'],
  ] as const)('M11: that is %s is one outcome to the caller', (_, presentation, reason) => {
    expect(judge(presentation)).toEqual(noMatch(reason));
  });

  it.each(['empty', 'malformed'] as const)('M11: that is %s never matches, even with the digest of an active token', (form) => {
    expect(judge(presented('new', { form })).verdict).toBe('deny');
  });

  it.each(['NEW', 'new ', 'ne', 'neww'])('M12: is compared exactly and as a whole ("%s")', (value) => {
    expect(judge(presented(value)).verdict).toBe('deny');
  });

  it('passes only under the pepper that its token was made with', () => {
    const other = tableOf({ tokens: [token('new', { pepperId: 'p0' as PepperId })] });
    expect(judge(presented('new'), { table: other })).toEqual(noMatch('token-unknown'));
  });

  it('does not pass when it was revoked under one pepper and is active under another', () => {
    const tokens = [
      token('v', { state: revoked }),
      token('v', { id: 'tok_again' as TokenId, pepperId: 'p0' as PepperId, digest: digest('v', 'p0') }),
    ];
    expect(judge(presented('v'), { table: tableOf({ tokens }) })).toEqual(noMatch('token-revoked'));
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
    const unknown = expect.objectContaining({ verdict: 'deny', reason: 'unknown-environment', causes: ['unknown-environment'] });
    expect(judge(presented('new', { method }), { environment: globex })).toEqual(unknown);
    expect(judge(presented('new', { method }), { table: replaceRings(table, []) })).toEqual(unknown);
  });

  it('on an environment whose ring can not be read, and only there', () => {
    const shut = applyRing(table, { environment: globex, isUnreadable: true });
    expect(judge(presented('new'), { table: shut, environment: globex })).toEqual({ verdict: 'none', reason: 'ring-unreadable' });
    expect(judge(presented('new'), { table: shut })).toEqual(allows('token-active'));
  });
});

describe('observing', () => {
  const observing = tableOf({ requirement: { mode: 'observe', effectiveAt } });

  it.each([
    ['new', 'token-active', []],
    ['lost', 'token-only-observed', ['managed-device-token']],
    ['unheard-of', 'token-only-observed', ['managed-device-token']],
    ['', 'token-only-observed', ['managed-device-token']],
  ] as const)('M1: refuses nobody, and says what enforcing now would refuse ("%s")', (value, reason, observed) => {
    const verdict = judge(presented(value), { table: observing });
    expect(verdict).toEqual(allows(reason));
    expect(verdict).toMatchObject({ observed });
  });

  it('M4: says so also before the effective date, of either mode', () => {
    expect(judge(presented('lost'), { at: 0 })).toMatchObject({ verdict: 'allow', observed: ['managed-device-token'] });
    expect(judge(presented('lost'), { at: 0, table: observing })).toMatchObject({ observed: ['managed-device-token'] });
  });
});

describe("a token's own dates", () => {
  const dated = tableOf({ tokens: [token('t', { notBefore: instant(effectiveAt + 10), expiresAt: instant(effectiveAt + 20) })] });

  it.each([
    [9, noMatch('token-not-yet-valid')],
    [10, allows('token-active')],
    [19, allows('token-active')],
    [20, noMatch('token-expired')],
  ])('count to the millisecond (%d)', (after, expected) => {
    const verdict = judge(presented('t'), { table: dated, at: effectiveAt + after });
    expect(verdict).toEqual(expected);
    expect(verdict).toMatchObject({ presented: 'tok_t' });
  });

  it('M9: do not matter when the same value is accepted under another pepper', () => {
    const twice = [token('t', { expiresAt: instant(1) }), token('t', { pepperId: 'p0' as PepperId, digest: digest('t', 'p0') })];
    for (const tokens of [twice, twice.toReversed()])
      expect(judge(presented('t'), { table: tableOf({ tokens }) })).toEqual(allows('token-active'));
  });

  it('a token on its way out still passes', () => {
    const retiring = token('t', { state: { kind: 'retiring', at: instant(0), by: 'admin' } });
    expect(judge(presented('t'), { table: tableOf({ tokens: [retiring] }) })).toEqual(allows('token-active'));
  });
});

describe('the effective date', () => {
  it("M5: once it has come, it is not undone by a server's clock that goes back", () => {
    const seen = letTimePass(table, effectiveAt);
    expect(judge(presented('unheard-of'), { table: seen, at: effectiveAt - 5_000 })).toEqual(noMatch('token-unknown'));
    const moved = applyRing(seen, ring({ version: 2, requirement: { mode: 'enforce', effectiveAt: instant(effectiveAt + 1) } }));
    expect(judge(presented('unheard-of'), { table: moved })).toEqual(allows('not-yet-effective')); // M27
  });
});

describe('what is remembered of a device', () => {
  it.each([
    ['new', 'tok_new'],
    ['lost', 'tok_lost'],
    ['unheard-of', 'unknown'],
    ['', 'nothing'],
  ])('is the token that it presented, a revoked one too ("%s")', (value, remembered) => {
    for (const mode of ['off', 'observe', 'enforce'] as const)
      expect(judge(presented(value), { table: tableOf({ requirement: { mode, effectiveAt } }) })).toMatchObject({
        presented: remembered,
      });
  });

  it('is nothing at all where no token was asked for (M13)', () => {
    expect(judge(presented('new', { method: 'sms' }))).toMatchObject({ presented: undefined, siblings: undefined });
  });
});

describe('a key that this validator lacks', () => {
  const elsewhere = { pepperId: 'p9' as PepperId, digest: digest('far', 'p9') };
  const lacking = (more: Partial<Token> = {}, mode: 'observe' | 'enforce' = 'enforce') =>
    tableOf({ requirement: { mode, effectiveAt }, tokens: [token('new'), token('far', { ...elsewhere, ...more })] });

  it('makes "no token matches" unknowable, so that nobody is refused for it', () => {
    expect(judge(presented('far'), { table: lacking() })).toEqual({ verdict: 'none', reason: 'pepper-missing' });
    expect(judge(presented('new'), { table: lacking() })).toEqual(allows('token-active'));
  });

  it('leaves denials that are certain', () => {
    expect(judge(presented(''), { table: lacking() })).toEqual(noMatch('token-empty'));
    expect(judge(presented('far'), { table: lacking({ state: revoked }) })).toEqual(noMatch('token-unknown'));
    expect(judge(presented('far'), { table: lacking({ expiresAt: effectiveAt }) })).toEqual(noMatch('token-unknown'));
  });

  it('is not taken for a device without a token', () => {
    expect(judge(presented('far'), { table: lacking({}, 'observe') })).toMatchObject({
      verdict: 'allow',
      presented: undefined,
      observed: [],
    });
  });
});

describe('sibling requirements', () => {
  const rules = { deviceLock: true, minimumOsVersion: { ios: '17.4' } } as const;
  const withSiblings = (siblings: Partial<SiblingRequirements>, more: Partial<Ring> = {}) =>
    tableOf({ siblings: { mode: 'enforce', rules, revision: 7, ...siblings }, ...more });
  const bad: DeviceFacts = { platform: 'ios', osVersion: '17.3.9 (21E236)', isLocked: false };

  it('M37: are all named, after the one cause of the token', () => {
    const enforced = withSiblings({});
    expect(judge(presented('new'), { table: enforced, facts: bad })).toMatchObject({
      verdict: 'deny',
      reason: 'siblings-unmet',
      causes: ['device-lock', 'os-version'],
      siblings: { revision: 7, met: false },
    });
    expect(judge(presented('lost'), { table: enforced, facts: bad })).toMatchObject({
      reason: 'token-revoked',
      causes: ['managed-device-token', 'device-lock', 'os-version'],
    });
  });

  it('have a mode of their own', () => {
    expect(judge(presented('new'), { table: withSiblings({ mode: 'observe' }), facts: bad })).toMatchObject({
      verdict: 'allow',
      observed: ['device-lock', 'os-version'],
      siblings: { revision: 7, met: false },
    });
    const tokenOff = withSiblings({}, { requirement: { mode: 'off', effectiveAt } });
    expect(judge(presented(''), { table: tokenOff, facts: bad })).toMatchObject({ causes: ['device-lock', 'os-version'] });
  });

  it('judge no fact that is missing, and nothing at all where no fact was sent', () => {
    const enforced = withSiblings({});
    expect(judge(presented('new'), { table: enforced, facts: {} })).toMatchObject({ verdict: 'allow', siblings: { met: true } });
    expect(judge(presented('new'), { table: enforced })).toMatchObject({ verdict: 'allow', siblings: undefined });
  });

  it('M13: do not concern other methods', () => {
    const judged = judge(presented('', { method: 'fido2' }), { table: withSiblings({}), facts: bad });
    expect(judged).toEqual(allows('method-not-subject'));
  });
});

describe('a refusal', () => {
  it('says where the device can be enrolled, if the environment does', () => {
    const settings = { ...defaultRingSettings, enrolmentLink: 'https://mdm.example/enrol' };
    expect(judge(presented(''), { table: tableOf({ settings }) })).toMatchObject({ enrolmentLink: settings.enrolmentLink });
    expect(judge(presented(''))).toMatchObject({ enrolmentLink: undefined });
  });
});
