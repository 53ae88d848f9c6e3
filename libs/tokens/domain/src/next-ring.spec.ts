import { describe, expect, it } from '@jest/globals';
import type { Instant } from '@tallystick/kernel-core';
import { nextRing } from './next-ring.ts';
import { defaultRingSettings, liveTokens, type Ring, type Token } from './ring.ts';
import {
  maxActiveTokens,
  maxTokens,
  placesKept,
  type RingChangeCommand,
  type RingContext,
  ringRefusals,
  ringWarnings,
} from './ring-command.ts';
import {
  changed,
  context,
  digest,
  environment,
  fresh,
  hours,
  id,
  names,
  now,
  reasonOf,
  retiringState,
  revokedState,
  ring,
  seen,
  token,
  unknown,
} from './test-support/ring-builders.ts';

const force = { reason: 'because' };
const set = (mode: 'off' | 'observe' | 'enforce', effectiveAt?: Instant): RingChangeCommand => ({
  kind: 'set-requirement',
  mode,
  ...(effectiveAt === undefined ? {} : { effectiveAt }),
});
const add: RingChangeCommand = { kind: 'add-token', label: 'added', segment: {} };
const revoke = (name: string): RingChangeCommand & { kind: 'revoke-tokens' } => ({
  kind: 'revoke-tokens',
  tokens: [id(name)],
  reason: 'leaked',
});
const replaceAll = (more: Partial<RingChangeCommand & { kind: 'replace-all' }> = {}): RingChangeCommand => ({
  kind: 'replace-all',
  mode: 'enforce',
  effectiveAt: hours(-500),
  rules: {},
  tokens: [{ keep: id('a') }, { keep: id('b') }],
  reason: 'put',
  ...more,
});
const done = (before: Ring | undefined, command: RingChangeCommand, more: Partial<RingContext> = {}) =>
  changed(nextRing(before, command, context(more)));
const refusal = (before: Ring | undefined, command: RingChangeCommand, more: Partial<RingContext> = {}) =>
  reasonOf(nextRing(before, command, context(more)));
const live = (after: Ring) => names(liveTokens(after));
const off = ring({ requirement: { mode: 'off', effectiveAt: hours(-500) } });
const full = (count: number, spare: Partial<Ring> = {}) =>
  ring({
    tokens: [token('a'), ...Array.from({ length: count - 1 }, (_, at) => token(`old${at}`, { state: revokedState }))],
    ...spare,
  });

