import type { WriteStream } from 'node:tty';
import Table from 'cli-table3';
import pc from 'picocolors';

/** The demo's terminal: chapters, facts that are checked as they are told, progress on whatever takes time. */
export interface Report {
  readonly chapter: (title: string, why: string) => void;
  readonly say: (text: string) => void;
  readonly table: (head: readonly string[], rows: readonly (readonly string[])[]) => void;
  /** Tells a fact and whether it holds; one that does not makes the demo fail. */
  readonly expect: (fact: string, holds: boolean, found?: string) => void;
  /** One line that changes while something runs; lines of their own where the output is no terminal. */
  readonly progress: (text: string) => void;
  readonly progressEnd: () => void;
  /** What could not go on, and why; `what` unless it is the demo. */
  readonly fault: (error: unknown, what?: string) => void;
  readonly counts: () => { readonly held: number; readonly failed: number };
}

export function createReport(out: NodeJS.WriteStream & Partial<WriteStream>): Report {
  let held = 0;
  let failed = 0;
  let shown = '';
  let lastPlain = 0;
  const write = (text: string): void => void out.write(`${text}\n`);
  const clear = (): void => {
    if (shown !== '' && out.isTTY) out.write('\r\x1b[2K');
    shown = '';
  };
  const line = (text: string): void => {
    clear();
    write(text);
  };
  return {
    chapter: (title, why) => line(`\n${pc.bold(pc.cyan(title))}\n${pc.dim(why)}`),
    say: line,
    table: (head, rows) => {
      const table = new Table({ head: head.map((cell) => pc.bold(cell)), style: { head: [], border: [] } });
      table.push(...rows.map((row) => [...row]));
      line(table.toString());
    },
    expect: (fact, holds, found) => {
      if (holds) held += 1;
      else failed += 1;
      line(`  ${holds ? pc.green('✓') : pc.red('✗')} ${fact}${holds || found === undefined ? '' : pc.red(` — found: ${found}`)}`);
    },
    progress: (text) => {
      if (out.isTTY) {
        clear();
        shown = text;
        out.write(`  ${pc.dim(text)}`);
      } else if (performance.now() - lastPlain > 2_000) {
        lastPlain = performance.now();
        write(`  ${text}`);
      }
    },
    progressEnd: clear,
    fault: (error, what = 'The demo') => {
      failed += 1;
      line(pc.red(`\n${what} broke off: ${error instanceof Error ? error.message : String(error)}`));
    },
    counts: () => ({ held, failed }),
  };
}
