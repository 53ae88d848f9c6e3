import { describe, expect, it } from '@jest/globals';
import type { Adoption } from './adoption.ts';
import { guardChange } from './guard-change.ts';
import { defaultRingSettings, type Ring, type Token } from './ring.ts';
import type { SiblingRequirements } from './sibling-requirements.ts';
import {
  group,
  hours,
  id,
  known,
  now,
  refusedNow,
  retiringState,
  revokedState,
  ring,
  seen,
  token,
  unknown,
} from './test-support/ring-builders.ts';

/** The ring with a token changed. */
const edited = (before: Ring, name: string, more: Partial<Token>): Ring => ({
  ...before,
  tokens: before.tokens.map((one) => (one.id === id(name) ? { ...one, ...more } : one)),
});
const without = (before: Ring, name: string): Ring => edited(before, name, { state: revokedState });
const guard = (before: Ring, after: Ring, adoption: Adoption = seen({ b: 100 })) => guardChange(before, after, adoption, now);
const settings = (more: Partial<Ring['settings']>): Ring['settings'] => ({ ...defaultRingSettings, ...more });
const scheduled = (count: number, mode: 'enforce' | 'observe' = 'enforce'): Ring['requirement'] => ({
  mode,
  effectiveAt: hours(count),
});

describe('M22, R41: a token taken away while the requirement is in force', () => {
  it.each([
    ['nobody presents it', { b: 100 }, undefined, []],
    ['just the allowed share presents it', { a: 2, b: 98 }, undefined, ['some-devices-refused']],
    ['one more than the allowed share presents it', { a: 3, b: 97 }, 'too-many-devices', ['some-devices-refused']],
    ['everybody presents it', { a: 100 }, 'too-many-devices', ['every-device-refused']],
    [
      'unmanaged devices can not hide it',
      { a: 3, b: 97, nothing: 900, unknown: 900 },
      'too-many-devices',
      ['some-devices-refused'],
    ],
    ['unmanaged devices do not cause a refusal', { a: 1, b: 99, nothing: 900 }, undefined, ['some-devices-refused']],
    ['nobody with a token was seen', { nothing: 5 }, undefined, []],
  ])('%s', (_, counts, refusal, warnings) => {
    const { figures, ...verdict } = guard(ring(), without(ring(), 'a'), seen(counts));
    expect(verdict).toEqual({ ...(refusal ? { refusal } : {}), warnings });
    expect(figures === undefined).toBe(warnings.length === 0);
  });

  it('counts what earlier steps have cost: small steps are no way round', () => {
    const before = ring({ tokens: [token('a', { state: revokedState }), token('b'), token('c')] });
    const figures = seen({ a: 2, b: 1, c: 97 });
    expect(guard(before, without(before, 'b'), figures).refusal).toBe('too-many-devices');
  });

  it('refuses when nothing is known, and says why', () => {
    expect(guard(ring(), without(ring(), 'a'), unknown)).toEqual({
      refusal: 'adoption-unknown',
      warnings: ['adoption-unknown'],
      figures: unknown,
    });
  });

  it('asks nothing when the token is not accepted any more', () => {
    const before = ring({ tokens: [token('a', { expiresAt: hours(-1) }), token('b')] });
    expect(guard(before, without(before, 'a'), seen({ a: 50, b: 50 }))).toEqual({ warnings: [] });
  });

  it('asks for the one that devices hold already, though it is accepted only in some hours', () => {
    const before = ring({ tokens: [token('a', { notBefore: hours(5) }), token('b')] });
    const verdict = guard(before, without(before, 'a'), seen({ a: 50, b: 50 }));
    expect([verdict.refusal, refusedNow(verdict.figures)]).toEqual(['too-many-devices', 50]);
  });

  it('asks nothing while it only observes, or is off', () => {
    for (const mode of ['observe', 'off'] as const) {
      const before = ring({ requirement: { mode, effectiveAt: hours(-500) } });
      expect(guard(before, without(before, 'a'), seen({ a: 100 }))).toEqual({ warnings: [] });
    }
  });

  it('shows the figures and the share that it went by', () => {
    expect(guard(ring(), without(ring(), 'a'), seen({ a: 3, b: 96, nothing: 1 })).figures).toEqual({
      kind: 'known',
      allowedShare: 0.02,
      devices: 100,
      byToken: 4,
      withoutToken: 1,
      bySiblings: 0,
      unjudged: 0,
    });
  });
});

