import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import type { Sighting, TokenId } from '@tallystick/tokens-domain';
import { readSighting, UnreadableSighting, writeSighting } from './sighting-text.ts';

const sighting: Sighting = {
  device: 'd',
  presented: 'tok_0123456789abcdef' as TokenId,
  platform: 'ios',
  at: instant(1_700_000_000_000),
};

describe('the stored text of a sighting', () => {
  it.each<[string, Partial<Sighting>]>([
    ['loyw3v28|tok_0123456789abcdef|i|', {}],
    ['loyw3v28|tok_0123456789abcdef|a|12+', { platform: 'android', siblings: { revision: 12, met: true } }],
    ['loyw3v28|nothing|o|0-', { presented: 'nothing', platform: 'other', siblings: { revision: 0, met: false } }],
    ['0|unknown|i|', { presented: 'unknown', at: instant(0) }],
  ])('is %s, as stored by earlier versions too', (text, more) => {
    const { device: _, at, ...facts } = { ...sighting, ...more };
    expect(writeSighting({ ...sighting, ...more })).toBe(text);
    expect(readSighting(text)).toEqual({ ...facts, lastSeen: at });
  });

  it('of a stranger ends with a mark, which is no fact', () => {
    const kept = readSighting('loyw3v28|unknown|i|12+');
    expect(readSighting('loyw3v28|unknown|i|12+|s')).toEqual(kept);
    expect(() => readSighting('loyw3v28|unknown|i|12+|s|s')).toThrow(UnreadableSighting);
  });

  it.each<[string, Partial<Sighting>]>([
    ['a presented value with the separator', { presented: 'a|b' as TokenId }],
    ['a presented value that is too long', { presented: 'x'.repeat(33) as TokenId }],
    ['a revision that is none', { siblings: { revision: 1.5, met: true } }],
    ['a negative revision', { siblings: { revision: -1, met: true } }],
    ['a time before 1970', { at: instant(-1) }],
  ])('is refused for %s', (_, more) => {
    expect(() => writeSighting({ ...sighting, ...more })).toThrow(RangeError);
  });

  it.each(['', 'x', '|a|i|', '0|a|x|', '0|a|i', '0|a|i|1', '0||i|', '!|a|i|', '0|a|i|1+|'])('can not be read: %j', (text) => {
    expect(() => readSighting(text)).toThrow(UnreadableSighting);
  });
});