describe('the requirement', () => {
  it('M1: is off, and not defined, in a ring that was made by adding a token', () => {
    expect(done(undefined, add).ring).toEqual({
      environment,
      version: 1,
      isDefined: false,
      requirement: { mode: 'off', effectiveAt: now },
      siblings: { mode: 'observe', rules: {}, revision: 0 },
      settings: defaultRingSettings,
      tokens: [token('new', { label: 'added', createdAt: now, createdBy: 'ann' })],
      proposals: [],
    });
  });

  it.each(['observe', 'enforce'] as const)(
    'M2: turned to %s makes exactly one token, with its generation date and time',
    (mode) => {
      const { ring: after, created } = done(undefined, set(mode, hours(100)));
      expect([after.isDefined, after.requirement, after.version]).toEqual([true, { mode, effectiveAt: hours(100) }, 1]);
      expect(after.tokens).toEqual([token('new', { label: 'made with the requirement', createdAt: now, createdBy: 'ann' })]);
      expect(created).toEqual(after.tokens);
    },
  );

  it('M2: makes none where one can be used, and one where all have expired', () => {
    expect(done(off, set('enforce', hours(100))).created).toEqual([]);
    const expired = { ...off, tokens: [token('a', { expiresAt: now })] };
    expect(live(done(expired, set('enforce', hours(100))).ring)).toEqual(['a', 'new']);
  });

  it('M3: turned on without a date is refused, also when it had one before', () => {
    for (const mode of ['observe', 'enforce'] as const)
      for (const before of [undefined, off, ring()]) expect(refusal(before, set(mode))).toBe('effective-date-missing');
  });

  it('M5: first turned on at once is refused, for no device can have the token; forced, it warns', () => {
    expect(refusal(undefined, set('enforce', now))).toBe('would-refuse-every-device');
    const forced = done(undefined, { ...set('enforce', now), force } as RingChangeCommand);
    expect(forced.warnings).toEqual(['in-force-at-once', 'every-device-refused']);
    expect(forced.forced).toEqual({ refusal: 'would-refuse-every-device', reason: 'because' });
  });

  it('M6: moves its date for all tokens, and no token changes', () => {
    const after = done(ring(), set('enforce', hours(300))).ring;
    expect(after).toEqual({ ...ring(), version: 8, requirement: { mode: 'enforce', effectiveAt: hours(300) } });
  });

  it('M7: turned off keeps tokens and date', () => {
    const { ring: after, warnings } = done(ring(), set('off'));
    expect(after).toEqual({ ...ring(), version: 8, requirement: { mode: 'off', effectiveAt: hours(-500) } });
    expect(warnings).toEqual(['checks-stopped']);
  });

  it('set to what it is changes nothing; off where nothing was defined defines it', () => {
    const before = ring();
    expect(nextRing(before, set('enforce', hours(-500)), context())).toEqual({ kind: 'unchanged', ring: before });
    expect(nextRing(off, set('off'), context())).toEqual({ kind: 'unchanged', ring: off });
    expect(done(undefined, set('off')).ring.isDefined).toBe(true);
  });

  it('can still be moved and observed in a ring that is full and has no token left', () => {
    const stuck = full(maxTokens, { tokens: full(maxTokens).tokens.map((one) => ({ ...one, state: revokedState })) });
    for (const command of [set('enforce', hours(100)), set('observe', now), set('off')])
      expect(done(stuck, command).warnings.includes('no-replacement')).toBe(
        command !== undefined && (command as { mode: string }).mode !== 'off',
      );
    expect(refusal({ ...stuck, requirement: off.requirement }, set('observe', now))).toBe('ring-full');
  });
});

describe('adding a token', () => {
  it('M16: leaves the others as they are', () => {
    const after = done(ring(), add).ring;
    expect([after.tokens.slice(0, 2), live(after)]).toEqual([ring().tokens, ['a', 'b', 'new']]);
  });

  it('M17, M19: counts from the change, with the date of the service, and all that was said about it', () => {
    const said = { label: 'iOS', segment: { platform: 'ios' }, notBefore: hours(1), expiresAt: hours(2) } as const;
    const { created } = done(
      ring(),
      { kind: 'add-token', ...said, keepValue: true },
      { actor: 'eve', mayForce: false, adoption: unknown },
    );
    expect(created).toEqual([token('new', { ...said, createdAt: now, createdBy: 'eve', valueKept: 'delivery' })]);
  });

  it.each([
    ['an active one', fresh('x', { digest: digest('a') })],
    ['a revoked one', fresh('x', { digest: digest('gone') })],
    ['a new one that has the id of another', fresh('a', { digest: digest('x') })],
    ['one under another pepper', fresh('x', { otherDigests: [digest('y'), digest('gone')] })],
  ])('M21: refuses the value of %s', (_, same) => {
    const before = ring({ tokens: [token('a'), token('gone', { state: revokedState })] });
    expect(refusal(before, add, { fresh: [same] })).toBe('duplicate-value');
  });

  it('M16: has a limit for live tokens, and one for all that ever were', () => {
    const many = (count: number) => ring({ tokens: Array.from({ length: count }, (_, at) => token(`t${at}`)) });
    expect(done(many(maxActiveTokens - 1), add).ring.tokens).toHaveLength(maxActiveTokens);
    expect(refusal(many(maxActiveTokens), add)).toBe('too-many-tokens');
    expect(done(full(maxTokens - 1), add).ring.tokens).toHaveLength(maxTokens);
    expect(refusal(full(maxTokens), add)).toBe('ring-full');
    // the last places are for those who may force
    const anybody = context({ mayForce: false });
    expect(nextRing(full(maxTokens - placesKept - 1), add, anybody).kind).toBe('changed');
    expect(reasonOf(nextRing(full(maxTokens - placesKept), add, anybody))).toBe('ring-full');
  });

  it.each([
    ['date-is-past', { expiresAt: now }],
    ['dates-reversed', { notBefore: hours(2), expiresAt: hours(2) }],
  ] as const)('refuses %s', (reason, dates) => {
    expect(refusal(ring(), { ...add, ...dates })).toBe(reason);
  });

  it('keeps a copy where values are readable', () => {
    const settings = { ...defaultRingSettings, readableValues: true };
    expect(done(ring({ settings }), add).created[0]?.valueKept).toBe('readable');
  });
});

