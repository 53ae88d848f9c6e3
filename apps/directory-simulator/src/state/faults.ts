/**
 * What a fault does to one call: `…-before` leaves the directory as it was, `…-after` does the operation first and then
 * hides the result; `hang` leaves the directory as it was and never answers.
 */
export const faultKinds = ['error-before', 'error-after', 'reset-before', 'reset-after', 'hang', 'hang-after'] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  /** The operation, or `*` for any. */
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
      if (fault.op !== '*' && fault.op !== op) continue;
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
