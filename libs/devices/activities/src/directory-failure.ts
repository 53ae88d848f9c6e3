import type { DirectoryFault, QuarantineReason, StepOutcome } from '@tallystick/devices-domain';

/** Thrown when the attempt can't go on now; `retryAfterMs` when something is known about when it can. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain';
  readonly reason: TryAgainReason;
  readonly retryAfterMs: number | undefined;
  constructor(reason: TryAgainReason, message: string, retryAfterMs?: number) {
    super(message);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** When a quarantine begins, its first probe is as far away (ADR 5.8). */
const firstProbeMs = 5_000;

/** Thrown when the directory is in quarantine: the run ends and the user waits for its healing, without holding a place. */
export class Quarantined extends Error {
  override readonly name = 'Quarantined';
  readonly why: QuarantineReason;
  /** Milliseconds until the next probe, as far as that is known. */
  readonly restMs: number;
  /** Of a call that was made: whether it may have been carried out. */
  readonly mayBeDone: boolean;
  constructor(why: QuarantineReason, restMs = firstProbeMs, mayBeDone = false) {
    super('the directory is in quarantine');
    this.why = why;
    this.restMs = Math.max(restMs, firstProbeMs);
    this.mayBeDone = mayBeDone;
  }
}

/** What a fault of the connection that met a call means for the attempt. */
export const quarantinedBy = (fault: Extract<DirectoryFault, { kind: 'credentials-refused' | 'method-disabled' }>): Quarantined =>
  new Quarantined(fault.kind, undefined, fault.kind === 'credentials-refused' && fault.mayBeDone === true);

export type TryAgainReason =
  | 'directory-unavailable'
  | 'directory-busy'
  | 'directory-changed'
  | 'waiting-for-visibility'
  | 'account-owned-by-another'
  | 'no-connection'
  | 'connection-busy' // all of its places in this worker are taken: one connection must not stand in the way of another
  | 'no-record'
  | 'audit-not-writable'
  | 'attempt-cancelled';

/** What a fault means for the step that met it. */
export type StepVerdict =
  | { readonly kind: 'try-again'; readonly reason: TryAgainReason; readonly message: string; readonly retryAfterMs?: number }
  /** The account is not as it was observed: look again. */
  | { readonly kind: 'look-again' }
  | { readonly kind: 'refused'; readonly result: Exclude<StepOutcome['result'], 'done' | 'skipped'>; readonly code?: string };

/** Exhaustive: a new kind of fault is a compile error here. @throws Quarantined for a fault of the connection, not of this user (R32, P55) */
export function verdictOf(fault: DirectoryFault): StepVerdict {
  switch (fault.kind) {
    case 'unavailable':
      return {
        kind: 'try-again',
        reason: 'directory-unavailable',
        message: 'the directory can not be reached or asks to wait',
        ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
      };
    case 'credentials-refused':
    case 'method-disabled':
      throw quarantinedBy(fault);
    case 'not-found':
    case 'already-exists':
    case 'status-conflict':
      return { kind: 'look-again' };
    case 'device-limit':
      return { kind: 'refused', result: 'device-limit', code: '20562' };
    case 'address-refused':
      return { kind: 'refused', result: 'address-refused' };
    case 'refused':
      return { kind: 'refused', result: 'refused', code: fault.code };
  }
}
