import { describe, expect, it } from '@jest/globals';
import { attributeOf, cursorOf, pageToken, timeOf } from './server-answers.ts';

describe('a cursor', () => {
  const token = Buffer.from('{"StartTime":"2027-01-15T08:00:00Z"}');

  it('gives the page token of the server back; without one it is the first page', () => {
    expect(Buffer.from(pageToken(cursorOf(token).next)).equals(token)).toBe(true);
    expect(pageToken(undefined)).toHaveLength(0);
    expect(cursorOf(new Uint8Array())).toEqual({});
  });

  it.each(['S7', 'A', 'AAAAAAAAAAA', token.toString('base64url'), `${cursorOf(token).next!}AA`])(
    'that nobody was given is refused before the server is asked: %s',
    (cursor) => {
      expect(() => pageToken(cursor)).toThrow(RangeError);
    },
  );
});

describe('what a list says', () => {
  it('is read from payloads and timestamps; what is missing is undefined', () => {
    expect(attributeOf({ indexedFields: { Segment: { data: Buffer.from('"ios/berlin"') } } }, 'Segment')).toBe('ios/berlin');
    expect(attributeOf({ indexedFields: {} }, 'Segment')).toBeUndefined();
    expect(attributeOf(undefined, 'Segment')).toBeUndefined();
    expect(timeOf({ seconds: 1_800_000_000, nanos: 5_999_999 })).toBe(1_800_000_000_005);
    expect(timeOf(undefined)).toBeUndefined();
  });
});
