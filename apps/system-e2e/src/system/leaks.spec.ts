import { describe, expect, it } from '@jest/globals';
import { findIn } from './leaks.ts';

const value = 'tsk_4f.Zq-91~not-this?';
const texts = new Map([['the value', value]]);
const in1 = (where: string, text: string) => ({ where, bytes: Buffer.from(text) });
const around = (before: number) => Buffer.from(`${'<'.repeat(before)}${value}</string>`);

describe('the search for values in what was written', () => {
  it('finds one as text, in base64 and base64url at each position, and in hex; it names the value and the place only', async () => {
    const written = [
      in1('text', `{"a":"${value}"}`),
      ...[0, 1, 2, 3, 4].map((before) => in1(`base64 ${before}`, `{"p":"${around(before).toString('base64')}"}`)),
      ...[0, 1, 2].map((before) => in1(`base64url ${before}`, around(before).toString('base64url'))),
      in1('base64, alone', Buffer.from(value).toString('base64url')),
      in1('hex', around(1).toString('hex')),
    ];
    expect(await findIn(written, texts)).toEqual(written.map(({ where }) => `the value: ${where}`));
  });

  it('finds nothing in another value', async () => {
    const other = value.replace('4f', '5f');
    expect(await findIn([in1('text', other), in1('base64', Buffer.from(other).toString('base64'))], texts)).toEqual([]);
  });
});
