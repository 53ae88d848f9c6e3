import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import { isLocalAddress } from './allowed-destinations.ts';
import { longestWaitMs, retryAfterMsOf } from './retry-after.ts';

const now = instant(Date.UTC(2026, 10, 22, 12));
const date = 'Sun, 22 Nov 2026 12:00:00 GMT';

describe('Retry-After (R28)', () => {
  it.each<[string, string | undefined, string | undefined, number | undefined]>([
    ['seconds', '7', undefined, 7_000],
    ['no wait', '0', undefined, 0],
    ['a date', 'Sun, 22 Nov 2026 12:00:30 GMT', undefined, 30_000],
    ['a date in the older form', 'Sunday, 22-Nov-26 12:00:30 GMT', undefined, 30_000],
    [
      "a date by the server's clock, which is an hour behind ours",
      'Sun, 22 Nov 2026 11:00:30 GMT',
      'Sun, 22 Nov 2026 11:00:00 GMT',
      30_000,
    ],
    ['a date that is over', 'Sun, 22 Nov 2026 11:00:00 GMT', date, 0],
    ['a date beside a clock that is nonsense', 'Sun, 22 Nov 2026 12:00:30 GMT', 'today', 30_000],
    ['ten years', '315360000', undefined, longestWaitMs],
    ['a date in ten years', 'Sun, 22 Nov 2036 12:00:00 GMT', date, longestWaitMs],
    ['more digits than a number has', '9'.repeat(40), undefined, undefined],
    ['nothing', undefined, undefined, undefined],
    ['an empty text', ' ', undefined, undefined],
    ['a negative number', '-1', undefined, undefined],
    ['a fraction', '1.5', undefined, undefined],
    ['a word', 'soon', undefined, undefined],
    ['a date of another form', '2026-11-22T12:00:30Z', undefined, undefined],
  ])('%s', (_, header, clock, expected) => {
    expect(retryAfterMsOf(header, clock, now)).toBe(expected);
  });

  it('is a whole wait between nothing and an hour, or none, whatever was sent', () => {
    fc.assert(
      fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), (header, clock) => {
        const wait = retryAfterMsOf(header, clock, now) ?? 0;
        expect(Number.isSafeInteger(wait) && wait >= 0 && wait <= longestWaitMs).toBe(true);
      }),
    );
  });
});

it.each([
  '127.0.0.1',
  '127.9.9.9',
  '0.0.0.0',
  '169.254.169.254',
  '::1',
  '[::1]',
  '::',
  'fe80::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
])('%s is an address of this machine or its link', (address) => {
  expect(isLocalAddress(address)).toBe(true);
});

it.each(['203.0.113.7', '2001:db8::1', '10.0.0.1', 'localhost', '', '127.1.example'])('%s is not', (address) => {
  expect(isLocalAddress(address)).toBe(false);
});
