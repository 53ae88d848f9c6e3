import pc from 'picocolors';
import type { Terminal } from '../terminal.ts';

export interface Style {
  readonly colors: ReturnType<typeof pc.createColors>;
  readonly columns: number;
  /** Cells may be cut to fit: somebody looks at it, no program. */
  readonly isTerminal: boolean;
}

/** No colour where nobody looks, or where NO_COLOR (https://no-color.org) or `--no-color` says so. */
export function styleOf({ env, isTerminal, columns }: Terminal, color: boolean): Style {
  const wanted = color && !env['NO_COLOR'] && env['TERM'] !== 'dumb' && (isTerminal.out || Boolean(env['FORCE_COLOR']));
  return { colors: pc.createColors(wanted), columns: Math.max(40, columns), isTerminal: isTerminal.out };
}
