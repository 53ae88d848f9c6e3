import { describe, expect, it } from '@jest/globals';
import { testTerminal } from '../test-support/test-terminal.ts';
import { printable } from './printable.ts';
import { styleOf } from './style.ts';
import { table } from './table.ts';

const style = (isOut: boolean, env = {}) =>
  styleOf(testTerminal({ columns: 40, env, isTerminal: { out: isOut } }).terminal, true);
const columns = [{ head: 'ID' }, { head: 'LABEL', flexible: true as const }, { head: 'N', align: 'right' as const }];
const rows = [
  ['tok_a', 'a label that is a good deal longer than the line', '7'],
  ['tok_bb', 'short', '1,000'],
];

describe('a table', () => {
  it('fits a terminal by cutting what may be cut, and nothing else', () => {
    expect(table(style(true, { NO_COLOR: '1' }), columns, rows)).toBe(
      [
        'ID      LABEL                          N',
        'tok_a   a label that is a good d…      7',
        'tok_bb  short                      1,000',
      ].join('\n'),
    );
  });

  it('is whole, and without colour, where no terminal is', () => {
    const text = table(style(false), columns, rows);
    expect(text).toContain('a label that is a good deal longer than the line');
    expect(text).not.toContain('\u001b');
  });

  it('shows no escape sequence that somebody typed into a label', () => {
    const hostile = 'a\u001b[2J\u001b]0;x\u0007\u202eb\nc';
    expect(table(style(true, { NO_COLOR: '1' }), columns, [['x', hostile, '1']])).not.toMatch(/[\u001b\u0007\u202e]|\nc/);
    expect(printable('é 日本 –')).toBe('é 日本 –');
  });
});