describe('M23: the last token', () => {
  it.each(['enforce', 'observe'] as const)('is kept while the mode is %s', (mode) => {
    const before = ring({ requirement: { mode, effectiveAt: hours(100) }, tokens: [token('a')] });
    expect(guard(before, without(before, 'a')).refusal).toBe('last-token');
    expect(guard(before, edited(before, 'a', { expiresAt: hours(12) })).refusal).toBe('last-token');
    expect(guard(before, edited(before, 'a', { expiresAt: hours(12.1) })).refusal).toBeUndefined();
  });

  it('may go while the requirement is off', () => {
    const before = ring({ requirement: { mode: 'off', effectiveAt: now }, tokens: [token('a')] });
    expect(guard(before, without(before, 'a'))).toEqual({ warnings: [] });
  });

  it('M20: replaced by one that no device has, is the last one all the same', () => {
    const before = ring({ tokens: [token('a')] });
    const after = { ...without(before, 'a'), tokens: [...without(before, 'a').tokens, token('new')] };
    expect(guard(before, after, seen({ a: 100 }))).toMatchObject({ refusal: 'last-token', warnings: ['every-device-refused'] });
  });

  it('M28: an added one that no device presents yet does not stand in for it', () => {
    expect(guard(ring(), without(ring(), 'a'), seen({ a: 100 })).refusal).toBe('too-many-devices');
  });

  it('leaves no gap: a successor that starts after the expiry is too late', () => {
    const before = ring({ tokens: [token('a', { expiresAt: hours(6) }), token('b', { notBefore: hours(5) })] });
    const verdict = guard(before, edited(before, 'b', { notBefore: hours(8) }), seen({ a: 100 }));
    expect([verdict.refusal, refusedNow(verdict.figures)]).toEqual(['last-token', 100]);
  });
});

describe('dates', () => {
  it.each([
    ['an expiry in the notice is judged as now', { expiresAt: hours(12) }, 'too-many-devices', 'every-device-refused'],
    ['an expiry after the notice only warns', { expiresAt: hours(12.1) }, undefined, 'date-will-refuse-devices'],
    ['a start that is put off takes the token away now', { notBefore: hours(1) }, 'too-many-devices', 'every-device-refused'],
  ])('%s', (_, more, refusal, warning) => {
    const verdict = guard(ring(), edited(ring(), 'a', more), seen({ a: 100 }));
    expect([verdict.refusal, verdict.warnings, refusedNow(verdict.figures)]).toEqual([refusal, [warning], 100]);
  });

  it('an expiry that is put off asks nothing', () => {
    const before = ring({ tokens: [token('a', { expiresAt: hours(3) }), token('b')] });
    expect(guard(before, edited(before, 'a', { expiresAt: hours(300) }), seen({ a: 50, b: 50 })).refusal).toBeUndefined();
    expect(guard(before, edited(before, 'a', { expiresAt: hours(5) }), seen({ a: 50, b: 50 })).refusal).toBeUndefined();
  });

  it('an expiry that comes anyway does not stop another change', () => {
    const before = ring({ tokens: [token('a', { expiresAt: hours(3) }), token('b')] });
    const after = { ...before, tokens: [...before.tokens, token('c')] };
    expect(guard(before, after, seen({ a: 100 }))).toEqual({ warnings: [] });
  });

  it('figures of a refusal are those of the worst moment in the notice', () => {
    const before = ring({ tokens: [token('a'), token('b'), token('c')] });
    const after = edited(edited(before, 'a', { expiresAt: hours(1) }), 'b', { expiresAt: hours(2) });
    expect(refusedNow(guard(before, after, seen({ a: 10, b: 20, c: 70 })).figures)).toBe(30);
  });
});

