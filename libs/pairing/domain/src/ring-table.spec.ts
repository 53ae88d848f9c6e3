import { describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import type { PepperId, Ring, Token, TokenDigest, TokenId } from '@tallystick/tokens-domain';
import { applyRing, applyRings, emptyRingTable, replaceRings, revivedTokens, type RingTable } from './index.ts';

const acme = environmentId('acme');
const globex = environmentId('globex');
const token = (name: string, kind: 'active' | 'revoked' = 'active'): Token => ({
  id: `tok_${name}` as TokenId,
  label: name,
  digest: name as TokenDigest,
  pepperId: 'p1' as PepperId,
  createdAt: instant(0),
  createdBy: 'admin',
  state: kind === 'active' ? { kind } : { kind, at: instant(1), by: 'admin', reason: 'lost' },
});
const ring = (version: number, ...tokens: Token[]): Ring => ({
  environment: acme,
  version,
  requirement: { enabled: true, effectiveAt: instant(0) },
  tokens,
});
const active = (table: RingTable) => [...(table.environments.get(acme)?.active.keys() ?? [])];
const refused = (table: RingTable) => [...(table.environments.get(acme)?.refused ?? [])];

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

  it('that is older than what was loaded does not bring the older ring back', () => {
    const table = applyRing(second, ring(1, token('a')));
    expect(table).toEqual(second);
  });

  it('that is older, and tells of a revocation that the newer ring does not know, is remembered and raises the alarm', () => {
    const table = applyRing(second, ring(1, token('b', 'revoked')));
    expect(active(table)).toEqual([]);
    expect(revivedTokens(table)).toEqual([{ environment: acme, token: 'tok_b' }]);
  });

  it('leaves other environments as they are', () => {
    const both = applyRing(second, { ...ring(1, token('a')), environment: globex });
    expect(both.environments.get(acme)).toBe(second.environments.get(acme));
    expect(both.environments.get(globex)?.refused.size).toBe(0); // M15: each environment remembers its own
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
    expect(table.environments.get(acme)?.ring?.version).toBe(3);
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
    expect([...(table.environments.get(globex)?.active.keys() ?? [])]).toEqual(['a']);
  });

  it('of the same rings changes nothing', () => {
    expect(replaceRings(before, [ring(5, token('a', 'revoked'), token('b'))])).toEqual(before);
  });
});
