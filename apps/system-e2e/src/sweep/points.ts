import type { SeenCall } from '../system/seen-directory.ts';

/** A moment of a story at which the caller dies: its call is under way, and was not done yet (`hang`) or was done and not answered. */
export interface HeldPoint {
  readonly op: string;
  readonly attributeName?: string;
  readonly fault: 'hang' | 'hang-after';
  /** Calls about this username that come before it. */
  readonly call: number;
  /** Whom the call is about, for the person with this number. */
  readonly username: (number: number) => string;
}

const isRead = (op: string): boolean => /^(?:get|find|read|list)/.test(op);

/**
 * Every point of an undisturbed story: each call before it is done, each write after it as well. Reads after the last write are of another
 * run, which found nothing to do.
 */
export function pointsOf(calls: readonly SeenCall[]): readonly HeldPoint[] {
  const before = new Map<string, number>();
  return calls.slice(0, calls.findLastIndex(({ op }) => !isRead(op)) + 1).flatMap(({ op, username, attributeName }) => {
    const call = before.get(username) ?? 0;
    before.set(username, call + 1);
    const prefix = username.replace(/\d+$/, '');
    const point = {
      op,
      ...(attributeName !== undefined && { attributeName }),
      call,
      username: (number: number) => `${prefix}${number}`,
    };
    return [{ ...point, fault: 'hang' as const }, ...(isRead(op) ? [] : [{ ...point, fault: 'hang-after' as const }])];
  });
}

export const tellPoint = ({ op, attributeName, fault, call }: HeldPoint): string =>
  `${fault === 'hang' ? 'before' : 'after'} call ${call + 1}, ${op}${attributeName === undefined ? '' : ` ${attributeName}`}`;