describe('M5: the effective date', () => {
  const off = ring({ requirement: { mode: 'off', effectiveAt: hours(-500) } });
  it.each([
    ['now', 0, ['in-force-at-once', 'some-devices-refused'], 'too-many-devices'],
    ['in the past', -3, ['in-force-at-once', 'some-devices-refused'], 'too-many-devices'],
    ['within the notice', 12, ['some-devices-refused'], 'too-many-devices'],
    ['after it', 12.1, ['date-will-refuse-devices'], undefined],
  ])('enforced %s: counts unmanaged devices too', (_, count, warnings, refusal) => {
    const verdict = guard(off, { ...off, requirement: scheduled(count) }, seen({ a: 90, nothing: 10 }));
    expect([verdict.warnings, verdict.refusal, refusedNow(verdict.figures)]).toEqual([warnings, refusal, 10]);
  });

  it('enforced when all devices have a token is done', () => {
    expect(guard(off, { ...off, requirement: scheduled(0) }, seen({ a: 98, nothing: 2 })).refusal).toBeUndefined();
    expect(guard(off, { ...off, requirement: scheduled(0) }, seen({ a: 100 }))).toEqual({ warnings: ['in-force-at-once'] });
  });

  it('enforced with none but a token that this change makes would refuse everybody, whatever is known', () => {
    const none = { ...off, tokens: [] };
    const after = { ...none, tokens: [token('new')], requirement: scheduled(0) };
    for (const adoption of [unknown, seen({ nothing: 10 })])
      expect(guard(none, after, adoption).refusal).toBe('would-refuse-every-device');
  });

  it('enforced while strangers are turned away is unknown, for its share would be too small; a token may be taken away all the same', () => {
    const short: Adoption = { kind: 'known', devices: 100, groups: [group('b', 100)], strangersTurnedAway: true };
    const why = { kind: 'unknown', why: 'strangers-turned-away' };
    for (const mode of ['off', 'observe'] as const) {
      const verdict = guard(ring({ requirement: { mode, effectiveAt: now } }), ring(), short);
      expect([verdict.refusal, verdict.figures]).toEqual(['adoption-unknown', why]);
    }
    const later = guard(ring({ requirement: scheduled(90) }), ring({ requirement: scheduled(80) }), short);
    expect([later.refusal, later.warnings, later.figures]).toEqual([undefined, ['date-will-refuse-devices'], why]);
    expect(guard(ring(), without(ring(), 'a'), short)).toEqual({ warnings: [] });
    expect(refusedNow(guard(ring(), without(ring(), 'b'), short).figures)).toBe(100);
    const rules = (mode: 'observe' | 'enforce') => ({ mode, rules: { deviceLock: true as const }, revision: 1 });
    const met: Adoption = { ...short, groups: [group('b', 100, { revision: 1, met: true })] };
    const enforceRules = (requirement: Ring['requirement']) =>
      guard(ring({ requirement, siblings: rules('observe') }), ring({ requirement, siblings: rules('enforce') }), met).refusal;
    expect(enforceRules({ mode: 'observe', effectiveAt: now })).toBe('siblings-unproven');
    expect(enforceRules(ring().requirement)).toBeUndefined();
  });

  it('enforced without figures is refused, in some weeks only warned of', () => {
    expect(guard(off, { ...off, requirement: scheduled(0) }, unknown).refusal).toBe('adoption-unknown');
    const later = guard(off, { ...off, requirement: scheduled(500) }, unknown);
    expect(later).toEqual({ warnings: ['date-will-refuse-devices'], figures: unknown });
  });

  it('a date that is brought forward in small moves is judged when it comes near', () => {
    const before = ring({ requirement: scheduled(13) });
    expect(guard(before, { ...before, requirement: scheduled(11) }, seen({ nothing: 1 })).refusal).toBe('too-many-devices');
  });

  it('M27: put off while in force, nobody is refused until then', () => {
    expect(guard(ring(), { ...ring(), requirement: scheduled(1) })).toEqual({ warnings: ['enforcement-suspended'] });
  });

  it.each(['observe', 'off'] as const)('M7: %s after enforce stops the checks', (mode) => {
    expect(guard(ring(), { ...ring(), requirement: { mode, effectiveAt: hours(-500) } })).toEqual({
      warnings: ['checks-stopped'],
    });
  });

  it('what was lost while it was suspended is judged when it comes back', () => {
    const suspended = without(ring({ requirement: scheduled(200) }), 'a');
    expect(guard(suspended, { ...suspended, requirement: scheduled(0) }, seen({ a: 50, b: 50 })).refusal).toBe(
      'too-many-devices',
    );
  });
});

