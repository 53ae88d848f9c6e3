import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import type { Requirement, Ring, Token, TokenId } from '@tallystick/tokens-domain';
import {
  applyRing,
  applyRings,
  letTimePass,
  emptyRingTable,
  type JudgedRing,
  replaceRings,
  revivedTokens,
  type RingTable,
} from './index.ts';
import { acme, globex, revoked, ring as fullRing, token as anyToken } from './rings.fixture.ts';

const token = (name: string, kind: 'active' | 'revoked' = 'active'): Token =>
  anyToken(name, kind === 'active' ? {} : { state: revoked });
const ring = (version: number, ...tokens: Token[]): Ring => fullRing({ version, tokens });
const unreadable = { environment: acme, isUnreadable: true } as const;
const tokensOf = (table: RingTable) => [...(table.environments.get(acme)?.tokens ?? [])];
const active = (table: RingTable) => tokensOf(table).flatMap(([digest, { isRefused }]) => (isRefused ? [] : [digest]));
const refused = (table: RingTable) => tokensOf(table).flatMap(([digest, { isRefused }]) => (isRefused ? [digest] : []));
const version = (table: RingTable) => (table.environments.get(acme)?.ring as JudgedRing | undefined)?.version;

describe('applying a change from the log', () => {
  const second = applyRings(emptyRingTable, [ring(1, token('a')), ring(2, token('a', 'revoked'), token('b'))]);

  it('takes the whole ring over', () => {
    expect(active(second)).toEqual(['b']);
    expect(refused(second)).toEqual(['a']);
    expect(revivedTokens(second)).toEqual([]);
  });

  it('a second time changes nothing', () => {
    expect(applyRing(second, ring(2, token('a', 'revoked'), token('b')))).toEqual(second);
  });

  it('R36: that is older than what was loaded does not bring the older ring back', () => {
    const table = applyRing(second, ring(1, token('a')));
    expect(table).toEqual(second);
  });

  it('that is older, and tells of a revocation that the newer ring does not know, is remembered and raises the alarm', () => {
    const table = applyRing(second, ring(1, token('b', 'revoked')));
    expect(active(table)).toEqual([]);
    expect(revivedTokens(table)).toEqual([{ environment: acme, token: 'tok_b' }]);
  });

  it('tells whether the environment has tokens that can not be told by their form', () => {
    const own = { ...token('o'), origin: 'own' } as const;
    expect(second.environments.get(acme)?.hasUnmarkedTokens).toBe(false);
    const table = applyRing(second, ring(3, own));
    expect(table.environments.get(acme)?.hasUnmarkedTokens).toBe(true);
    const gone = applyRing(table, ring(4, { ...own, state: revoked }));
    expect(applyRing(gone, ring(5)).environments.get(acme)?.hasUnmarkedTokens).toBe(true); // what was seen revoked stays in the table
    expect(applyRing(table, ring(4)).environments.get(acme)?.hasUnmarkedTokens).toBe(false);
  });

  it('leaves other environments as they are', () => {
    const both = applyRing(second, { ...ring(1, token('a')), environment: globex });
    expect(both.environments.get(acme)).toBe(second.environments.get(acme));
    expect([...(both.environments.get(globex)?.tokens.values() ?? [])].map(({ isRefused }) => isRefused)).toEqual([false]); // M15: each environment remembers its own
  });

  it('does not change the table before', () => {
    expect(active(applyRing(second, ring(3)))).toEqual([]);
    expect(active(second)).toEqual(['b']);
  });
});

describe('never un-revokes', () => {
  it('a token that a later ring lists as active again: refused, with an alarm', () => {
    const table = applyRings(emptyRingTable, [ring(1, token('a', 'revoked'), token('b')), ring(2, token('a'), token('b'))]);
    expect(active(table)).toEqual(['b']);
    expect(revivedTokens(table)).toEqual([{ environment: acme, token: 'tok_a' }]);
  });

  it('a value that one ring lists twice, revoked and active', () => {
    const table = applyRing(emptyRingTable, ring(1, token('a', 'revoked'), { ...token('a'), id: 'tok_again' as TokenId }));
    expect(active(table)).toEqual([]);
    expect(revivedTokens(table)).toEqual([{ environment: acme, token: 'tok_again' }]);
  });

  it('also when it was left out in between', () => {
    const table = applyRings(emptyRingTable, [ring(1, token('a', 'revoked')), ring(2), ring(3, token('a'))]);
    expect(active(table)).toEqual([]);
  });

  it('the alarm ends when the token is revoked again; the memory does not', () => {
    const revived = applyRings(emptyRingTable, [ring(1, token('a', 'revoked')), ring(2, token('a'))]);
    const again = applyRing(revived, ring(3, token('a', 'revoked')));
    expect(revivedTokens(again)).toEqual([]);
    expect(refused(again)).toEqual(['a']);
  });
});

