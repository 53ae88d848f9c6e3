import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { createProgress } from './output/progress.ts';
import { processTerminal } from './terminal.ts';
import { testTerminal } from './test-support/test-terminal.ts';

const streams = () => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  return { stdin, terminal: processTerminal({ stdin, stdout, stderr, env: {} } as unknown as NodeJS.Process) };
};

describe('a question', () => {
  it('is answered by a line', async () => {
    const { stdin, terminal } = streams();
    const answer = terminal.ask('Sure? ');
    stdin.write('y\n');
    expect(await answer).toBe('y');
  });

  it('has no answer when the input is at its end, before or after it is asked', async () => {
    const before = streams();
    before.stdin.end('jane-7\n');
    expect(await before.terminal.readInput()).toBe('jane-7\n');
    await expect(before.terminal.ask('Sure? ')).rejects.toThrow('no answer');
    const after = streams();
    const answer = after.terminal.ask('Sure? ');
    after.stdin.end();
    await expect(answer).rejects.toThrow('no answer');
  });
});

it('progress stays in one line, however narrow the terminal', async () => {
  const { terminal, shown } = testTerminal({ columns: 40, isTerminal: { err: true } });
  let now = 0;
  const progress = createProgress({ ...terminal, now: () => now }, false);
  progress.tell(`preview ${'x'.repeat(60)}`);
  now = 3_000;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (shown.err === '') return;
      clearInterval(timer);
      resolve();
    }, 20);
  });
  progress.end();
  const lines = shown.err.replaceAll('\u001b[2K', '').split('\r');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(40);
});
