import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { exits } from './failure.ts';
import { createProgram } from './program.ts';
import { testTerminal } from './test-support/test-terminal.ts';

const file = resolve(import.meta.dirname, '../../../docs/cli.md');
const heading = 'What `--help` says; a test compares.\n';

const { terminal, shown } = testTerminal({ columns: 100 });
const program = createProgram(terminal, () => () => Promise.resolve());
/** Flags that every command has stand once, in the program's own help. */
const common = new Set(program.options.map(({ flags }) => flags));
const helpOf = (command: Command): string => {
  shown.out = '';
  command.outputHelp();
  return shown.out
    .split('\n')
    .filter((line) => command === program || ![...common].some((flags) => line.trimStart().startsWith(`${flags} `)))
    .join('\n')
    .trim();
};
const leaves = (command: Command, path: readonly string[]): readonly (readonly [string, Command])[] => [
  [[...path, command.name()].join(' '), command],
  ...command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help')
    .flatMap((one) => leaves(one, [...path, command.name()])),
];

describe('docs/cli.md', () => {
  it('says of every command what its help says (TALLYSTICK_WRITE_DOCS=1 writes it)', () => {
    const reference = leaves(program, [])
      .map(([path, command]) => `### ${path}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`)
      .join('\n');
    const [own = ''] = readFileSync(file, 'utf8').split(heading);
    if (process.env['TALLYSTICK_WRITE_DOCS'] === '1') writeFileSync(file, `${own}${heading}\n${reference}`);
    expect(readFileSync(file, 'utf8').split(heading)[1]).toBe(`\n${reference}`);
  });

  it('has every exit code', () => {
    const named = [...readFileSync(file, 'utf8').matchAll(/^\| (\d+) /gm)].map(([, code]) => Number(code));
    expect(named).toEqual(Object.values(exits));
  });
});
