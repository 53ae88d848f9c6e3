import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import {
  type DeviceFacts,
  type PepperId,
  platforms,
  type Requirement,
  type Ring,
  type SiblingRules,
  type Token,
  type TokenDigest,
  type TokenId,
  unmetSiblings,
} from '@tallystick/tokens-domain';
import fc from 'fast-check';
import {
  applyRing,
  applyRings,
  compileSiblings,
  emptyRingTable,
  exemptMethods,
  judgePresentation,
  type NoVerdict,
  type Presentation,
  type Verdict,
  unmetCompiled,
} from './index.ts';
import { acme as environment, revoked, ring as anyRing, token as anyToken } from './rings.fixture.ts';

const peppers = ['p1', 'p2'] as PepperId[];

// Few values, so that they meet.
const value = fc.constantFrom('a', 'b', 'c', 'd', '');
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const moment = fc.integer({ min: 0, max: 4 }).map(instant);
const token: fc.Arbitrary<Token> = fc
  .record({
    value,
    pepperId: fc.constantFrom(...peppers),
    kind: fc.constantFrom('active' as const, 'retiring' as const, 'revoked' as const),
    id: fc.uuid(),
    createdAt: fc.nat(),
    notBefore: maybe(moment),
    expiresAt: maybe(moment),
  })
  .map(({ value, pepperId, kind, id, createdAt, notBefore, expiresAt }) =>
    anyToken(id, {
      id: `tok_${id}` as TokenId,
      digest: `${pepperId}:${value}` as TokenDigest,
      pepperId,
      createdAt: instant(createdAt),
      state: kind === 'revoked' ? revoked : kind === 'active' ? { kind } : { kind, at: instant(0), by: 'admin' },
      ...(notBefore === undefined ? {} : { notBefore }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    }),
  );
const version = fc.constantFrom(
  '1234567890123456',
  '10.',
  '1.2.3.4.5.6.7.8.9',
  '9',
  '10',
  '10.1',
  '17.4.1 (21E236)',
  '1',
  'beta',
  '',
);
const perPlatform = fc.record({ ios: version, android: version }, { requiredKeys: [] });
const names = fc.array(fc.constantFrom('Apple', 'apple', 'Google', 'Pixel 9', 'iPhone'), { maxLength: 2 });
const rules: fc.Arbitrary<SiblingRules> = fc.record(
  {
    deviceLock: fc.constant(true as const),
    notRootedOrJailbroken: fc.constant(true as const),
    biometrics: fc.constant(true as const),
    minimumOsVersion: perPlatform,
    minimumAppVersion: perPlatform,
    brands: fc.record({ brandsAllowed: names, brandsDisallowed: names, modelsAllowed: names, modelsDisallowed: names }),
  },
  { requiredKeys: [] },
);
const facts: fc.Arbitrary<DeviceFacts> = fc.record(
  {
    platform: fc.constantFrom(...platforms),
    osVersion: version,
    appVersion: version,
    brand: fc.constantFrom('APPLE', 'google', 'Fairphone', 'pixel 9'),
    model: fc.constantFrom('iphone', 'PIXEL 9', ''),
    isLocked: fc.boolean(),
    isRooted: fc.boolean(),
    hasBiometrics: fc.boolean(),
  },
  { requiredKeys: [] },
);
const ring: fc.Arbitrary<Ring> = fc
  .record({
    version: fc.integer({ min: 1, max: 9 }),
    requirement: fc.record({
      mode: fc.oneof(
        { weight: 4, arbitrary: fc.constant('enforce' as const) },
        fc.constantFrom('off' as const, 'observe' as const),
      ),
      effectiveAt: fc.integer({ min: 0, max: 3 }).map(instant),
    }),
    siblings: fc.record({
      mode: fc.constantFrom('observe' as const, 'enforce' as const),
      rules: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, rules),
      revision: fc.nat(3),
    }),
    tokens: fc.uniqueArray(token, { maxLength: 6, selector: ({ digest }) => digest }), // a value is listed once (M21)
  })
  .map(anyRing);
const presentation: fc.Arbitrary<Presentation> = fc
  .record({
    kind: fc.constantFrom('pairing' as const, 'authentication' as const),
    method: fc.oneof({ weight: 4, arbitrary: fc.constant('mobile-app') }, fc.constantFrom(...exemptMethods), fc.string()),
    value,
    isMalformed: fc.boolean(),
  })
  .map(({ kind, method, value, isMalformed }) => ({
    kind,
    method,
    form: value === '' ? ('empty' as const) : isMalformed ? ('malformed' as const) : ('well-formed' as const),
    digests: peppers.map((pepperId) => ({ pepperId, digest: `${pepperId}:${value}` as TokenDigest })),
  }));
