import type { ConnectionRef, PassId, PassKind, PassStage } from '@tallystick/devices-domain';
import type { PassRequest } from '@tallystick/devices-workflow-api';
import type { Instant } from '@tallystick/kernel-core';

export type Commanded =
  | { readonly kind: 'done'; readonly stage: PassStage }
  /** A worker has taken it up, and pages that are under way have to end first. */
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly sentence: string }
  | { readonly kind: 'not-running' };

/** Passes as workflows. Every call throws `EngineAway` when the engine can't be reached. */
export interface PassEngine {
  /** Previews and samples are started once for each id, however often this is asked. */
  start(request: PassRequest): Promise<'started' | 'already-running'>;
  /** The pass (of kind `pass`) of the connection that is under way; its id is not known when a schedule started it. */
  running(ref: ConnectionRef): Promise<{ readonly pass?: PassId } | undefined>;
  /**
   * `id`: of the request; with the same one it is done once, and answered as it was while the pass goes on in the same run.
   * @throws EngineAway `no-worker` when nobody took it up in time
   */
  command(request: PassRequest, command: 'pause' | 'resume', id: string): Promise<Commanded>;
  /** Asked twice it is asked. */
  cancel(request: PassRequest): Promise<'asked' | 'not-running'>;
  /** Somebody answered the hold of the pass. */
  holdAnswered(request: PassRequest): Promise<'told' | 'not-running'>;
}

/** When passes begin: at times (UTC, cron expressions with five fields), or every so many minutes. */
export type PassTimes = ({ readonly cron: readonly string[] } | { readonly everyMinutes: number }) & {
  /** Each begins up to so many minutes later, at random. */
  readonly jitterMinutes: number;
};

export interface PassSchedule {
  readonly times: PassTimes;
  readonly next: readonly Instant[];
  readonly started: readonly Instant[];
}

/** One schedule for each kind of pass of a connection. Every call throws `EngineAway` when the engine can't be reached. */
export interface PassSchedules {
  put(ref: ConnectionRef, kind: PassKind, times: PassTimes): Promise<'put' | 'times-refused'>;
  read(ref: ConnectionRef, kind: PassKind): Promise<PassSchedule | undefined>;
  /** False when there was none. What it started goes on. */
  remove(ref: ConnectionRef, kind: PassKind): Promise<boolean>;
}