describe('where two people have to agree', () => {
  const two = ring({ settings: settings({ twoPeople: true }) });
  it('M7, M27: checks that would stop are refused, also in the reference mode', () => {
    const reference = ring({ settings: settings({ twoPeople: true, compatibility: 'reference' }) });
    for (const before of [two, reference])
      for (const requirement of [scheduled(1), scheduled(-500, 'observe'), { mode: 'off', effectiveAt: hours(-500) } as const])
        expect(guard(before, { ...before, requirement }).refusal).toBe('checks-would-stop');
  });

  it('checks that are not on yet may be put off', () => {
    const before = { ...two, requirement: scheduled(1) };
    expect(guard(before, { ...before, requirement: scheduled(100) }).refusal).toBeUndefined();
  });
});

describe('what can not be taken back', () => {
  it('revoking what all devices present is refused while a requirement is set for any later date', () => {
    const before = ring({ requirement: scheduled(24 * 30) });
    expect(guard(before, without(before, 'a'), seen({ a: 1000 })).refusal).toBe('too-many-devices');
    expect(guard(before, without(before, 'a'), unknown).refusal).toBe('adoption-unknown');
    expect(guard(before, without(before, 'a'), seen({ b: 1000 }))).toEqual({ warnings: [] });
  });

  it('a far date that would refuse too many is warned of, and needs the second person where two have to agree', () => {
    const date = (twoPeople: boolean) => {
      const before = ring({ settings: settings({ twoPeople }) });
      return guard(before, edited(before, 'a', { expiresAt: hours(24 * 30) }), seen({ a: 1000 }));
    };
    expect(date(false)).toMatchObject({ warnings: ['date-will-refuse-devices'] });
    expect(date(false).refusal).toBeUndefined();
    expect(date(true).refusal).toBe('too-many-devices');
  });

  it('loosening enforced sibling rules is warned of, and needs the second person where two have to agree', () => {
    const siblings: SiblingRequirements = { mode: 'enforce', rules: { notRootedOrJailbroken: true }, revision: 1 };
    for (const looser of [
      { ...siblings, mode: 'observe' as const },
      { ...siblings, rules: {}, revision: 2 },
    ]) {
      for (const twoPeople of [false, true]) {
        const before = ring({ siblings, settings: settings({ twoPeople }) });
        const verdict = guard(before, { ...before, siblings: looser });
        expect(verdict.warnings).toEqual(['checks-stopped']);
        expect(verdict.refusal).toBe(twoPeople ? 'checks-would-stop' : undefined);
      }
    }
  });
});

describe('M36: several MDMs', () => {
  it('M36: the token of one MDM may go when its devices have moved, whatever those of another one present', () => {
    const tokens = [token('a', { segment: { mdm: 'intune' } }), token('b', { segment: { mdm: 'jamf' } }), token('c')];
    const before = ring({ tokens });
    expect(guard(before, without(before, 'a'), seen({ b: 50, c: 50 }))).toEqual({ warnings: [] });
    const verdict = guard(before, without(before, 'b'), seen({ b: 50, c: 50 }));
    expect([verdict.refusal, refusedNow(verdict.figures)]).toEqual(['too-many-devices', 50]);
  });
});

describe('M24, M26: the reference asks nothing, and warns', () => {
  it.each([
    ['the last token', [token('a')], seen({ a: 100 }), 'every-device-refused'],
    ['too many devices', [token('a'), token('b')], seen({ a: 50, b: 50 }), 'some-devices-refused'],
    ['nothing known', [token('a'), token('b')], unknown, 'adoption-unknown'],
  ])('%s', (_, tokens, adoption, warning) => {
    const before = ring({ tokens, settings: settings({ compatibility: 'reference' }) });
    const { figures, ...verdict } = guard(before, without(before, 'a'), adoption);
    expect(verdict).toEqual({ warnings: [warning] });
    expect(figures).toBeDefined();
  });
});

