import { describe, expect, it } from '@jest/globals';
import { judgeOwnValue } from './own-value.ts';
import { formatToken } from './token-text.ts';

describe("M18: an administrator's own value", () => {
  it.each([
    ['a UUID', '0f8fad5b-d9cb-469f-a165-70867728950e'],
    ['a UUID in capitals', '7C9E6679-7425-40DE-944B-E07FC1F90AE7'],
    ['a generated token', formatToken(new Uint8Array(32).map((_, at) => at * 7))],
    ['sixteen random characters', 'q7Zt-x2Lk_9vB.4n'],
    ['random hex digits', 'a94a8fe5ccb19ba61c4c0873d391e987'],
  ])('is accepted when it is %s', (_, value) => {
    expect(judgeOwnValue(value)).toEqual({ kind: 'accepted' });
  });

  it.each([
    ['empty', '', 'empty'],
    ['fifteen characters', 'q7Zt-x2Lk_9vB.4', 'too-short'],
    ['129 characters', 'q7Ztx2Lk9vB4n'.repeat(10).slice(0, 129), 'too-long'],
    ['with a space at the end', 'q7Zt-x2Lk_9vB.4n ', 'unsafe-characters'],
    ['with an Intune or Workspace ONE variable', 'q7Zt{{deviceid}}x2Lk9vB4n', 'unsafe-characters'],
    ['with a Jamf variable', '$SERIALNUMBERq7Ztx2Lk9', 'unsafe-characters'],
    ['with a MaaS360 variable', '%username%q7Ztx2Lk9vB', 'unsafe-characters'],
    ['with XML in it', 'q7Zt<x2Lk9vB4n&amp;aa', 'unsafe-characters'],
    ['not ASCII', 'q7Ztx2Lk9vB4nüüü', 'unsafe-characters'],
    ['digits only, which Headwind retypes', '8302715946027153', 'retyped-as-number'],
    ['a number with a sign and a point', '-830271594602.7153', 'retyped-as-number'],
    ['a generated token that lost a character', formatToken(new Uint8Array(32).fill(9)).slice(0, -1), 'mistyped-token'],
    ['one character again and again', 'aaaaaaaaaaaaaaaaaaaa', 'weak'],
    ['a repeated word', 'abc123abc123abc123abc123', 'weak'],
    ['the alphabet', 'abcdefghijklmnopqrstuvwxyz', 'weak'],
    ['words and a year', 'CompanyPassword2026', 'weak'],
    ['words with separators', 'mdm-token-device-secret-1', 'weak'],
    ['the empty UUID', '00000000-0000-0000-0000-000000000000', 'retyped-as-number'],
    ['a UUID of one letter', 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', 'weak'],
  ] as const)('is refused when it is %s', (_, value, reason) => {
    expect(judgeOwnValue(value)).toEqual({ kind: 'refused', reason });
  });
});
