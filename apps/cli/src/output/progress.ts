import type { Terminal } from '../terminal.ts';
import { printable } from './printable.ts';

/** One line on stderr that tells what takes so long, once it does; lines of their own where stderr is no terminal. */
export interface Progress {
  readonly tell: (text: string) => void;
  readonly end: () => void;
}

const quietMs = 2_000;
const plainEveryMs = 10_000;
const tickMs = 250;

export function createProgress({ err, isTerminal, columns, now }: Terminal, isQuiet: boolean): Progress {
  const startedAt = now();
  let text = '';
  let shown = '';
  let plainAt = Number.NEGATIVE_INFINITY;
  const show = (): void => {
    if (text === '' || text === shown || now() - startedAt < quietMs) return;
    // Only one line can be cleared again.
    if (isTerminal.err) err(`\r\u001b[2K${text.length < columns ? text : `${text.slice(0, columns - 2)}…`}`);
    else if (now() - plainAt >= plainEveryMs) {
      plainAt = now();
      err(`${text}\n`);
    } else return;
    shown = text;
  };
  const timer = isQuiet ? undefined : setInterval(show, tickMs).unref();
  return {
    tell: (next) => {
      text = `… ${printable(next)}`;
    },
    end: () => {
      clearInterval(timer);
      if (shown !== '' && isTerminal.err) err('\r\u001b[2K');
      text = '';
      shown = '';
    },
  };
}