describe('a token that is being delivered', () => {
  const delivering = ring({ tokens: [token('a'), token('b', { valueKept: 'delivery' })] });
  it.each([
    ['revoked', { state: revokedState }],
    ['made to expire in the notice', { expiresAt: hours(12) }],
    ['put off', { notBefore: hours(1) }],
  ])('is not %s, though no device presents it yet', (_, more) => {
    for (const mode of ['enforce', 'observe', 'off'] as const) {
      const before = { ...delivering, requirement: { ...delivering.requirement, mode } };
      expect(guard(before, edited(before, 'b', more), seen({ a: 100 })).refusal).toBe('being-delivered');
    }
  });

  it.each([
    ['its value is released', { valueKept: undefined }],
    ['it only has a readable value', { valueKept: 'readable' as const }],
    ['it has expired', { expiresAt: hours(-1) }],
  ])('may be revoked when %s', (_, more) => {
    const before = edited(delivering, 'b', more as Partial<Token>);
    expect(guard(before, without(before, 'b'), seen({ a: 100 }))).toEqual({ warnings: [] });
  });

  describe('M28: at the end of a rotation the old one, whose value was kept for the way back, may go', () => {
    const kept = (name: string, more: Partial<Token> = {}) => token(name, { valueKept: 'delivery', ...more });
    const rotation = (old: Partial<Token>, next: Partial<Token>) => ring({ tokens: [kept('a', old), kept('b', next)] });
    it.each([
      ['it is retiring, and a later one of its segment is live', rotation({ state: retiringState }, {}), undefined],
      ['it is not retiring', rotation({}, {}), 'being-delivered'],
      [
        'the later one is revoked',
        {
          ...rotation({ state: retiringState }, { state: revokedState }),
          tokens: [
            kept('a', { state: retiringState }),
            kept('b', { state: revokedState }),
            token('c', { segment: { site: 'x' } }),
          ],
        },
        'being-delivered',
      ],
      [
        'the later one is of another segment',
        rotation({ state: retiringState }, { segment: { platform: 'ios' } }),
        'being-delivered',
      ],
    ])('%s', (_, before, refusal) => {
      expect(guard(before, without(before, 'a'), seen({ b: 50, c: 50 })).refusal).toBe(refusal);
    });

    it('but not the new one, by marking it as retiring', () => {
      const before = rotation({}, { state: retiringState });
      expect(guard(before, without(before, 'b'), seen({ a: 100 })).refusal).toBe('being-delivered');
    });

    it('nor by marking it and making one more, which no device has: harmless steps are no way round', () => {
      const marked = rotation({}, { state: retiringState });
      const before = { ...marked, tokens: [...marked.tokens, token('c')] };
      for (const counts of [{ a: 100 }, { a: 60, b: 40 }, { a: 96, b: 2, c: 2 }])
        expect(guard(before, without(before, 'b'), seen(counts)).refusal).toBe('being-delivered');
      expect(guard(before, without(before, 'b'), seen({ a: 50, c: 50 })).refusal).toBeUndefined();
    });

    it('and of a segment that no device is in, or while nobody is refused, it needs no figures', () => {
      const before = rotation({ state: retiringState }, {});
      const elsewhere = { ...before, tokens: [...before.tokens, token('c', { segment: { site: 'x' } })] };
      expect(guard(elsewhere, without(elsewhere, 'a'), seen({ c: 100 })).refusal).toBeUndefined();
      const observed = { ...before, requirement: scheduled(-500, 'observe') };
      for (const figures of [unknown, seen({ a: 100 })])
        expect(guard(observed, without(observed, 'a'), figures).refusal).toBeUndefined();
    });
  });
});