describe('editing a token', () => {
  const edit = (more: object, name = 'a'): RingChangeCommand => ({ kind: 'edit-token', token: id(name), ...more });
  it('changes what is named, and nothing else (M17)', () => {
    const more = { label: 'x', segment: { mdm: 'jamf' }, notBefore: hours(-1), expiresAt: hours(300) };
    const after = done(ring(), edit(more)).ring;
    expect(after.tokens).toEqual([token('a', more), token('b')]);
    expect(done(after, edit({ notBefore: null, expiresAt: null })).ring.tokens[0]).toEqual(
      token('a', { label: 'x', segment: { mdm: 'jamf' } }),
    );
    expect(reasonOf(nextRing(after, edit(more), context()))).toBe('unchanged');
  });

  it.each([
    ['unknown-token', edit({ label: 'x' }, 'nobody')],
    ['token-is-revoked', edit({ label: 'x' }, 'gone')],
    ['date-is-past', edit({ expiresAt: hours(-1) })],
    ['dates-reversed', edit({ notBefore: hours(5), expiresAt: hours(4) })],
    ['last-token', edit({ expiresAt: hours(1) })],
    ['last-token', edit({ notBefore: hours(1) })],
  ])('is refused: %s', (reason, command) => {
    expect(refusal(ring({ tokens: [token('a'), token('gone', { state: revokedState })] }), command)).toBe(reason);
  });

  it('an expired one can be named, and its time given back', () => {
    const before = ring({ tokens: [token('a', { expiresAt: hours(-1) }), token('b')] });
    expect(refusal(before, edit({ label: 'x' }))).toBe('changed');
    expect(refusal(before, edit({ expiresAt: null }))).toBe('changed');
  });
});

