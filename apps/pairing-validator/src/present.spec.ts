import { describe, expect, it } from '@jest/globals';
import { generateKeyRing, hmacDigest, type KeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { deviceIdOf, longestToken, present, withoutToken } from './present.ts';

const peppers: KeyRing = {
  current: 'k2',
  keys: new Map([...parseKeyRing(generateKeyRing('k1')).keys, ...parseKeyRing(generateKeyRing('k2')).keys]),
};
const of = (presentedToken: string | null | undefined) =>
  present({ kind: 'pairing', method: 'mobile-app', presentedToken }, peppers);

describe('what was presented', () => {
  it.each([
    [undefined, 'empty'],
    [null, 'empty'],
    ['', 'empty'],
    [' ', 'well-formed'],
    ['x'.repeat(longestToken), 'well-formed'],
    ['x'.repeat(longestToken + 1), 'malformed'],
    ['\u{1f511}', 'well-formed'],
    ['a\ud83d', 'malformed'],
    ['\udd11a', 'malformed'],
  ] as const)('%j is %s', (text, form) => {
    expect(of(text).form).toBe(form);
  });

  it('is digested under every pepper', () => {
    expect(of('value').digests).toEqual(
      [...peppers.keys].map(([pepperId, key]) => ({ pepperId, digest: hmacDigest(key, 'value') })),
    );
  });

  it.each([null, '', 'x'.repeat(1_000_000), 'a\ud83d'])('costs the same digests when it is no token', (text) => {
    expect(of(text).digests).toEqual(of(undefined).digests);
    expect(of(text).digests).toHaveLength(2);
  });
});

describe('what is told of a device', () => {
  const uuid = '7f1d3c5e-0a2b-4c6d-8e9f-1a3b5c7d9e0f';
  const isUnmarkedToken = (text: string) => text === 'an-own-value-of-the-ring' || text === uuid;

  it.each([
    ['device-1', 'device-1'],
    ['~'.repeat(64), '~'.repeat(64)],
    ['~'.repeat(65), expect.stringMatching(/^sha256:[\w-]{43}$/)],
    ['with space', expect.stringMatching(/^sha256:/)],
    ['Gerät', expect.stringMatching(/^sha256:/)],
    ['', undefined],
    [7, undefined],
    [null, undefined],
    ['presented-value', undefined],
    ['id of presented-value', undefined],
    ['tsk_0123456789', undefined],
    ['an-own-value-of-the-ring', undefined],
    ['id:an-own-value-of-the-ring', undefined],
    [uuid, undefined],
    [`device-${uuid}`, undefined],
    ['0b6e1f2c-3d4e-4f50-8a6b-7c8d9e0f1a2b', '0b6e1f2c-3d4e-4f50-8a6b-7c8d9e0f1a2b'],
  ])('names it %j as %j', (id, expected) => {
    expect(deviceIdOf(id, 'presented-value', isUnmarkedToken)).toEqual(expected);
  });

  it('has no fact in which the presented value stands', () => {
    const facts = { model: 'presented-value', brand: 'a presented-value b', osVersion: '17', isLocked: true };
    expect(withoutToken(facts, 'presented-value', isUnmarkedToken)).toEqual({ osVersion: '17', isLocked: true });
    expect(withoutToken(facts, '17', isUnmarkedToken)).toEqual({ ...facts, osVersion: undefined });
    expect(withoutToken(facts, '1', isUnmarkedToken)).toBe(facts);
  });

  it('has no token of the ring in any fact, presented or not', () => {
    const facts = {
      model: 'tsk_0123456789',
      brand: 'an-own-value-of-the-ring',
      appVersion: '1 an-own-value-of-the-ring',
      osVersion: '17',
    };
    for (const presented of [null, undefined, '', 'presented-value'])
      expect(withoutToken(facts, presented, isUnmarkedToken)).toEqual({ osVersion: '17' });
  });
});