describe('the sibling requirements', () => {
  const rules = { deviceLock: true } as const;
  const siblings = (mode: 'observe' | 'enforce', more: Partial<SiblingRequirements> = {}): SiblingRequirements => ({
    mode,
    rules,
    revision: 3,
    ...more,
  });
  const observed = ring({ siblings: siblings('observe') });
  const enforced = ring({ siblings: siblings('enforce') });
  const judged = (met: number, unmet: number, other = 0, more = 0): Adoption =>
    known([
      group('a', met, { revision: 3, met: true }),
      group('b', unmet, { revision: 3, met: false }),
      group('a', other, { revision: 2, met: true }),
      group('b', more),
    ]);

  it.each([
    ['all meet them', judged(100, 0), undefined, []],
    ['the allowed share does not', judged(98, 2), undefined, ['some-devices-refused']],
    ['more do not', judged(97, 3), 'siblings-unproven', ['some-devices-refused']],
    ['too many were judged by other rules', judged(97, 0, 3), 'siblings-unproven', ['some-devices-refused']],
    ['too many were not judged', judged(97, 0, 0, 3), 'siblings-unproven', ['some-devices-refused']],
    ['nothing is known', unknown, 'siblings-unproven', ['adoption-unknown']],
  ])('enforced when %s', (_, adoption, refusal, warnings) => {
    const verdict = guard(observed, enforced, adoption);
    expect([verdict.refusal, verdict.warnings]).toEqual([refusal, warnings]);
    expect(verdict.figures).toBeDefined();
  });

  it('count neither way for devices that are refused for want of a token', () => {
    const strangers = (met: boolean) =>
      known([
        group('a', 97, { revision: 3, met: true }),
        group('a', 3, { revision: 3, met: false }),
        group('nothing', 900, { revision: 3, met }),
      ]);
    for (const met of [true, false]) expect(guard(observed, enforced, strangers(met)).refusal).toBe('siblings-unproven');
    const proven = known([group('a', 100, { revision: 3, met: true }), group('unknown', 900, { revision: 3, met: false })]);
    expect(guard(observed, enforced, proven).refusal).toBeUndefined();
    const isOff = (one: Ring): Ring => ({ ...one, requirement: { mode: 'off', effectiveAt: now } });
    expect(guard(isOff(observed), isOff(enforced), proven).refusal).toBe('siblings-unproven');
  });

  it('are not enforced behind the back of a fleet whose token is gone: it will get another', () => {
    const broken = ring({ tokens: [token('a', { state: revokedState }), token('b')], siblings: siblings('observe') });
    const all = known([group('a', 100, { revision: 3, met: false })]);
    expect(guard(broken, { ...broken, siblings: siblings('enforce') }, all).refusal).toBe('siblings-unproven');
    expect(guard(broken, { ...broken, siblings: siblings('enforce') }, seen({ nothing: 9 })).refusal).toBe('siblings-unproven');
  });

  it('that refuse nobody, or are only observed, are not asked for', () => {
    for (const empty of [
      {},
      { minimumOsVersion: {} },
      { brands: { brandsAllowed: [], brandsDisallowed: [], modelsAllowed: [], modelsDisallowed: [] } },
    ])
      expect(guard(ring(), ring({ siblings: siblings('enforce', { rules: empty }) }), unknown)).toEqual({ warnings: [] });
    expect(guard(ring(), observed, unknown)).toEqual({ warnings: [] });
  });

  it('when made stricter are asked for again; when loosened they are not', () => {
    const both = { ...enforced, siblings: siblings('enforce', { rules: { ...rules, biometrics: true }, revision: 4 }) };
    expect(guard(enforced, both, judged(100, 0)).refusal).toBe('siblings-unproven');
    expect(guard(both, { ...enforced, siblings: siblings('enforce', { revision: 5 }) }, unknown)).toEqual({
      warnings: ['checks-stopped'],
    });
  });

  it('that are enforced already do not stop another change', () => {
    for (const rules of [{ deviceLock: true }, { minimumOsVersion: { ios: 'not a version' } }] as const) {
      const before = ring({ siblings: siblings('enforce', { rules }) });
      expect(guard(before, { ...before, tokens: [...before.tokens, token('c')] }, unknown)).toEqual({ warnings: [] });
    }
  });

  it('are no question of the reference', () => {
    const reference = settings({ compatibility: 'reference' });
    expect(guard({ ...observed, settings: reference }, { ...enforced, settings: reference }, unknown).refusal).toBeUndefined();
  });
});
