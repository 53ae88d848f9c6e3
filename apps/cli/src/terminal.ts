import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Everything of the process that a command uses, so that tests can be a terminal. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isTerminal: { readonly in: boolean; readonly out: boolean; readonly err: boolean };
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** A line that a person types; the question goes to stderr. Rejects when there is none (end of input, interrupt). */
  readonly ask: (question: string) => Promise<string>;
  /** All of stdin. */
  readonly readInput: () => Promise<string>;
  readonly fetch: typeof fetch;
  readonly newKey: () => string;
  /** Milliseconds that only go forward, for time limits. */
  readonly now: () => number;
  /** Milliseconds since 1970, for what is kept. */
  readonly time: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** More than any answer to a prompt, or file that is meant to be piped in here, is long. */
const longestInput = 1_048_576;

type Streams = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env'>;

export function processTerminal({ stdin, stdout, stderr, env }: Streams = process): Terminal {
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isTerminal: { in: stdin.isTTY, out: stdout.isTTY, err: stderr.isTTY },
    columns: [stdout, stderr].find(({ isTTY }) => isTTY)?.columns ?? 120,
    env,
    home: homedir(),
    ask: async (question) => {
      if (stdin.readableEnded) throw new Error('no answer'); // readline would wait for ever
      const lines = createInterface({ input: stdin, output: stderr });
      const closed = new Promise<never>((_, reject) => lines.once('close', () => reject(new Error('no answer'))));
      closed.catch(() => undefined);
      try {
        return await Promise.race([lines.question(question), closed]);
      } finally {
        lines.close();
      }
    },
    readInput: async () => {
      let text = '';
      for await (const chunk of stdin.setEncoding('utf8')) {
        text += String(chunk);
        if (text.length > longestInput) throw new Error('the input is too long');
      }
      return text;
    },
    fetch: (...request) => fetch(...request),
    newKey: randomUUID,
    now: () => performance.now(),
    time: () => Date.now(),
    pause: (ms) => pause(ms),
  };
}
