import type { EnvironmentId, Instant } from '@tallystick/kernel-core';
import type { RotationCommand, RotationRequest, RotationStatus, Segment } from '@tallystick/tokens-domain';
import type { RotationTimes } from '@tallystick/tokens-workflow-api';

// Every call throws `RotationsAway` when the engine that carries rotations out gives no answer.

export interface Rotations {
  /**
   * Starts a rotation, unless one of its segment runs. The segment's last rotation, also one that is over, answers again to the key that it was
   * started with.
   */
  start(request: RotationRequest, attempt: StartAttempt): Promise<Started>;
  /** Of the last rotation of this segment; undefined when there is none that is remembered. */
  status(environment: EnvironmentId, segment: Segment): Promise<RotationStatus | undefined>;
  /** Newest first. A rotation may be missing from it for a moment after it was started. */
  list(environment: EnvironmentId, page: PageAsked & { readonly state?: 'running' | 'over' }): Promise<Page<RotationSummary>>;
  /** @param key the same command with the same key is taken once. */
  command(environment: EnvironmentId, segment: Segment, command: RotationCommand, key?: string): Promise<Commanded>;
}

export interface StartAttempt {
  readonly at: Instant;
  /** The same request with the same key is started once. */
  readonly key?: string;
}

export type Started =
  /** `rotation`: unique over all rotations, also of the same segment. `at`: of the attempt that started it, now or before. */
  | { readonly kind: 'started'; readonly rotation: string; readonly at: Instant }
  | { readonly kind: 'already-rotating' }
  /** The segment's last rotation was started with this key, by another request. */
  | { readonly kind: 'key-reused' };

export interface RotationSchedules {
  listSchedules(environment: EnvironmentId, page: PageAsked): Promise<Page<ScheduleSummary>>;
  readSchedule(environment: EnvironmentId, segment: Segment): Promise<RotationSchedule | undefined>;
  /** Makes or replaces the one of the request's segment. `times-refused`: the engine can't read the cron expressions. */
  putSchedule(request: RotationRequest, times: RotationTimes): Promise<'put' | 'times-refused'>;
  /** False when there was none. A rotation that runs goes on. */
  removeSchedule(environment: EnvironmentId, segment: Segment): Promise<boolean>;
  /** Starts one now, unless the one before still runs. False when there is no schedule. */
  triggerSchedule(environment: EnvironmentId, segment: Segment): Promise<boolean>;
}

/** What carries rotations out. */
export type RotationEngine = Rotations & RotationSchedules;

export type Commanded =
  | { readonly kind: 'done'; readonly status: RotationStatus }
  | { readonly kind: 'refused'; readonly sentence: string }
  | { readonly kind: 'no-rotation' };

export interface PageAsked {
  readonly limit: number;
  /** @throws RangeError when it is none of a page before. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

export const rotationEnds = ['completed', 'failed', 'cancelled', 'terminated', 'timed-out'] as const;

export interface RotationSummary {
  readonly segmentName: string;
  /** A rotation's stage, or `paused`; of one that was broken off: where it stood. */
  readonly stage: string;
  readonly state: 'running' | (typeof rotationEnds)[number];
  readonly startedAt: Instant;
  readonly endedAt?: Instant;
}

export interface ScheduleSummary {
  readonly segmentName: string;
  readonly next: readonly Instant[];
}

export interface RotationSchedule {
  readonly request: RotationRequest;
  readonly times: RotationTimes;
  /** With jitter. */
  readonly next: readonly Instant[];
  readonly started: readonly Instant[];
}

/** `unknown`: it may have been done, or may still be done. */
export class RotationsAway extends Error {
  override readonly name = 'RotationsAway';
  readonly outcome: 'not-done' | 'unknown';
  constructor(outcome: 'not-done' | 'unknown', cause: unknown) {
    super('the engine that carries rotations out gave no answer', { cause });
    this.outcome = outcome;
  }
}
