import Table from 'cli-table3';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

export interface Column {
  readonly head: string;
  readonly align?: 'right';
  /** May be cut with … where the line is too long; the others never are. */
  readonly flexible?: true;
  readonly paint?: (text: string, cell: string) => string;
}

const gap = 2;
const narrowest = 8;
const bare = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((more) => [`${side}${more}`, ''] as const),
  ),
);

/** Columns without rules, as wide as the terminal at most; for a file or a pipe as wide as it takes. */
export function table(
  { colors, columns, isTerminal }: Style,
  head: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = head.map((column, at) => Math.max(column.head.length, ...cells.map((row) => lengthOf(row[at] ?? ''))));
  const fitted = isTerminal ? fit(widths, head, columns) : widths;
  const made = new Table({
    chars: { ...bare, middle: ' '.repeat(gap) },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map(({ align }): 'left' | 'right' => align ?? 'left'),
    head: head.map((column) => colors.dim(column.head)),
  });
  made.push(
    ...cells.map((row) =>
      row.map((cell, at) => {
        const shown = cut(cell, fitted[at] ?? 0);
        return head[at]?.paint?.(shown, cell) ?? shown;
      }),
    ),
  );
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const lengthOf = (text: string): number => [...text].length;
const cut = (text: string, width: number): string =>
  lengthOf(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`;

/** Takes from the widest flexible column, one character at a time, until the line fits. */
function fit(widths: readonly number[], head: readonly Column[], columns: number): readonly number[] {
  const fitted = [...widths];
  const total = (): number => fitted.reduce((sum, width) => sum + width, gap * (fitted.length - 1));
  while (total() > columns) {
    const candidates = fitted.flatMap((width, at) => (head[at]?.flexible && width > narrowest ? [at] : []));
    const [widest] = candidates.sort((a, b) => (fitted[b] ?? 0) - (fitted[a] ?? 0));
    if (widest === undefined) break;
    fitted[widest] = (fitted[widest] ?? 0) - 1;
  }
  return fitted;
}