describe('revoking', () => {
  it('M22, M30: takes it away for ever, says who, when and why, and touches no other', () => {
    const { ring: after, created } = done(ring(), revoke('a'));
    const state = { kind: 'revoked', at: now, by: 'ann', reason: 'leaked' } as const;
    expect([after.tokens, created]).toEqual([[token('a', { state }), token('b')], []]);
  });

  it('the sealed copy goes with it, the mark of a leak stays', () => {
    const before = ring({ tokens: [token('a', { valueKept: 'readable', leakReportedAt: hours(-1) }), token('b')] });
    const [gone] = done(before, revoke('a')).ring.tokens;
    expect([gone && 'valueKept' in gone, gone?.leakReportedAt]).toEqual([false, hours(-1)]);
  });

  it('again changes nothing; an unknown one is refused, and takes no other with it', () => {
    const after = done(ring(), revoke('a')).ring;
    expect(nextRing(after, revoke('a'), context({ actor: 'bob' }))).toEqual({ kind: 'unchanged', ring: after });
    expect(refusal(ring(), { ...revoke('a'), tokens: [id('a'), id('nobody')] })).toBe('unknown-token');
    expect(refusal(undefined, revoke('a'))).toBe('unknown-token');
  });

  it.each(['observe', 'enforce'] as const)('M23, M25, R41: the last one is refused while the mode is %s', (mode) => {
    const before = ring({ requirement: { mode, effectiveAt: hours(100) }, tokens: [token('a')] });
    expect(refusal(before, revoke('a'))).toBe('last-token');
    expect(refusal(before, { ...revoke('a'), force }, { mayForce: false })).toBe('force-not-allowed');
  });

  it('M24, M26: the last one, forced, is replaced in the same change, and that is warned of', () => {
    const { ring: after, created, warnings, forced } = done(ring({ tokens: [token('a')] }), { ...revoke('a'), force });
    expect([live(after), names(created), after.version]).toEqual([['new'], ['new'], 8]);
    expect(created).toEqual([token('new', { label: 'replacement', createdAt: now, createdBy: 'ann' })]);
    expect([warnings, forced]).toEqual([['every-device-refused'], { refusal: 'last-token', reason: 'because' }]);
  });

  it('M24: in the reference mode without a question', () => {
    const settings = { ...defaultRingSettings, compatibility: 'reference' } as const;
    const { ring: after, warnings, forced } = done(ring({ tokens: [token('a')], settings }), revoke('a'), { mayForce: false });
    expect([live(after), warnings, forced]).toEqual([['new'], ['every-device-refused'], undefined]);
  });

  it('M24: one that has expired is none; one that starts later is one', () => {
    const with_ = (more: object) => ring({ tokens: [token('a'), token('b', more)] });
    expect(live(done(with_({ expiresAt: now }), { ...revoke('a'), force }).ring)).toEqual(['b', 'new']);
    expect(live(done(with_({ notBefore: hours(5) }), { ...revoke('a'), force }).ring)).toEqual(['b']);
    expect(live(done(with_({ expiresAt: now }), { kind: 'edit-token', token: id('b'), label: 'x' }).ring)).toEqual(['a', 'b']);
  });

  it.each<[string, Ring, Partial<RingContext>]>([
    ['the ring is full', full(maxTokens), {}],
    ['no value is at hand', ring({ tokens: [token('a')] }), { fresh: [] }],
    ['its value was there before', ring({ tokens: [token('a')] }), { fresh: [fresh('new', { digest: digest('a') })] }],
  ])('M24: a revocation is not stopped when %s; it is warned of', (_, before, more) => {
    const { ring: after, warnings } = done(before, { ...revoke('a'), force }, more);
    expect([live(after), warnings]).toEqual([[], ['every-device-refused', 'no-replacement']]);
  });

  it('M23: the last one may go while it is off; turning it on then makes a new one (M2)', () => {
    const none = done({ ...off, tokens: [token('a')] }, revoke('a')).ring;
    expect(live(none)).toEqual([]);
    expect(live(done(none, set('enforce', hours(100))).ring)).toEqual(['new']);
  });

  it('everything but one', () => {
    const others = (keep: string): RingChangeCommand => ({ kind: 'revoke-others', keep: id(keep), reason: 'emergency' });
    const before = ring({
      tokens: [token('a'), token('b'), token('c', { state: retiringState }), token('gone', { state: revokedState })],
    });
    expect(live(done(before, others('b')).ring)).toEqual(['b']);
    expect(refusal(before, others('a'))).toBe('too-many-devices');
    expect(refusal(before, others('gone'))).toBe('token-is-revoked');
    expect(refusal(before, others('nobody'))).toBe('unknown-token');
    expect(refusal(ring({ tokens: [token('b')] }), others('b'))).toBe('unchanged');
  });
});

it('M28: add, then revoke the old one when the devices are over, never leaves a device refused', () => {
  const both = done(ring({ tokens: [token('a')] }), add, { adoption: unknown }).ring;
  expect(refusal(both, revoke('a'), { adoption: seen({ a: 100 }) })).toBe('too-many-devices');
  expect(live(done(both, revoke('a'), { adoption: seen({ new: 100 }) }).ring)).toEqual(['new']);
});

describe('revoking what another token takes the place of', () => {
  const asked = { ...revoke('a'), successor: id('b'), force };
  it('is done when that one is accepted now', () => {
    expect(live(done(ring(), asked).ring)).toEqual(['b']);
  });

  it.each<[string, Partial<Token>]>([
    ['revoked', { state: revokedState }],
    ['expired', { expiresAt: now }],
    ['accepted later', { notBefore: hours(1) }],
  ])('is not done, by no force and in no mode, when that one is %s', (_, more) => {
    const tokens = [token('a'), token('b', more), token('c')];
    for (const compatibility of ['safe', 'reference'] as const)
      expect(refusal(ring({ tokens, settings: { ...defaultRingSettings, compatibility } }), asked)).toBe(
        'successor-not-accepted',
      );
  });

  it('is not done when nobody knows that one', () => {
    expect(refusal(ring(), { ...asked, successor: id('x') })).toBe('successor-not-accepted');
  });
});

