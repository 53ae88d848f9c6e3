import { exits, type Exit, Failure, usage } from './failure.ts';
import { type Clients, createClients } from './http/clients.ts';
import { printable } from './output/printable.ts';
import { createProgress, type Progress } from './output/progress.ts';
import { type Style, styleOf } from './output/style.ts';
import { folded } from './output/wrapped.ts';
import { type CommonFlags, connectionOf, environmentOf, readSettings, type Settings } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** Flags by the names that commander gives them; those of one command beside those of all. */
export interface Flags extends CommonFlags {
  readonly json?: boolean;
  readonly color?: boolean;
  readonly reason?: string;
  readonly idempotencyKey?: string;
  readonly yes?: boolean;
}

/** What a command ends with, if it does. */
export interface Answer {
  /** For `--json`: as the API gave it, or as docs/cli.md says. */
  readonly result: unknown;
  /** For people, in paragraphs. */
  readonly text: string | readonly string[];
  readonly exit?: Exit;
}

/** Why, for the audit, and the key that makes a repetition the same change. */
export interface Change {
  readonly reason: string;
  readonly key: string;
}

export interface Context {
  readonly terminal: Terminal;
  readonly settings: Settings;
  readonly clients: Clients;
  readonly style: Style;
  readonly progress: Progress;
  readonly environment: () => string;
  readonly connection: () => string;
  /** Asks for the reason where there is a terminal. @throws Failure (usage) where there is none. */
  readonly change: () => Promise<Change>;
  /** Shows what will happen and asks, unless `--yes` was said. @throws Failure when the answer is not yes, or nobody can be asked. */
  readonly confirm: (what: () => Promise<readonly string[]>, question: string) => Promise<void>;
  /** A remark beside the answer, on stderr. */
  readonly note: (text: string) => void;
}

const longestReason = 200;
const keyForm = /^[A-Za-z0-9._:-]{1,100}$/; // some commands add to it

export function createContext(terminal: Terminal, flags: Flags): Context {
  const settings = readSettings(terminal, flags);
  const progress = createProgress(terminal, flags.json === true && !terminal.isTerminal.err);
  const style = styleOf(terminal, flags.color !== false);
  const note = (text: string): void => {
    progress.end();
    const line = printable(text);
    terminal.err(`${terminal.isTerminal.err ? folded(line, terminal.columns) : line}\n`);
  };
  const ask = async (question: string): Promise<string> => {
    progress.end();
    return terminal.ask(question).catch(() => {
      throw new Failure(exits.notConfirmed, 'there was no answer; nothing was changed');
    });
  };
  return {
    ...{ terminal, settings, progress, style, note },
    clients: createClients(settings, terminal, progress.tell),
    environment: () => environmentOf(settings),
    connection: () => connectionOf(settings),
    change: async () => {
      const { idempotencyKey = terminal.newKey() } = flags;
      if (!keyForm.test(idempotencyKey)) throw usage('--idempotency-key: expected at most 100 letters, digits and ._:-');
      if (flags.reason === undefined && !terminal.isTerminal.in)
        throw usage('the reason is missing', 'Say --reason "…": it is kept in the audit with the change.');
      const reason = (flags.reason ?? (await ask('Why? (kept in the audit) '))).trim();
      if (reason === '' || reason.length > longestReason) throw usage(`the reason has 1 to ${longestReason} characters`);
      return { reason, key: idempotencyKey };
    },
    confirm: async (what, question) => {
      if (flags.yes === true) return;
      if (!terminal.isTerminal.in)
        throw usage('nobody can be asked whether this is meant', 'Say --yes where nobody can be asked.');
      for (const line of await what()) note(line);
      const answer = await ask(`${question} [y/N] `);
      if (!/^y(?:es)?$/i.test(answer.trim())) throw new Failure(exits.notConfirmed, 'not confirmed; nothing was changed');
    },
  };
}
