import { describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import type { PepperId, Ring, Token, TokenDigest, TokenId } from '@tallystick/tokens-domain';
import fc from 'fast-check';
import {
  applyRing,
  applyRings,
  emptyRingTable,
  exemptMethods,
  judgePresentation,
  type Presentation,
  type Verdict,
} from './index.ts';

const environment = environmentId('acme');
const peppers = ['p1', 'p2'] as PepperId[];
const revoked = { kind: 'revoked', at: instant(1), by: 'admin', reason: 'lost' } as const;

// Few values, so that they meet.
const value = fc.constantFrom('a', 'b', 'c', 'd', '');
const token: fc.Arbitrary<Token> = fc
  .record({ value, pepperId: fc.constantFrom(...peppers), isRevoked: fc.boolean(), id: fc.uuid(), createdAt: fc.nat() })
  .map(({ value, pepperId, isRevoked, id, createdAt }) => ({
    id: `tok_${id}` as TokenId,
    label: '',
    digest: `${pepperId}:${value}` as TokenDigest,
    pepperId,
    createdAt: instant(createdAt),
    createdBy: 'admin',
    state: isRevoked ? revoked : { kind: 'active' as const },
  }));
const ring: fc.Arbitrary<Ring> = fc.record({
  environment: fc.constant(environment),
  version: fc.integer({ min: 1, max: 9 }),
  requirement: fc.record({
    enabled: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
    effectiveAt: fc.integer({ min: 0, max: 3 }).map(instant),
  }),
  tokens: fc.array(token, { maxLength: 6 }),
});
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
const at = fc.integer({ min: 0, max: 4 }).map(instant);

const judge = (rings: readonly Ring[], presentation: Presentation, at: number): Verdict =>
  judgePresentation({ table: applyRings(emptyRingTable, rings), environment, presentation, at: instant(at) });
const presents = ({ digest }: Token, { digests }: Presentation) => digests.some((each) => each.digest === digest);

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
        expect(verdict).toMatchObject({ cause: 'managed-device-token' });
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
        const fresh = more.filter(({ digest, state }) => state.kind === 'active' && !listed.has(digest));
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
        const sameValue = ring.tokens.filter(({ digest }) => digest === chosen.digest).length;
        fc.pre(sameValue === 1); // a value is listed once (M21)
        if (before.verdict === 'deny') expect(after.verdict).toBe('deny');
        if (!presents(chosen, presentation)) expect(after).toEqual(before);
        if (presents(chosen, presentation) && before.reason === 'token-active') expect(after.reason).toBe('token-revoked');
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
      fc.property(fc.option(ring), anything, fc.maxSafeInteger(), (ring, presentation, at) => {
        const table = ring === null ? emptyRingTable : applyRing(emptyRingTable, ring);
        const verdict = judgePresentation({ table, environment, presentation, at: instant(at) });
        expect(verdict.reason).toMatch(/^[a-z-]+$/);
        expect(verdict.verdict === 'deny').toBe('cause' in verdict);
      }),
    );
  });
});
