import { kindOf } from './operations.ts';

/**
 * What a fault does to one call: `…-before` leaves the directory as it was, `…-after` does the operation first and then
 * hides the result; `hang` leaves the directory as it was and never answers. The others do the operation and give its true
 * answer: `delay` later, `slow-body` bit by bit, `cut-body` by half, `oversized-body` with a tail of blanks, `wrong-key`
 * signed with another key.
 */
export const faultKinds = [
  'error-before',
  'error-after',
  'reset-before',
  'reset-after',
  'hang',
  'hang-after',
  'delay',
  'slow-body',
  'cut-body',
  'oversized-body',
  'wrong-key',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  /** The operation; `*` for any but `token`; `reads`, `writes`. */
  readonly op: string;
  readonly kind: FaultKind;
  /** How many calls it hits. */
  readonly times: number;
  /** How many matching calls it lets pass first. */
  readonly skip: number;
  readonly username?: string;
  /** HTTP status of the `error-…` kinds. */
  readonly status: number;
  readonly errorId?: number;
  /** The text of a Retry-After header. */
  readonly retryAfter?: string;
  /** Of `delay` and `slow-body`: milliseconds. */
  readonly delayMs: number;
  /** Of `oversized-body`: the length of its tail. */
  readonly bytes: number;
}

/** Whether the operation is done under this fault. */
export const isDone = (fault: Fault | undefined): boolean =>
  fault === undefined || !['error-before', 'reset-before', 'hang'].includes(fault.kind);

/** Whether the caller gets the true answer of the operation. */
export const isAnswered = (fault: Fault | undefined): boolean =>
  fault === undefined || ['delay', 'slow-body', 'cut-body', 'oversized-body', 'wrong-key'].includes(fault.kind);

function hits({ op: wanted }: Fault, op: string): boolean {
  switch (wanted) {
    case '*':
      return kindOf(op) !== 'login';
    case 'reads':
      return kindOf(op) === 'read';
    case 'writes':
      return kindOf(op) === 'write';
    default:
      return wanted === op;
  }
}

/** The faults that are still to come. The first that matches a call is used up by it. */
export class Faults {
  #waiting: Fault[] = [];

  set(faults: readonly Fault[]): void {
    this.#waiting = [...faults];
  }

  list(): readonly Fault[] {
    return this.#waiting;
  }

  take(op: string, username: string | null): Fault | undefined {
    for (const [index, fault] of this.#waiting.entries()) {
      if (!hits(fault, op)) continue;
      if (fault.username !== undefined && fault.username !== username) continue;
      if (fault.skip > 0) {
        this.#waiting[index] = { ...fault, skip: fault.skip - 1 };
        continue;
      }
      if (fault.times <= 1) this.#waiting.splice(index, 1);
      else this.#waiting[index] = { ...fault, times: fault.times - 1 };
      return fault;
    }
    return undefined;
  }
}
