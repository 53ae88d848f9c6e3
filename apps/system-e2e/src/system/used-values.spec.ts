import { describe, expect, it } from '@jest/globals';
import { findUsed, noteUsed } from './used-values.ts';

noteUsed(
  JSON.stringify({
    id: 'tok_aaaaaaaaaaaaaaaa',
    value: 'tsk_4f.Zq-91~not-this?',
    credential: 'bg_not-this',
    people: [{ mobile: '07700 900142', mail: 'Anna@example.com', other: '+44 (7700) 900-143', deviceId: '285234913243546570' }],
  }),
);
const log = (text: string) => findUsed([{ where: 'a.log', bytes: Buffer.from(text) }]);

describe('the search through the logs', () => {
  it.each([
    ['a token', 'tsk_4f.Zq-91~not-this?'],
    ['a credential', 'BreakGlass bg_not-this'],
    ['a telephone number', '+447700900143'],
    ['a telephone number', 'tel 44 7700 900143,'],
    ['a telephone number', '07700-900-142'],
    ['an e-mail address', 'anna@EXAMPLE.com'],
  ])('finds %s however it is written: %s', (kind, text) => {
    expect(log(`{"msg":"refused ${text}"}`)).toEqual([`${kind} in a.log`]);
  });

  it('takes ids for none', () => {
    expect(log('{"token":"tok_aaaaaaaaaaaaaaaa","device":"285234913243546570","time":"2026-11-23T01:02:03.004Z"}')).toEqual([]);
  });
});