describe('M20: another value in place of the old one', () => {
  const replace: RingChangeCommand & { kind: 'replace-value' } = { kind: 'replace-value', token: id('a'), reason: 'own' };
  it('revokes and adds in one change, without overlap; label, segment and dates stay, the generation date is new', () => {
    const more = { segment: { site: 'x' }, notBefore: hours(-5), expiresAt: hours(500), leakReportedAt: hours(-1) };
    const { ring: after, created } = done(ring({ tokens: [token('a', more), token('b')] }), replace);
    expect(live(after)).toEqual(['b', 'new']);
    expect(created).toEqual([
      token('new', { label: 'a', segment: { site: 'x' }, expiresAt: hours(500), createdAt: now, createdBy: 'ann' }),
    ]);
    const expired = ring({ tokens: [token('a', { expiresAt: hours(-1) }), token('b')] });
    expect(done(expired, replace).created).toEqual([token('new', { label: 'a', createdAt: now, createdBy: 'ann' })]);
    const later = ring({ tokens: [token('a', { notBefore: hours(20), expiresAt: hours(30) }), token('b')] });
    expect(done(later, replace).created[0]).toMatchObject({ notBefore: hours(20), expiresAt: hours(30) });
  });

  it('meets the guards like a revocation', () => {
    expect(refusal(ring({ tokens: [token('a')] }), replace)).toBe('last-token');
    expect(refusal(ring(), replace, { adoption: seen({ a: 100 }) })).toBe('too-many-devices');
  });

  it('M21: refuses the value that it has', () => {
    expect(refusal(ring(), replace, { fresh: [fresh('new', { digest: digest('a') })] })).toBe('duplicate-value');
    expect(refusal(ring(), replace, { fresh: [] })).toBe('duplicate-value');
  });

  it('refuses what is not there, or revoked', () => {
    expect(refusal(ring(), { ...replace, token: id('nobody') })).toBe('unknown-token');
    expect(refusal(ring({ tokens: [token('a', { state: revokedState }), token('b')] }), replace)).toBe('token-is-revoked');
  });
});

describe('marks', () => {
  const mark = (kind: 'retire-tokens' | 'reinstate-tokens' | 'release-values', ...tokens: string[]): RingChangeCommand => ({
    kind,
    tokens: tokens.map(id),
  });
  it('retiring is still accepted, and there is a way back', () => {
    const after = done(ring(), mark('retire-tokens', 'a')).ring;
    expect(after.tokens).toEqual([token('a', { state: { kind: 'retiring', at: now, by: 'ann' } }), token('b')]);
    expect(refusal(after, mark('retire-tokens', 'a'))).toBe('unchanged');
    expect(done(after, mark('reinstate-tokens', 'a')).ring.tokens).toEqual(ring().tokens);
    expect(refusal(ring(), mark('reinstate-tokens', 'a'))).toBe('unchanged');
  });

  it.each([
    ['a delivery', 'delivery', false, undefined],
    ['a delivery, where values are readable', 'delivery', true, 'readable'],
    ['reading', 'readable', true, 'readable'],
    ['reading, which is no longer wanted', 'readable', false, undefined],
    ['nothing', undefined, true, undefined],
  ] as const)('a released value that was kept for %s', (_, kept, readableValues, expected) => {
    const settings = { ...defaultRingSettings, readableValues };
    const before = ring({ settings, tokens: [token('a', kept ? { valueKept: kept } : {})] });
    const decision = nextRing(before, mark('release-values', 'a'), context());
    expect(decision.kind).toBe(kept === expected ? 'unchanged' : 'changed');
    expect(decision.kind === 'changed' ? decision.ring.tokens[0]?.valueKept : kept).toBe(expected);
  });

  it('are refused for what is unknown; of what is revoked nothing can be reinstated, and there is nothing to retire or release', () => {
    const before = ring({ tokens: [token('a', { state: revokedState }), token('b')] });
    for (const kind of ['retire-tokens', 'reinstate-tokens'] as const)
      expect(refusal(before, mark(kind, 'nobody'))).toBe('unknown-token');
    expect(refusal(before, mark('reinstate-tokens', 'b', 'a'))).toBe('token-is-revoked');
    expect(refusal(before, mark('retire-tokens', 'a'))).toBe('unchanged');
    expect(refusal(before, mark('release-values', 'a'))).toBe('unchanged');
  });
});