describe('a full load', () => {
  const before = applyRings(emptyRingTable, [ring(5, token('a', 'revoked'), token('b'))]);

  it('of a store that went back counts, and does not revive what was revoked', () => {
    const table = replaceRings(before, [ring(3, token('a'), token('b'))]);
    expect(version(table)).toBe(3);
    expect(active(table)).toEqual(['b']);
    expect(revivedTokens(table)).toEqual([{ environment: acme, token: 'tok_a' }]);
  });

  it('then follows that store, though its versions are lower than what was seen', () => {
    const table = applyRing(replaceRings(before, [ring(3, token('b'))]), ring(4, token('b', 'revoked')));
    expect(active(table)).toEqual([]);
    expect(refused(table)).toEqual(['a', 'b']);
  });

  it('of a store that was lost accepts nothing, and after its repair everything that was never revoked', () => {
    const lost = replaceRings(before, []);
    expect(lost.environments.get(acme)?.ring).toBeUndefined();
    expect(active(lost)).toEqual([]);
    expect(replaceRings(lost, [ring(5, token('a', 'revoked'), token('b'))])).toEqual(before);
    expect(active(replaceRings(lost, [ring(4, token('a'), token('b'))]))).toEqual(['b']);
  });

  it('of a store that lost the addition of a token accepts it when it is added again', () => {
    const lost = replaceRings(before, [ring(4, token('a', 'revoked'))]);
    expect(active(lost)).toEqual([]);
    expect(applyRing(lost, ring(5, token('a', 'revoked'), token('b')))).toEqual(before);
  });

  it('keeps the memory of each environment apart', () => {
    const table = replaceRings(before, [{ ...ring(1, token('a')), environment: globex }]);
    expect([...(table.environments.get(globex)?.tokens.keys() ?? [])]).toEqual(['a']);
  });

  it('of the same rings changes nothing', () => {
    expect(replaceRings(before, [ring(5, token('a', 'revoked'), token('b'))])).toEqual(before);
  });
});

describe('a ring that can not be read', () => {
  const before = applyRings(emptyRingTable, [ring(5, token('a', 'revoked'), token('b'))]);

  it('shuts its own environment and no other, and comes back with the next that can', () => {
    const both = applyRings(before, [{ ...ring(1, token('c')), environment: globex }, unreadable]);
    expect(both.environments.get(acme)?.ring).toBe('unreadable');
    expect(both.environments.get(globex)?.ring).toMatchObject({ version: 1 });
    expect(both.figures).toMatchObject({ environments: 2, unreadable: 1 });
    expect(version(applyRing(both, ring(6, token('b'))))).toBe(6);
  });

  it('does not make what was revoked forgotten', () => {
    expect(active(applyRings(before, [unreadable, ring(6, token('a'), token('b'))]))).toEqual(['b']);
    expect(active(applyRing(replaceRings(before, [unreadable]), ring(6, token('a'))))).toEqual([]);
  });
});

describe('a requirement that was seen in force', () => {
  const requirement: Requirement = { mode: 'enforce', effectiveAt: instant(100) };
  const waiting = applyRing(emptyRingTable, fullRing({ requirement }));
  const inForce = (table: RingTable) => table.environments.get(acme)?.wasInForce;

  it('M5: stays in force through changes, loads and a clock that goes back while its date is unchanged', () => {
    expect(letTimePass(waiting, 99)).toBe(waiting);
    const table = letTimePass(waiting, 100);
    expect(inForce(table)).toBe(true);
    expect(letTimePass(table, 50)).toBe(table);
    expect(inForce(applyRing(table, fullRing({ requirement, version: 2, tokens: [token('new')] })))).toBe(true);
    expect(inForce(replaceRings(table, [fullRing({ requirement, version: 1 })]))).toBe(true);
  });

  it.each<[string, Requirement]>([
    ['date', { mode: 'enforce', effectiveAt: instant(200) }],
    ['mode', { mode: 'observe', effectiveAt: instant(100) }],
  ])('M27: waits again when an administrator changes its %s', (_, changed) => {
    const table = applyRing(letTimePass(waiting, 100), fullRing({ requirement: changed, version: 2 }));
    expect(inForce(table)).toBe(false);
  });

  it('concerns its own environment only', () => {
    const other = fullRing({ environment: globex, requirement: { mode: 'enforce', effectiveAt: instant(150) } });
    const table = letTimePass(applyRing(waiting, other), 120);
    expect([inForce(table), table.environments.get(globex)?.wasInForce, table.nextMomentAt]).toEqual([true, false, 150]);
  });
});

describe('a token that was seen to expire', () => {
  const expiresAt = instant(100);
  const expiring = (more: Partial<Token> = {}): Token => ({ ...token('a'), expiresAt, ...more });
  const waiting = letTimePass(applyRing(emptyRingTable, ring(1, expiring(), token('b'))), 0);
  const expired = letTimePass(waiting, 100);
  const isExpired = (table: RingTable) => tokensOf(table).flatMap(([digest, { wasExpired }]) => (wasExpired ? [digest] : []));

  it('stays expired through changes, loads and a clock that goes back while its date is unchanged', () => {
    expect(letTimePass(waiting, 99)).toBe(waiting);
    expect([waiting.nextMomentAt, expired.nextMomentAt]).toEqual([100, Infinity]);
    expect(letTimePass(expired, 50)).toBe(expired);
    for (const table of [
      expired,
      applyRing(expired, ring(2, expiring({ label: 'another' }), token('c'))),
      replaceRings(expired, [ring(1, expiring())]),
    ])
      expect(isExpired(table)).toEqual(['a']);
  });

  it.each([instant(200), undefined])('may pass again when an administrator changes its date (to %p)', (date) => {
    const { expiresAt: _, ...rest } = expiring();
    const table = applyRing(expired, ring(2, date === undefined ? rest : { ...rest, expiresAt: date }, token('b')));
    expect(isExpired(table)).toEqual([]);
    expect(table.nextMomentAt).toBe(date ?? Infinity);
  });

  it('that is revoked is refused as such, and waits for nothing', () => {
    const table = applyRing(waiting, ring(2, expiring({ state: revoked })));
    expect([refused(table), table.nextMomentAt]).toEqual([['a'], Infinity]);
  });
});
