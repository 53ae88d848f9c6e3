import { describe, expect, it } from '@jest/globals';
import { createProgram } from '../program.ts';
import { runCli } from '../run-cli.ts';
import { testTerminal } from '../test-support/test-terminal.ts';
import { folded } from './wrapped.ts';

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('prose', () => {
  it('is broken between words and keeps its indent; what fits, and what is painted, stays as it is', () => {
    const painted = `\u001b[32m${'wide '.repeat(10)}\u001b[39m`;
    expect(folded(`short\n  ${'word '.repeat(8)}end\n${painted}`, 30)).toBe(
      `short\n  word word word word word\n  word word word end\n${painted}`,
    );
  });

  it('of the help and of failures fits a terminal of 80 columns; a pipe gets whole lines', async () => {
    for (const args of [['login', '--help'], ['explain', '--help'], ['status']]) {
      const { terminal, shown } = testTerminal({ isTerminal: { out: true, err: true } });
      await runCli(args, terminal);
      expect(widest(shown.out + shown.err)).toBeLessThanOrEqual(80);
    }
    const piped = testTerminal();
    await runCli(['status'], piped.terminal);
    expect(widest(piped.shown.err)).toBeGreaterThan(80);
  });

  it('of every command fits, too', () => {
    const { terminal, shown } = testTerminal();
    const program = createProgram(terminal, () => () => Promise.resolve());
    for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) command.outputHelp();
    expect(shown.out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});