describe('a leak that is reported', () => {
  const report = (name: string): RingChangeCommand => ({ kind: 'report-leak', token: id(name), source: 'a paste' });
  it('revokes what devices do not need', () => {
    const { ring: after, stoppedBy } = done(ring(), report('a'), { mayForce: false });
    expect([after.tokens[0]?.state, stoppedBy]).toEqual([
      { kind: 'revoked', at: now, by: 'ann', reason: 'reported as leaked: a paste' },
      undefined,
    ]);
  });

  it.each(['safe', 'reference'] as const)(
    'P2: locks nobody out: %s, the last one stays, marked, and says so once',
    (compatibility) => {
      const before = ring({ tokens: [token('a')], settings: { ...defaultRingSettings, compatibility } });
      const { ring: after, stoppedBy, created } = done(before, report('a'));
      expect([after.tokens, stoppedBy, created, after.version]).toEqual([
        [token('a', { leakReportedAt: now })],
        'last-token',
        [],
        8,
      ]);
      expect(refusal(after, report('a'))).toBe('last-token');
    },
  );

  it('of a revoked one changes nothing; of an unknown one is refused', () => {
    expect(refusal(ring({ tokens: [token('a', { state: revokedState }), token('b')] }), report('a'))).toBe('unchanged');
    expect(refusal(ring(), report('nobody'))).toBe('unknown-token');
  });
});

describe('sibling requirements', () => {
  const command = (mode: 'observe' | 'enforce', rules: object): RingChangeCommand => ({ kind: 'set-siblings', mode, rules });
  it('have a revision that counts their rules, not their mode', () => {
    const observed = done(ring(), command('observe', { deviceLock: true })).ring;
    expect(observed.siblings).toEqual({ mode: 'observe', rules: { deviceLock: true }, revision: 1 });
    expect(refusal(observed, command('observe', { deviceLock: true }))).toBe('unchanged');
    expect(refusal(observed, command('enforce', { deviceLock: true }))).toBe('siblings-unproven');
    const other = done(observed, command('observe', {})).ring;
    expect(done(other, command('observe', { deviceLock: true })).ring.siblings.revision).toBe(3);
    const enforced = done(observed, { ...command('enforce', { deviceLock: true }), force } as RingChangeCommand).ring;
    expect(enforced.siblings).toEqual({ mode: 'enforce', rules: { deviceLock: true }, revision: 1 });
  });
});

