import { type Command, CommanderError } from 'commander';
import { type Answer, type Context, createContext, type Flags } from './context.ts';
import { type Exit, exits, Failure } from './failure.ts';
import { printable } from './output/printable.ts';
import { folded } from './output/wrapped.ts';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** The form of what `--json` prints. It grows only by members that are added; a change of one is a new number. */
const format = 1;

/** Runs one command line. @returns the exit code; never rejects. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<Exit> {
  let exit: Exit = exits.done;
  let isJson = args.includes('--json');
  let name = '';
  const program = createProgram(terminal, (handler) => async (command, given, flags) => {
    name = pathOf(command);
    isJson = flags.json === true;
    exit = await runCommand(terminal, name, flags, (context) => handler(context, given, flags));
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exits.done : exits.usage;
    return report(terminal, error, name, isJson);
  }
}

async function runCommand(
  terminal: Terminal,
  name: string,
  flags: Flags,
  handler: (context: Context) => Promise<Answer>,
): Promise<Exit> {
  let context: Context | undefined;
  try {
    context = createContext(terminal, flags);
    const { result, text, exit = exits.done } = await handler(context);
    context.progress.end();
    if (flags.json) terminal.out(`${JSON.stringify({ format, command: name, result })}\n`);
    else terminal.out(`${forPeople([text].flat().join('\n\n'), terminal.isTerminal.out, terminal.columns)}\n`);
    return exit;
  } catch (error) {
    context?.progress.end();
    return report(terminal, error, name, flags.json === true);
  }
}

/** Says what went wrong, on stderr. What is no {@link Failure} is a defect of ours: its text is not for people, and may quote what was sent. */
function report({ err, env, isTerminal, columns }: Terminal, error: unknown, command: string, isJson: boolean): Exit {
  const failure = error instanceof Failure ? error : defect(error);
  const { exit, message, advice, problem } = failure;
  if (isJson) err(`${JSON.stringify({ format, command, error: { exit, message, advice, problem } })}\n`);
  else {
    const text = `tallystick: ${printable(message)}\n${advice === undefined ? '' : `  ${printable(advice)}\n`}`;
    err(forPeople(text, isTerminal.err, columns));
  }
  if (exit === exits.defect && env['TALLYSTICK_DEBUG'] === 'true' && error instanceof Error) err(`${error.stack ?? ''}\n`);
  return exit;
}

/** A file or a pipe gets whole lines. */
const forPeople = (text: string, isTerminal: boolean, columns: number): string => (isTerminal ? folded(text, columns) : text);

const defect = (error: unknown): Failure =>
  new Failure(
    exits.defect,
    `something went wrong in this command (${error instanceof Error ? error.name : typeof error})`,
    'This is a fault of tallystick itself. TALLYSTICK_DEBUG=true shows where; it may show what was sent, too.',
  );

const pathOf = (command: Command): string => {
  const names: string[] = [];
  for (let one: Command | null = command; one?.parent; one = one.parent) names.unshift(one.name());
  return names.join(' ');
};