const at = moment;

const judgeAll = (
  rings: readonly Ring[],
  presentation: Presentation,
  at: number,
  facts: DeviceFacts | undefined = undefined,
): Verdict | NoVerdict =>
  judgePresentation({ table: applyRings(emptyRingTable, rings), environment, presentation, facts, at: instant(at) });
const judge = (rings: readonly Ring[], presentation: Presentation, at: number, facts?: DeviceFacts): Verdict => {
  const verdict = judgeAll(rings, presentation, at, facts);
  if (verdict.verdict === 'none') throw new Error(`no verdict: ${verdict.reason}`);
  return verdict;
};
const presents = ({ digest }: Token, { digests }: Presentation) => digests.some((each) => each.digest === digest);
const inMode = (ring: Ring, mode: Requirement['mode'], siblings = ring.siblings): Ring => ({
  ...ring,
  requirement: { ...ring.requirement, mode },
  siblings,
});

describe('for every ring, presentation and time', () => {
  it('M22: a value that one ring lists as revoked is never allowed as a token again, whatever rings follow', () => {
    fc.assert(
      fc.property(fc.array(ring, { minLength: 1, maxLength: 4 }), presentation, at, (rings, presentation, at) => {
        fc.pre(
          rings.some(({ tokens }) => tokens.some((token) => token.state.kind === 'revoked' && presents(token, presentation))),
        );
        expect(judge(rings, presentation, at).reason).not.toBe('token-active');
      }),
    );
  });

  it('M11: an empty or malformed value is never allowed as a token', () => {
    fc.assert(
      fc.property(ring, presentation, at, (ring, presentation, at) => {
        fc.pre(presentation.form !== 'well-formed');
        expect(judge([ring], presentation, at).reason).not.toBe('token-active');
      }),
    );
  });

  it('M11: the caller gets one and the same cause for every value that does not match', () => {
    fc.assert(
      fc.property(ring, presentation, at, (ring, presentation, at) => {
        const verdict = judge([ring], presentation, at);
        fc.pre(verdict.reason.startsWith('token-') && verdict.verdict === 'deny');
        expect(verdict.causes).toEqual(['managed-device-token']);
      }),
    );
  });

  it('M9: order and age of the tokens do not matter', () => {
    fc.assert(
      fc.property(ring, presentation, at, fc.nat(), (ring, presentation, at, seed) => {
        const moved = ring.tokens.map((token, index) => ({
          token: { ...token, createdAt: instant((seed * (index + 1)) % 97) },
          key: (seed * (index + 7)) % 13,
        }));
        const tokens = moved.sort((a, b) => a.key - b.key).map(({ token }) => token);
        expect(judge([{ ...ring, tokens }], presentation, at).verdict).toBe(judge([ring], presentation, at).verdict);
      }),
    );
  });

  it('M16: adding a token of a new value never turns an allow into a deny', () => {
    fc.assert(
      fc.property(ring, fc.array(token), presentation, at, (ring, more, presentation, at) => {
        const listed = new Set(ring.tokens.map(({ digest }) => digest));
        const fresh = more.filter(({ digest, state }) => state.kind !== 'revoked' && !listed.has(digest));
        fc.pre(judge([ring], presentation, at).verdict === 'allow');
        expect(
          judge([ring, { ...ring, version: ring.version + 1, tokens: [...ring.tokens, ...fresh] }], presentation, at).verdict,
        ).toBe('allow');
      }),
    );
  });

  it('M22, M30: revoking turns allows into denials, never the other way, and only for the value that was revoked', () => {
    fc.assert(
      fc.property(ring, fc.nat(), presentation, at, (ring, index, presentation, at) => {
        fc.pre(ring.tokens.length > 0);
        const chosen = ring.tokens[index % ring.tokens.length]!;
        const tokens = ring.tokens.map((token) => (token === chosen ? { ...token, state: revoked } : token));
        const before = judge([ring], presentation, at);
        const after = judge([ring, { ...ring, version: ring.version + 1, tokens }], presentation, at);
        if (before.verdict === 'deny') expect(after.verdict).toBe('deny');
        if (!presents(chosen, presentation)) expect(after).toEqual(before);
        if (presents(chosen, presentation) && before.reason === 'token-active')
          expect(after.reason).toBe(ring.requirement.mode === 'enforce' ? 'token-revoked' : 'token-only-observed');
      }),
    );
  });

  it('is total: any text as method, any digests, any time give a verdict with a reason', () => {
    const anything = fc.record({
      kind: fc.constantFrom('pairing' as const, 'authentication' as const),
      method: fc.string(),
      form: fc.constantFrom('empty' as const, 'malformed' as const, 'well-formed' as const),
      digests: fc.array(
        fc.record({ pepperId: fc.string() as fc.Arbitrary<PepperId>, digest: fc.string() as fc.Arbitrary<TokenDigest> }),
      ),
    });
    fc.assert(
      fc.property(fc.option(ring), anything, maybe(facts), fc.maxSafeInteger(), (ring, presentation, facts, at) => {
        const table = ring === null ? emptyRingTable : applyRing(emptyRingTable, ring);
        const verdict = judgePresentation({ table, environment, presentation, facts, at: instant(at) });
        expect(verdict.reason).toMatch(/^[a-z-]+$/);
        if (verdict.verdict !== 'none') expect(verdict.verdict === 'deny').toBe(verdict.causes.length > 0);
      }),
    );
  });

  it('M1: observing never denies, and what it observes is exactly what enforcing denies', () => {
    let denials = 0;
    fc.assert(
      fc.property(ring, presentation, maybe(facts), at, (ring, presentation, facts, at) => {
        fc.pre(at >= ring.requirement.effectiveAt);
        const observed = judge([inMode(ring, 'observe', { ...ring.siblings, mode: 'observe' })], presentation, at, facts);
        const enforced = judge([inMode(ring, 'enforce', { ...ring.siblings, mode: 'enforce' })], presentation, at, facts);
        expect(observed.verdict).toBe('allow');
        expect(enforced.causes).toEqual(observed.observed);
        expect(enforced.observed).toEqual([]);
        expect(enforced.presented).toBe(observed.presented);
        if (enforced.verdict === 'deny') denials++;
      }),
    );
    expect(denials).toBeGreaterThan(10);
  });

  it('no cause is both refused for and observed, and what passes has none', () => {
    fc.assert(
      fc.property(ring, presentation, maybe(facts), at, (ring, presentation, facts, at) => {
        const { causes, observed } = judge([ring], presentation, at, facts);
        expect(causes.filter((cause) => observed.includes(cause))).toEqual([]);
      }),
    );
  });

  it('adding sibling rules never turns a denial into an allow', () => {
    fc.assert(
      fc.property(ring, rules, presentation, maybe(facts), at, (ring, more, presentation, facts, at) => {
        const without = Object.keys(more).filter((name) => !(name in ring.siblings.rules));
        const added = Object.fromEntries(without.map((name) => [name, more[name as keyof SiblingRules]]));
        const stricter = { ...ring.siblings, rules: { ...ring.siblings.rules, ...added } };
        fc.pre(judge([ring], presentation, at, facts).verdict === 'deny');
        expect(judge([{ ...ring, siblings: stricter }], presentation, at, facts).verdict).toBe('deny');
      }),
    );
  });

  it('M13: another method is judged by nothing', () => {
    fc.assert(
      fc.property(
        ring,
        presentation,
        maybe(facts),
        at,
        fc.constantFrom(...exemptMethods),
        (ring, presented, facts, at, method) => {
          expect(judge([ring], { ...presented, method }, at, facts)).toMatchObject({
            verdict: 'allow',
            observed: [],
            presented: undefined,
            siblings: undefined,
          });
        },
      ),
    );
  });

  it('without one of the keys nothing is denied for its token that the key could have shown to match', () => {
    fc.assert(
      fc.property(ring, presentation, at, (ring, presentation, at) => {
        fc.pre(ring.tokens.filter((token) => presents(token, presentation)).length === 1); // under one key only (M21)
        fc.pre(judge([ring], presentation, at).reason === 'token-active');
        const digests = presentation.digests.slice(0, 1);
        const verdict = judgeAll([ring], { ...presentation, digests }, at);
        expect(verdict.verdict).not.toBe('deny');
      }),
    );
  });
});

describe('compiled sibling rules', () => {
  it('name the same causes as the rules that they were made from', () => {
    let unmet = 0;
    fc.assert(
      fc.property(rules, facts, (rules, facts) => {
        const compiled = compileSiblings({ mode: 'enforce', rules, revision: 1 });
        const causes = compiled ? unmetCompiled(compiled, facts) : [];
        expect(causes).toEqual(unmetSiblings(rules, facts));
        unmet += causes.length;
      }),
      { numRuns: 1_000 },
    );
    expect(unmet).toBeGreaterThan(100);
  });
});
