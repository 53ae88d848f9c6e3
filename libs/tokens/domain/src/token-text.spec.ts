import { describe, expect, it } from '@jest/globals';
import { crc32 } from './checksum.ts';
import { checkToken, formatToken } from './token-text.ts';

const bytes = (fill: number) => new Uint8Array(32).fill(fill);

describe('the text of a token', () => {
  it('has a prefix, 43 characters and a checksum of 6, from letters and digits', () => {
    expect(formatToken(bytes(0))).toBe(`tsk_${'0'.repeat(43)}2CZclj`);
    expect(formatToken(bytes(255))).toMatch(/^tsk_[0-9A-Za-z]{49}$/);
  });

  it('uses the CRC-32 that everybody has', () => {
    expect(crc32('123456789')).toBe(0xcbf43926);
  });

  it('is made from 32 bytes, not from fewer or more', () => {
    expect(() => formatToken(new Uint8Array(31))).toThrow(RangeError);
    expect(() => formatToken(new Uint8Array(33))).toThrow(RangeError);
  });

  it.each([
    ['a generated token', formatToken(bytes(7)), 'valid'],
    ['the largest one', formatToken(bytes(255)), 'valid'],
    ['one without its last character', formatToken(bytes(7)).slice(0, -1), 'mistyped'],
    ['one with a space behind it', `${formatToken(bytes(7))} `, 'mistyped'],
    ['one with another last character', `${formatToken(bytes(7)).slice(0, -1)}!`, 'mistyped'],
    ['the prefix alone', 'tsk_', 'mistyped'],
    ['43 characters that stand for more than 256 bits', `tsk_${'z'.repeat(43)}0UsatS`, 'mistyped'],
    ['a UUID', '123e4567-e89b-42d3-a456-426614174000', 'other'],
    ['nothing', '', 'other'],
    ['another case of the prefix', `TSK_${formatToken(bytes(7)).slice(4)}`, 'other'],
  ] as const)('judges %s', (_, text, verdict) => {
    expect(checkToken(text)).toBe(verdict);
  });
});