describe('M32: replace all', () => {
  it('keeps, adds and revokes until there is exactly this', () => {
    const { ring: after, created } = done(ring(), replaceAll({ tokens: [{ keep: id('b') }, { fresh: 1 }, { fresh: 0 }] }));
    expect([live(after), names(created)]).toEqual([
      ['b', 'spare', 'new'],
      ['spare', 'new'],
    ]);
    expect(after.tokens[0]?.state).toEqual({ kind: 'revoked', at: now, by: 'ann', reason: 'put' });
  });

  it('as it is changes nothing', () => {
    expect(refusal(ring(), replaceAll())).toBe('unchanged');
  });

  it('M33, M3: on without a date or a token is refused', () => {
    const { effectiveAt: _at, ...dateless } = replaceAll() as RingChangeCommand & { kind: 'replace-all' };
    expect(refusal(ring(), dateless)).toBe('effective-date-missing');
    expect(refusal(ring(), replaceAll({ tokens: [] }))).toBe('tokens-missing');
  });

  it('without tokens and off clears them', () => {
    const { mode, isDefined, tokens } = { mode: 'off' as const, ...done(ring(), replaceAll({ mode: 'off', tokens: [] })).ring };
    expect([mode, isDefined, tokens.map(({ state }) => state.kind)]).toEqual(['off', true, ['revoked', 'revoked']]);
  });

  it.each([
    ['unknown-token', [{ keep: id('nobody') }]],
    ['token-is-revoked', [{ keep: id('gone') }]],
    ['duplicate-value', [{ keep: id('a') }, { fresh: 0 }, { fresh: 0 }]],
    ['duplicate-value', [{ keep: id('a') }, { fresh: 9 }]],
    ['last-token', [{ fresh: 0 }]],
  ])('is refused: %s', (reason, tokens) => {
    expect(refusal(ring({ tokens: [token('a'), token('gone', { state: revokedState })] }), replaceAll({ tokens }))).toBe(reason);
  });

  it('P9: meets the guards for what was left out, and for its rules', () => {
    expect(refusal(ring(), replaceAll({ tokens: [{ keep: id('a') }] }))).toBe('too-many-devices');
    expect(refusal(ring(), replaceAll({ rules: { deviceLock: true } }))).toBe('siblings-unproven');
  });

  it('what is written back as it was read is not enforced when it was observed', () => {
    const before = ring({ siblings: { mode: 'observe', rules: { deviceLock: true }, revision: 1 } });
    expect(refusal(before, replaceAll({ rules: { deviceLock: true } }))).toBe('unchanged');
    expect(done(before, replaceAll({ rules: {} })).ring.siblings).toEqual({ mode: 'enforce', rules: {}, revision: 2 });
  });
});

describe('M34: clear', () => {
  const clear: RingChangeCommand = { kind: 'clear', reason: 'moved' };
  it('leaves nothing required, and every token revoked', () => {
    const before = ring({ siblings: { mode: 'enforce', rules: { deviceLock: true }, revision: 1 } });
    const { ring: after, warnings, created } = done(before, clear);
    expect(after).toMatchObject({
      isDefined: false,
      requirement: { mode: 'off', effectiveAt: hours(-500) },
      siblings: { mode: 'observe', rules: {}, revision: 2 },
    });
    expect([live(after), warnings, created]).toEqual([[], ['checks-stopped'], []]);
    expect(refusal(after, clear)).toBe('unchanged');
  });

  it('also of tokens that were made before anything was required', () => {
    expect(live(done(done(undefined, add).ring, clear).ring)).toEqual([]);
    expect(refusal(undefined, clear)).toBe('unchanged');
    expect(done(ring({ tokens: [], requirement: off.requirement }), clear).ring.isDefined).toBe(false);
  });
});

describe('settings', () => {
  const settings = { ...defaultRingSettings, compatibility: 'reference' } as const;
  const command: RingChangeCommand = { kind: 'change-settings', settings };
  it('are changed by the role for it only', () => {
    expect(done(ring(), command).ring).toEqual(ring({ version: 8, settings }));
    expect(refusal(ring(), command, { mayForce: false })).toBe('force-not-allowed');
    expect(refusal(ring(), { ...command, force }, { mayForce: false })).toBe('force-not-allowed');
    expect(refusal(ring(), { ...command, settings: defaultRingSettings })).toBe('unchanged');
  });

  it('that stop readable values erase the copies that were kept for them, and no others', () => {
    const tokens = [token('a', { valueKept: 'readable' }), token('b', { valueKept: 'delivery' })];
    const readable = { ...defaultRingSettings, readableValues: true };
    const after = done(ring({ tokens, settings: readable }), { kind: 'change-settings', settings: defaultRingSettings }).ring;
    expect(after.tokens.map((one) => one.valueKept)).toEqual([undefined, 'delivery']);
    const still = done(ring({ tokens, settings: readable }), {
      kind: 'change-settings',
      settings: { ...readable, twoPeople: true },
    }).ring;
    expect(still.tokens).toEqual(tokens);
  });
});

it('every refusal and every warning has a sentence', () => {
  for (const sentence of [...Object.values(ringRefusals), ...Object.values(ringWarnings)])
    expect(sentence.length).toBeGreaterThan(20);
});
