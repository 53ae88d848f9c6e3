import { describe, expect, it } from '@jest/globals';
import { benchArguments } from './bench-arguments.ts';

const all = ['judgement', 'memory', 'profile'];
const names = (...argv: string[]) => benchArguments(argv, all).names;

describe('what is measured', () => {
  it('is what is named, or everything but the profile', () => {
    expect(names()).toEqual(['judgement', 'memory']);
    expect(names('memory', 'judgement')).toEqual(['judgement', 'memory']);
    expect(names('profile')).toEqual(['profile']);
  });

  it('is the profile alone when only that is asked for, and with everything in a report', () => {
    expect(names('--profile')).toEqual(['profile']);
    expect(names('--profile', 'memory')).toEqual(['memory', 'profile']);
    expect(names('--report')).toEqual(all);
    expect(names('--report', 'memory')).toEqual(['memory']);
  });

  it('can be long, and be written to a file', () => {
    expect(benchArguments(['--long', '--json', 'figures.json'], all)).toMatchObject({
      ...{ isLong: true, isReport: false, json: 'figures.json', rounds: 5 },
    });
  });

  it('is measured five times or more for a report, and less often only to try something out', () => {
    expect(benchArguments(['--rounds', '1'], all).rounds).toBe(1);
    expect(benchArguments(['--rounds', '9', '--report'], all).rounds).toBe(9);
    expect(() => names('--rounds', '4', '--report')).toThrow('5 rounds or more');
    for (const none of ['0', 'x', '1.5']) expect(() => names('--rounds', none)).toThrow(`--rounds ${none}`);
  });

  it('is refused when there is no such thing', () => {
    expect(() => names('memmory')).toThrow('there is no section memmory; there are: judgement, memory, profile');
    expect(() => names('--lnog')).toThrow('--lnog');
  });
});
