import { type Command, Option } from 'commander';
import type { Answer, Context, Flags } from './context.ts';
import { folded } from './output/wrapped.ts';

/** `F`: the flags of the command beside those of all. Arguments as commander gives them: text, or a list for the last. */
export type Handler<F extends object> = (context: Context, given: Given, flags: Flags & F) => Promise<Answer>;
export type Given = readonly (string | readonly string[] | undefined)[];

/** Runs a handler with its context, and turns its answer into output and exit code. */
export type Run = <F extends object>(handler: Handler<F>) => (command: Command, given: Given, flags: Flags & F) => Promise<void>;

/** What a command is about, which says its flags. */
export type Trait = 'connection' | 'change' | 'danger' | 'value';

export interface Leaf<F extends object> {
  readonly name: string;
  readonly summary: string;
  readonly more?: string;
  readonly traits?: readonly Trait[];
  readonly options?: readonly Option[];
  /** Of the parser: name as commander writes it (`<id>`, `[user]`, `<ids...>`) and its description. */
  readonly args?: readonly (readonly [name: string, description: string])[];
  readonly handler: Handler<F>;
}

export const commonOptions = (): readonly Option[] => [
  new Option('-e, --environment <id>', 'the environment (tenant)'),
  new Option('--json', 'one JSON object instead of text, for scripts'),
  new Option('--no-color', 'no colours; NO_COLOR does the same'),
  new Option('--url <url>', 'where both services are, behind one address'),
  new Option('--tokens-url <url>', 'where the token service is'),
  new Option('--provisioning-url <url>', 'where the provisioning service is'),
  new Option('--timeout <seconds>', 'how long to try altogether (default: 60)'),
];

const usualWidth = 80;

const traitOptions: Readonly<Record<Trait, () => readonly Option[]>> = {
  connection: () => [new Option('-c, --connection <id>', 'the connection')],
  change: () => [
    new Option('--reason <text>', 'why; kept in the audit (asked for at a terminal)'),
    new Option('--idempotency-key <key>', 'of an earlier try whose outcome is unknown'),
  ],
  danger: () => [new Option('-y, --yes', 'do not ask')],
  value: () => [
    new Option('--print-value', 'the value of the new token goes to stdout, once'),
    new Option('--value-to <file>', 'the value goes into this new file, which only you can read'),
  ],
};

/** Adds one command with its flags. The common ones stand in its help; the program reads them wherever they are. */
export function addLeaf<F extends object>(parent: Command, run: Run, leaf: Leaf<F>): void {
  const { name, summary, more, traits = [], options = [], args = [], handler } = leaf;
  const command = parent.command(name).description(summary);
  if (more !== undefined)
    command.addHelpText(
      'after',
      ({ command: of }) => `\n${folded(more, of.configureOutput().getOutHelpWidth?.() ?? usualWidth)}`,
    );
  for (const [argument, description] of args) command.argument(argument, description);
  for (const option of [...options, ...traits.flatMap((trait) => traitOptions[trait]()), ...commonOptions()])
    command.addOption(option);
  const act = run(handler);
  command.action((...all: unknown[]) => {
    const given = all.slice(0, args.length) as Given;
    return act(command, given, command.optsWithGlobals<Flags & F>());
  });
}
