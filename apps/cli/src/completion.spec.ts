import { afterAll, expect, it, jest } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from './program.ts';
import { testTerminal } from './test-support/test-terminal.ts';

// The library that completes writes to the console itself.
const said: string[] = [];
const console = jest.spyOn(globalThis.console, 'log').mockImplementation((line: unknown) => void said.push(String(line)));
afterAll(() => console.mockRestore());

const program = createProgram(testTerminal().terminal, () => () => Promise.resolve());
async function offered(...words: string[]): Promise<readonly string[]> {
  said.length = 0;
  await program.parseAsync(['complete', '--', ...words], { from: 'user' });
  return said.filter((line) => line.includes('\t')).map((line) => line.split('\t')[0] ?? '');
}
const commandsOf = (command: Command): readonly Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
const paths = (command: Command, before: readonly string[] = []): readonly (readonly string[])[] =>
  commandsOf(command).flatMap((one) => [[...before, one.name()], ...paths(one, [...before, one.name()])]);

it.each(paths(program).map((path) => [path.join(' '), path] as const))(
  '%s is completed, and so are its flags',
  async (_, path) => {
    expect(await offered(...path.slice(0, -1), '')).toContain(path.at(-1));
    const command = path.reduce((at, name) => commandsOf(at).find((one) => one.name() === name)!, program);
    const flags = command.options.map(({ long }) => long);
    expect(await offered(...path, '--')).toEqual(expect.arrayContaining(flags));
  },
);

it('login, logout and every command of before are among them', () => {
  expect(paths(program).map((path) => path.join(' '))).toEqual(
    expect.arrayContaining([
      'login',
      'logout',
      'status',
      'token revoke',
      'hold approve',
      'source rebuild',
      'audit verify',
      'erase',
    ]),
  );
});
