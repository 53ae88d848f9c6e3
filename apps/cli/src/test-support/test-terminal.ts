import { setTimeout as pause } from 'node:timers/promises';
import type { Terminal } from '../terminal.ts';

/** A terminal that keeps what it is shown, and answers what it was told to. Waits are ten times as short. */
export function testTerminal({
  env = {},
  answers = [],
  input = '',
  isTerminal = {},
  columns = 80,
  home = '/nonexistent',
}: {
  readonly env?: Readonly<Record<string, string>>;
  readonly answers?: readonly string[];
  readonly input?: string;
  readonly isTerminal?: Partial<Terminal['isTerminal']>;
  readonly columns?: number;
  readonly home?: string;
} = {}) {
  const shown = { out: '', err: '' };
  const left = [...answers];
  let keys = 0;
  const terminal: Terminal = {
    out: (text) => void (shown.out += text),
    err: (text) => void (shown.err += text),
    isTerminal: { in: false, out: false, err: false, ...isTerminal },
    columns,
    env,
    home,
    ask: (question) => {
      shown.err += question;
      const answer = left.shift();
      return answer === undefined ? Promise.reject(new Error('no answer')) : Promise.resolve(answer);
    },
    readInput: () => Promise.resolve(input),
    fetch: (...request) => fetch(...request),
    newKey: () => `key-${(keys += 1)}`,
    now: () => performance.now(),
    time: () => Date.now(),
    pause: (ms) => pause(ms / 10),
  };
  return { terminal, shown };
}
